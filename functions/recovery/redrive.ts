import { allEnded } from '../../reactive/all-ended.ts'
import type { RedriveMark } from '../../reactive/redrive.ts'
import { type Clock, iso, type Millis, minutes, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type ActRefusal, beginRedrive, completeRedrive, type Doing, lastRedrive } from './acts.ts'
import { type Payloads, textOf } from './payloads.ts'
import type { DeskRecord } from './record.ts'
import type { Becoming, DeskStore } from './store.ts'

/** What is to go back, and in whose name. */
export type RedriveRequest = Omit<Doing, 'at'> & {
  readonly recordId: string
  /** Only finish what somebody began: a record that is not on its way any more is left alone. */
  readonly resume?: true
  /** Only as a member of this group: what fails for another cause by now is left alone. */
  readonly group?: string
}

export type RedriveRefusal =
  | ActRefusal
  | { readonly refused: 'unknown-record' | 'unknown-queue' | 'not-in-plan' | 'not-under-way'; readonly detail: string }
export type RedriveResult = { readonly record: DeskRecord } | RedriveRefusal

/** A message on its way back: its bytes, and the mark by which its consumer tells the desk what became of it. */
export type Returning = { readonly text: string; readonly mark: RedriveMark }

export type RedriveTools = {
  readonly desk: Pick<DeskStore, 'updateAll'>
  readonly payloads: Pick<Payloads, 'fetch'>
  /** Hands messages to the queue of that name; resolves once the queue has all of them. */
  readonly send: (queue: string, messages: readonly Returning[]) => Promise<void>
  readonly knows: (queue: string) => boolean
  readonly clock: Clock
  readonly leases: Leases
}

/** How long the desk believes that somebody is sending a message back, and that a message sent back is being handled. */
export type Leases = { readonly sending: Millis; readonly outcome: Millis }

/** A message has all its receives, three times over, before the desk stops waiting to hear of it. */
export const leasesOf = ({ receives, visibility }: Timing): Leases => ({
  sending: minutes(1),
  outcome: Math.max(minutes(5), 3 * receives * visibility + seconds(30)),
})

/**
 * Puts failed messages back where they failed, each under its own id and to the letter, `perCommit` of them at most.
 *
 * Three steps: the intents are committed, the messages are sent, the completions are committed. Whoever dies after the
 * first leaves records `redriving`; the next request, or the desk itself when the lease is over, takes them over and
 * sends again. That may put a message on its queue twice, never not at all, and twice is harmless: the id is the same, so
 * the consumer's inbox answers the second time from its record.
 */
export const redriveAll = async (
  requests: readonly RedriveRequest[],
  { desk, payloads, send, knows, clock, leases }: RedriveTools,
): Promise<ReadonlyMap<string, RedriveResult>> => {
  const results = new Map<string, RedriveResult>()
  const at = iso(clock())
  const intents = await desk.updateAll(
    changing(requests, (request, before) => {
      const { recordId } = request
      const begun = intent(request, before, knows, at, iso(clock() + leases.sending))
      if ('refused' in begun) results.set(recordId, begun)
      else results.delete(recordId)
      return 'refused' in begun ? undefined : begun
    }),
  )
  const returning = await allEnded(
    intents.map(async (record) => ({
      queue: record.origin!,
      text: textOf(await payloads.fetch(record.payload)),
      mark: { record: record.recordId, act: lastRedrive(record)!.actId },
    })),
  )
  for (const [queue, messages] of Map.groupBy(returning, ({ queue }) => queue)) await send(queue, messages)

  const sentAt = iso(clock())
  const leaseUntil = iso(clock() + leases.outcome)
  const done = await desk.updateAll(
    new Map(
      returning.map(({ mark }): [string, Becoming] => [
        mark.record,
        (before) => before && completeRedrive(before, mark.act, sentAt, leaseUntil),
      ]),
    ),
  )
  for (const record of done) results.set(record.recordId, { record })
  return results
}

/** The same for one. */
export const redrive = async (request: RedriveRequest, tools: RedriveTools): Promise<RedriveResult> =>
  (await redriveAll([request], tools)).get(request.recordId)!

const intent = (
  { recordId, resume, group, ...doing }: RedriveRequest,
  record: DeskRecord | undefined,
  knows: (queue: string) => boolean,
  at: string,
  leaseUntil: string,
): DeskRecord | RedriveRefusal => {
  if (!record) return { refused: 'unknown-record', detail: `There is no failed message ${recordId}.` }
  if (record.origin !== null && !knows(record.origin))
    return {
      refused: 'unknown-queue',
      detail: `${recordId} was found in ${record.deadLetterQueue}; there is no queue ${record.origin} that it could go back to.`,
    }
  if (resume && record.status !== 'redriving')
    return { refused: 'not-under-way', detail: `${recordId} is ${record.status} by now.` }
  if (group !== undefined && record.fingerprint !== group)
    return { refused: 'not-in-plan', detail: `${recordId} fails for another cause by now: ${record.fingerprint}.` }
  // A plan sends each message once: what came back is for the next plan, or for a person.
  if (doing.plan !== undefined && record.history.some(({ plan }) => plan === doing.plan) && record.status === 'open')
    return { refused: 'not-in-plan', detail: `${recordId} was sent by ${doing.plan} already and came back.` }
  return beginRedrive(record, { ...doing, at }, leaseUntil)
}

const changing = (
  requests: readonly RedriveRequest[],
  become: (request: RedriveRequest, before: DeskRecord | undefined) => DeskRecord | undefined,
): ReadonlyMap<string, Becoming> =>
  new Map(requests.map((request): [string, Becoming] => [request.recordId, (before) => become(request, before)]))
