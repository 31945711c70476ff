import type { Act, StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import type { Writable } from '../../events/writable.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { shardOf } from '../../reactive/shard.ts'
import { days, type EpochMs, expiryOf } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Case, Early, End, Ended, Outcome, Running, SagaState, StepState, Word } from './state.ts'

/**
 * One step as stored: status, attempt, asks, due (0: not), what it keeps, or, while it is pending, what it has heard; then
 * what few have: why its undo cannot be done, and since when it is asked for. Before those there is a null where there is
 * nothing. Lists cost less than maps, which repeat their keys.
 */
type StepItem = readonly [StepStatus, number, number, EpochMs, unknown?, (Reason | null)?, EpochMs?]

/**
 * A saga as one DynamoDB item. Up to 1 KB a write costs one unit, so what can be derived is not stored. `dueShard` and
 * `dueAt` are the key of the sparse index `due`, under which the sweeper finds what is unfinished: the time of its timer,
 * which moves only when it must, because every move costs a write to the index.
 */
export type SagaItem = {
  readonly sagaId: string
  readonly version: number
  readonly correlationId: string
  readonly traceparent?: string
  readonly tenantId?: string
  readonly revision: number
  readonly phase: SagaState['phase']
  /** When this revision was committed; the history's time. */
  readonly at: EpochMs
  readonly hash?: string
  readonly mode?: 'forward' | 'compensating'
  readonly input?: unknown
  readonly startedAt?: EpochMs
  readonly deadlineAt?: EpochMs
  readonly steps?: readonly StepItem[]
  readonly cancelNoted?: true
  readonly because?: Reason
  readonly end?: End
  readonly heard?: Readonly<Record<string, Word>>
  readonly acts?: readonly Act[]
  readonly case?: Case
  readonly caller?: string
  readonly called?: Ended['called']
  /** The number of its one timer, which is set for `dueAt`. */
  readonly wake?: number
  readonly outcome?: Outcome
  readonly dueShard?: string
  readonly dueAt?: EpochMs
  /** Epoch seconds. Only what has ended expires, and not before every message to it is beyond the horizon. */
  readonly expiresAt?: number
}

/** From here on a saga learns nothing more. DynamoDB refuses items over 400 KB, and the room between is for its way on. */
const fullAt = 300 * 1024
/** What going on, or back, with what it has adds to a saga in one commit at most: statuses, times, a reason, an act. */
const bookkeeping = 4 * 1024

export const toItem = (state: SagaState, now: EpochMs, timing: Timing, over?: SagaState): SagaItem =>
  written(state, now, timing, over).item

/**
 * The item together with the text that its size was taken of, for stores that keep text.
 *
 * Throws PermanentError `saga-too-large` when a full saga would learn more than it knew in `over`, the state before.
 */
export const written = (
  state: SagaState,
  now: EpochMs,
  timing: Timing,
  over?: SagaState,
): { readonly item: SagaItem; readonly text: string } => {
  const item = itemOf(state, now, timing)
  const text = JSON.stringify(item)
  const size = Buffer.byteLength(text)
  if (size > fullAt) {
    const before = over ? Buffer.byteLength(JSON.stringify(itemOf(over, now, timing))) : 0
    if (size - before > bookkeeping)
      throw new PermanentError(
        'saga-too-large',
        `${item.sagaId} would be stored in ${size} bytes; let its definition keep less (at most ${fullAt}).`,
      )
  }
  return { item, text }
}

