import type { StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { shardOf } from '../../reactive/shard.ts'
import { days, type EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Stored } from './ports.ts'
import type { SagaState, StepState } from './state.ts'

/** One step as stored: status, attempt, asks, due (0: not), and what it keeps. Lists cost less than maps, which repeat their keys. */
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
  readonly end?: { readonly command: 'confirm' | 'reject'; readonly asks: number; readonly dueAt: EpochMs }
  readonly wake?: readonly [number: number, at: EpochMs]
  readonly outcome?: 'done' | 'undone'
  readonly dueShard?: string
  readonly dueAt?: EpochMs
  /** Epoch seconds. Only what has ended expires, and not before every message to it is beyond the horizon. */
  readonly expiresAt?: number
}

/** DynamoDB refuses items over 400 KB. The room between is for what compensating adds, so that a way back always fits. */
const largestItem = 300 * 1024

export const toItem = ({ state, indexedAt }: Stored, now: EpochMs, timing: Timing): SagaItem => {
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
            expiresAt: Math.ceil((rest.endedAt + timing.horizon + timing.sourceRetention + days(1)) / 1_000),
          }
        : { ...common, ...rest }
  const size = Buffer.byteLength(JSON.stringify(item))
  if (size > largestItem) {
    throw new PermanentError(
      'saga-too-large',
      `${sagaId} would be stored in ${size} bytes; let its definition keep less (at most ${largestItem}).`,
    )
  }
  return item
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
    revision: item.revision,
  }
  switch (item.phase) {
    case 'early-cancel':
      return { state: { ...common, phase: 'early-cancel' } }
    case 'ended':
      return {
        state: {
          ...common,
          phase: 'ended',
          outcome: item.outcome!,
          endedAt: item.at,
          ...(item.because ? { because: item.because } : {}),
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
          wake: { number: item.wake![0], at: item.wake![1] },
        },
        ...(item.dueAt === undefined ? {} : { indexedAt: item.dueAt }),
      }
  }
}

const stepItem = ({ status, attempt, asks, dueAt, output }: StepState): StepItem =>
  output === undefined ? [status, attempt, asks, dueAt ?? 0] : [status, attempt, asks, dueAt ?? 0, output]

const stepState = ([status, attempt, asks, dueAt, output]: StepItem): StepState => ({
  status,
  attempt,
  asks,
  ...(dueAt ? { dueAt } : {}),
  ...(output === undefined ? {} : { output }),
})

const withoutEndedAt = <T extends { endedAt: EpochMs }>({ endedAt: _, ...rest }: T) => rest
