import type * as z from 'zod'
import { type Message, seal } from '../../events/envelope.ts'
import { defaultPage } from '../../events/http/paging.ts'
import type {
  ActBody,
  ActTaken,
  BulkActBody,
  BulkTaken,
  listSagasQuery,
  SagaDocument,
  SagaPage,
  SagaVersions,
} from '../../events/http/sagas.ts'
import { DirectSaga } from '../../events/saga.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import type { Outgoing } from '../../reactive/send.ts'
import { type Clock, fromIso, iso } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Definition } from '../engine/definition.ts'
import type { SagaStore } from '../engine/ports.ts'
import type { SagaState } from '../engine/state.ts'
import { type Act, actIdOf, optionsOf, type Rehearsal, rehearse } from './act.ts'
import { documentOf, overdueAfter, pastOf, summaryOf, versionsOf } from './documents.ts'
import type { Filter, HistoryStore } from './history-store.ts'
import { isEnded } from './note.ts'
import { fromCursor, toCursor } from './page.ts'

export type Ports = {
  readonly definitions: readonly Definition[]
  readonly history: Omit<HistoryStore, 'note'>
  /** The sagas themselves, to look at: nothing here saves. */
  readonly sagas: Pick<SagaStore, 'load'>
  /** Hands acts to the coordinator's queue; resolves once the queue has them. */
  readonly send: (acts: readonly Outgoing[]) => Promise<void>
  readonly clock: Clock
  readonly timing: Timing
}

/** Why an operator was not served; `refused` is for machines. */
export type Refused = { readonly refused: string; readonly because: string }

type Taken = Exclude<Rehearsal, { is: 'refused' }>
type Rehearsed = { readonly sagaId: string } & (
  | Refused
  | { readonly act: Act; readonly state: SagaState; readonly comesTo: Taken }
)

type Speaker = { readonly by: string; readonly key: string; readonly dryRun: boolean }

/** How many sagas a bulk act looks at side by side. */
const width = 8
const defaultRate = 5

/**
 * What operators may see of sagas and do to them. To act is to send a message through the machine that every reply goes
 * through, so that an operator races nobody; before it is sent it is rehearsed on the state as it is, so that most of what
 * does not fit is refused at once and in the machine's own words.
 */
