import type { Act, StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { shardOf } from '../../reactive/shard.ts'
import { days, type EpochMs, expiryOf } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Stored } from './ports.ts'
import type { Case, End, Ended, Outcome, SagaState, StepState, Word } from './state.ts'

/**
 * One step as stored: status, attempt, asks, due (0: not), and what it keeps, or, while it is pending, what it has heard.
 * Lists cost less than maps, which repeat their keys.
 */
type StepItem = readonly [StepStatus, number, number, EpochMs, unknown?]

/**
 * A saga as one DynamoDB item. Up to 1 KB a write costs one unit, so what can be derived is not stored. `dueShard` and
 * `dueAt` are the key of the sparse index `due`: only what is unfinished is in it.
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
  readonly wake?: readonly [number: number, at: EpochMs]
  readonly outcome?: Outcome
  readonly dueShard?: string
  readonly dueAt?: EpochMs
  /** Epoch seconds. Only what has ended expires, and not before every message to it is beyond the horizon. */
  readonly expiresAt?: number
}

/** DynamoDB refuses items over 400 KB. The room between is for what compensating adds, so that a way back always fits. */
const largestItem = 300 * 1024

export const toItem = (stored: Stored, now: EpochMs, timing: Timing): SagaItem => written(stored, now, timing).item

/** The item together with the text that its size was taken of, for stores that keep text. */
export const written = (
  { state, indexedAt }: Stored,
  now: EpochMs,
  timing: Timing,
): { readonly item: SagaItem; readonly text: string } => {
  const { id: sagaId, definition: _, subject: __, ...rest } = state
  const common = { sagaId, at: now }
  const item: SagaItem =
    rest.phase === 'running'
      ? {
          ...common,
          ...rest,
          steps: rest.steps.map(stepItem),
          wake: [rest.wake.number, rest.wake.at],
          ...(indexedAt === undefined ? {} : { dueShard: shardOf(sagaId), dueAt: indexedAt }),
        }
      : rest.phase === 'ended'
        ? {
            ...common,
            ...withoutEndedAt(rest),
            expiresAt: expiryOf(rest.endedAt + timing.horizon + timing.sourceRetention + days(1)),
          }
        : { ...common, ...rest }
  const text = JSON.stringify(item)
  const size = Buffer.byteLength(text)
  if (size > largestItem) {
    throw new PermanentError(
      'saga-too-large',
      `${sagaId} would be stored in ${size} bytes; let its definition keep less (at most ${largestItem}).`,
    )
  }
  return { item, text }
}

export const fromItem = (item: SagaItem): Stored => {
  const separator = item.sagaId.indexOf(':')
  const common = {
    id: item.sagaId,
    definition: item.sagaId.slice(0, separator),
    version: item.version,
    subject: item.sagaId.slice(separator + 1),
    correlationId: item.correlationId,
    ...(item.traceparent ? { traceparent: item.traceparent } : {}),
    ...(item.tenantId ? { tenantId: item.tenantId } : {}),
    revision: item.revision,
    ...(item.acts ? { acts: item.acts } : {}),
  }
  switch (item.phase) {
    case 'early-cancel':
    case 'early-signal':
      return { state: { ...common, phase: item.phase, heard: item.heard ?? {} } }
    case 'ended':
      return {
        state: {
          ...common,
          phase: 'ended',
          outcome: item.outcome!,
          endedAt: item.at,
          ...(item.because ? { because: item.because } : {}),
          ...(item.case ? { case: item.case } : {}),
          ...(item.called ? { called: item.called } : {}),
        },
      }
    case 'running':
      return {
        state: {
          ...common,
          phase: 'running',
          hash: item.hash!,
          mode: item.mode!,
          input: item.input,
          startedAt: item.startedAt!,
          deadlineAt: item.deadlineAt!,
          steps: item.steps!.map(stepState),
          ...(item.cancelNoted ? { cancelNoted: true } : {}),
          ...(item.because ? { because: item.because } : {}),
          ...(item.end ? { end: item.end } : {}),
          ...(item.case ? { case: item.case } : {}),
          ...(item.caller ? { caller: item.caller } : {}),
          wake: { number: item.wake![0], at: item.wake![1] },
        },
        ...(item.dueAt === undefined ? {} : { indexedAt: item.dueAt }),
      }
  }
}

const stepItem = ({ status, attempt, asks, dueAt = 0, output, heard }: StepState): StepItem => {
  const kept = status === 'pending' ? heard : output
  return kept === undefined ? [status, attempt, asks, dueAt] : [status, attempt, asks, dueAt, kept]
}

const stepState = ([status, attempt, asks, dueAt, kept]: StepItem): StepState => ({
  status,
  attempt,
  asks,
  ...(dueAt ? { dueAt } : {}),
  ...(kept === undefined ? {} : status === 'pending' ? { heard: kept as Word } : { output: kept }),
})

const withoutEndedAt = <T extends { endedAt: EpochMs }>({ endedAt: _, ...rest }: T) => rest