/** As reading does, on the way of every commit: what is always there at once, and the rest only where it is. */
const itemOf = (state: SagaState, now: EpochMs, timing: Timing): SagaItem => {
  const { id: sagaId, version, correlationId, revision } = state
  switch (state.phase) {
    case 'early-cancel':
    case 'early-signal': {
      const { phase, heard } = state
      return withTraits<SagaItem>({ sagaId, at: now, version, correlationId, revision, phase, heard }, state)
    }
    case 'ended': {
      const { phase, outcome, endedAt } = state
      const expiresAt = expiryOf(endedAt + timing.horizon + timing.sourceRetention + days(1))
      const item: Writable<SagaItem> = { sagaId, at: now, version, correlationId, revision, phase, outcome, expiresAt }
      if (state.because) item.because = state.because
      if (state.case) item.case = state.case
      if (state.called) item.called = state.called
      return withTraits(item, state)
    }
    case 'running': {
      const { phase, hash, mode, input, startedAt, deadlineAt } = state
      const item: Writable<SagaItem> = {
        sagaId,
        at: now,
        version,
        correlationId,
        revision,
        phase,
        hash,
        mode,
        input,
        startedAt,
        deadlineAt,
        steps: state.steps.map(stepItem),
        wake: state.wake.number,
        dueShard: shardOf(sagaId),
        dueAt: state.wake.at,
      }
      if (state.cancelNoted) item.cancelNoted = true
      if (state.because) item.because = state.because
      if (state.end) item.end = state.end
      if (state.case) item.case = state.case
      if (state.caller) item.caller = state.caller
      return withTraits(item, state)
    }
  }
}

/** On the way of every message: what is always there is written down at once, and the rest only where it is. */
export const fromItem = (item: SagaItem): SagaState => {
  switch (item.phase) {
    case 'early-cancel':
    case 'early-signal':
      return withTraits<Early>({ ...whose(item), phase: item.phase, heard: item.heard ?? {} }, item)
    case 'ended': {
      const state: Writable<Ended> = { ...whose(item), phase: 'ended', outcome: item.outcome!, endedAt: item.at }
      if (item.because) state.because = item.because
      if (item.case) state.case = item.case
      if (item.called) state.called = item.called
      return withTraits(state, item)
    }
    case 'running': {
      const state: Writable<Running> = {
        ...whose(item),
        phase: 'running',
        hash: item.hash!,
        mode: item.mode!,
        input: item.input,
        startedAt: item.startedAt!,
        deadlineAt: item.deadlineAt!,
        steps: item.steps!.map(stepState),
        wake: { number: item.wake!, at: item.dueAt! },
      }
      if (item.cancelNoted) state.cancelNoted = true
      if (item.because) state.because = item.because
      if (item.end) state.end = item.end
      if (item.case) state.case = item.case
      if (item.caller) state.caller = item.caller
      return withTraits(state, item)
    }
  }
}

const whose = ({ sagaId, version, correlationId, revision }: SagaItem) => {
  const separator = sagaId.indexOf(':')
  const [definition, subject] = [sagaId.slice(0, separator), sagaId.slice(separator + 1)]
  return { id: sagaId, definition, version, subject, correlationId, revision }
}

/** What few sagas have, whatever their phase, from their state to their item or back. */
const withTraits = <T extends Traits>(its: Writable<T>, { traceparent, tenantId, acts }: Traits): T => {
  if (traceparent) its.traceparent = traceparent
  if (tenantId) its.tenantId = tenantId
  if (acts) its.acts = acts
  return its
}
type Traits = Pick<SagaItem, 'traceparent' | 'tenantId' | 'acts'>

const stepItem = ({ status, attempt, asks, dueAt = 0, output, heard, because, since }: StepState): StepItem => {
  const kept = status === 'pending' ? heard : output
  if (since) return [status, attempt, asks, dueAt, kept ?? null, because ?? null, since]
  if (because) return [status, attempt, asks, dueAt, kept ?? null, because]
  return kept === undefined ? [status, attempt, asks, dueAt] : [status, attempt, asks, dueAt, kept]
}

const stepState = (item: StepItem): StepState => {
  const status = item[0]
  const kept = item.length > 5 && item[4] === null ? undefined : item[4]
  const its: Writable<StepState> = { status, attempt: item[1], asks: item[2] }
  if (item[3]) its.dueAt = item[3]
  if (item[5]) its.because = item[5]
  if (item[6]) its.since = item[6]
  if (kept === undefined) return its
  if (status === 'pending') its.heard = kept as Word
  else its.output = kept
  return its
}