export const operators = ({ definitions, history, sagas, send, clock, timing }: Ports) => {
  const filterOf = ({ overdue, startedBefore, ...rest }: Partial<z.infer<typeof listSagasQuery>>): Filter => ({
    ...rest,
    ...(startedBefore === undefined ? {} : { startedBefore: iso(fromIso(startedBefore)) }),
    ...(overdue ? { dueBefore: clock() - overdueAfter(timing) } : {}),
  })
  const rehearsal = (state: SagaState, act: Act): Rehearsal =>
    rehearse(state, act, { definitions, now: clock(), timing })

  const list = async (query: z.infer<typeof listSagasQuery>): Promise<SagaPage | Refused> => {
    const { limit = defaultPage, cursor, ...filters } = query
    const before = cursor === undefined ? undefined : fromCursor(cursor)
    if (cursor !== undefined && before === undefined) return badCursor(cursor)
    const { lines, next } = await history.page({ ...filterOf(filters), limit, before })
    const now = clock()
    return {
      items: lines.map((line) => summaryOf(line, now, timing)),
      ...(next === undefined ? {} : { next: toCursor(next) }),
    }
  }

  const show = async (sagaId: string): Promise<SagaDocument | Refused> => {
    const [state, told] = await allEnded([sagas.load(sagaId), history.history(sagaId)])
    const now = clock()
    if (!state) {
      const line = await history.line(sagaId)
      return line && isEnded(line.state) ? pastOf({ line, history: told, definitions, now, timing }) : unknown(sagaId)
    }
    const options = optionsOf(state, { definitions, now, timing })
    return documentOf({ state, history: told, options, definitions, now, timing })
  }

  const act = async (sagaId: string, body: ActBody, speaker: Speaker): Promise<ActTaken | Refused> => {
    const state = await sagas.load(sagaId)
    if (!state) return unknown(sagaId)
    const said = actOf(sagaId, body, speaker)
    const comesTo = rehearsal(state, said)
    if (comesTo.is === 'refused') return { refused: comesTo.code, because: comesTo.message }
    if (!speaker.dryRun) await send([{ message: directive(said, state, iso(clock())) }])
    return taken(said, sagaId, comesTo, speaker.dryRun)
  }

  const actOnAll = async (body: BulkActBody, speaker: Speaker): Promise<BulkTaken | Refused> => {
    const { where, limit = defaultPage, rate = defaultRate, cursor, ...said } = body
    const before = cursor === undefined ? undefined : fromCursor(cursor)
    if (cursor !== undefined && before === undefined) return badCursor(cursor)
    const page = await history.page({ ...filterOf({ ...where, state: where.state ?? 'unfinished' }), limit, before })
    const rehearsed = await atMost(width, page.lines, async ({ sagaId }): Promise<Rehearsed> => {
      const state = await sagas.load(sagaId)
      if (!state) return { sagaId, refused: 'no-such-saga', because: unknown(sagaId).because }
      const its = actOf(sagaId, said, speaker)
      const comesTo = rehearsal(state, its)
      return comesTo.is === 'refused'
        ? { sagaId, refused: comesTo.code, because: comesTo.message }
        : { sagaId, act: its, state, comesTo }
    })
    const fitting = rehearsed.filter((it) => 'act' in it)
    if (!speaker.dryRun) {
      const time = iso(clock())
      // The queue keeps the pace: each waits its turn there, whatever becomes of who asked.
      await send(
        fitting.map(({ act: its, state }, index) => ({
          message: directive(its, state, time),
          delaySeconds: Math.floor(index / rate),
        })),
      )
    }
    return {
      taken: fitting.map(({ act: its, sagaId, comesTo }) => taken(its, sagaId, comesTo, speaker.dryRun)),
      refused: rehearsed.flatMap((it) =>
        'refused' in it ? [{ sagaId: it.sagaId, code: it.refused, detail: it.because }] : [],
      ),
      seconds: Math.ceil(fitting.length / rate),
      dryRun: speaker.dryRun,
      ...(page.next === undefined ? {} : { next: toCursor(page.next) }),
    }
  }

  const versions = async (): Promise<SagaVersions> => versionsOf(definitions, await history.unfinished())

  return { list, show, act, actOnAll, versions }
}

export type Operators = ReturnType<typeof operators>

const actOf = (sagaId: string, body: ActBody, { by, key }: Speaker): Act => ({
  ...body,
  id: actIdOf(sagaId, { by, key }, body),
  by,
})

const directive = ({ id, ...act }: Act, state: SagaState, time: string): Message =>
  seal(DirectSaga({ sagaId: state.id, ...act }), {
    id,
    source: '/operators',
    subject: state.subject,
    time,
    correlationid: state.correlationId,
    traceparent: state.traceparent,
    tenantid: state.tenantId,
  })

const taken = ({ id }: Act, sagaId: string, { is, changes, state, asks }: Taken, dryRun: boolean): ActTaken => ({
  sagaId,
  actId: id,
  verdict: is,
  changes: [...changes],
  state,
  asks: [...asks],
  dryRun,
})

const unknown = (sagaId: string): Refused => ({
  refused: 'no-such-saga',
  because: `There is no saga ${sagaId}. GET /sagas lists them.`,
})
const badCursor = (cursor: string): Refused => ({
  refused: 'bad-cursor',
  because: `${cursor} is no cursor of this list: hand back the 'next' of a page, or begin without one.`,
})

/** Runs `work` over all items, at most `width` at once, and keeps their order. */
const atMost = async <Item, Result>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += width)
    results.push(...(await allEnded(items.slice(from, from + width).map(work))))
  return results
}
