import { setTimeout as sleep } from 'node:timers/promises'
import type { ActBody, ActTaken, BulkActBody, BulkTaken, SagaDocument } from '../../events/http/sagas.ts'
import { maxBulk } from '../../events/http/sagas.ts'
import type { Api, Saying } from '../api.ts'
import { atMost, until } from '../wait.ts'
import type { BulkOutcome } from './describe.ts'

/** How long to wait for the machine to have done an act, and then for the saga to come to rest. Milliseconds. */
export type Patience = { readonly act: number; readonly rest: number; readonly every?: number }

/** What came of an act: the saga as it then stood, the desk that has the message, or nothing that was seen in time. */
export type Effect =
  | { readonly done: SagaDocument }
  | { readonly parked: { readonly failed: string; readonly because: string } }
  | { readonly unseen: true }

type Watched = Pick<Api, 'saga' | 'failed'>

/**
 * Waits for what comes of an act that is on its way: first until the machine has done it, or the desk has it because the
 * saga moved in between; then for a while until the saga has ended or waits for a person.
 */
export const effectOf = async (api: Watched, { sagaId, actId }: ActTaken, patience: Patience): Promise<Effect> => {
  const { every = 500 } = patience
  const seen = await until(
    async (): Promise<Effect | undefined> => {
      const saga = await api.saga(sagaId)
      if (hasDone(saga, actId)) return { done: saga }
      const { items } = await api.failed({ status: 'open', limit: 100 })
      const parked = items.find(({ messageId }) => messageId === actId)
      return parked && { parked: { failed: parked.id, because: parked.reason } }
    },
    { within: patience.act, every },
  )
  if (!seen || !('done' in seen)) return seen ?? { unseen: true }
  let last = seen.done
  await until(
    async () => {
      last = await api.saga(sagaId)
      return isAtRest(last) ? true : undefined
    },
    { within: patience.rest, every },
  )
  return { done: last }
}

const hasDone = ({ acts, history }: SagaDocument, actId: string): boolean =>
  [...acts, ...history.flatMap(({ acts = [] }) => acts)].some(({ id }) => id === actId)

/** It has ended, or nothing but a person can move it. */
const isAtRest = ({ state, outstanding }: SagaDocument): boolean =>
  ['done', 'undone', 'operator'].includes(state) || (state === 'case' && outstanding.length === 0)

export type Bulk = {
  readonly body: Omit<BulkActBody, 'limit' | 'rate' | 'cursor'>
  /** How many sagas in all. */
  readonly limit: number
  /** How many a second. */
  readonly rate: number
  readonly saying: Saying
  readonly patience: Patience
  readonly note: (line: string) => void
}

/**
 * The same act on every saga that a filter means, page after page, at most `limit` of them and `rate` a second. The
 * platform keeps the pace within a page, this keeps it between them.
 */
export const actOnAll = async (
  api: Watched & Pick<Api, 'actOnSagas'>,
  { body, limit, rate, saying, patience, note }: Bulk,
): Promise<BulkOutcome> => {
  const taken: ActTaken[] = []
  const refused: BulkTaken['refused'] = []
  let cursor: string | undefined
  do {
    const left = limit - taken.length - refused.length
    const page = await api.actOnSagas(
      { ...body, limit: Math.min(left, maxBulk), rate, ...(cursor === undefined ? {} : { cursor }) },
      saying,
    )
    taken.push(...page.taken)
    refused.push(...page.refused)
    cursor = page.next
    if (page.taken.length + page.refused.length > 0)
      note(
        `${page.taken.length} ${saying.dryRun ? 'would fit' : `on their way, over ${page.seconds} s`}; ${page.refused.length} refused`,
      )
    if (cursor !== undefined && !saying.dryRun) await sleep(page.seconds * 1_000)
  } while (cursor !== undefined && taken.length + refused.length < limit)
  if (saying.dryRun) return { taken, refused, dryRun: true }

  const effects = await atMost(4, taken, async (one) => ({
    sagaId: one.sagaId,
    effect: await effectOf(api, one, { ...patience, act: patience.act + (taken.length / rate) * 1_000, rest: 0 }),
  }))
  return {
    taken,
    refused,
    dryRun: false,
    done: effects.flatMap(({ sagaId, effect }) => ('done' in effect ? [sagaId] : [])),
    parked: effects.flatMap(({ sagaId, effect }) => ('parked' in effect ? [{ sagaId, ...effect.parked }] : [])),
    unseen: effects.flatMap(({ sagaId, effect }) => ('unseen' in effect ? [sagaId] : [])),
  }
}

/** The body of an act from what stood on the command line. */
export const bodyOf = ({ verb, step, as, attempt, data, reason }: ActBody): ActBody => ({
  verb,
  ...(step === undefined ? {} : { step }),
  ...(as === undefined ? {} : { as }),
  ...(attempt === undefined ? {} : { attempt }),
  ...(data === undefined ? {} : { data }),
  reason,
})
