import type { StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs } from '../../reactive/time.ts'

export type StepState = {
  readonly status: StepStatus
  /** Rises only after a recorded refusal that the policy retries; an unknown outcome is asked again under the same one. */
  readonly attempt: number
  /** How often it was asked again for want of an answer. */
  readonly asks: number
  /** When silence becomes a fact; set exactly while an answer is outstanding. */
  readonly dueAt?: EpochMs
  readonly output?: unknown
}

export type End = {
  readonly command: 'confirm' | 'reject'
  readonly asks: number
  readonly dueAt: EpochMs
}

/** What every instance carries from its first message on. */
type Common = {
  readonly id: string
  readonly definition: string
  readonly version: number
  readonly subject: string
  readonly correlationId: string
  readonly traceparent?: string
  /** Counts commits; the next one is conditional on it. */
  readonly revision: number
}

/** A cancellation that overtook its saga's start waits here; there is nothing to compensate yet. */
export type EarlyCancel = Common & { readonly phase: 'early-cancel' }

export type Running = Common & {
  readonly phase: 'running'
  /** Fingerprint of the definition's shape that it was started with. */
  readonly hash: string
  readonly mode: 'forward' | 'compensating'
  readonly input: unknown
  readonly startedAt: EpochMs
  /** Before the pivot is sent, reaching it compensates. */
  readonly deadlineAt: EpochMs
  /** One for each step of the definition, in its order. */
  readonly steps: readonly StepState[]
  readonly cancelNoted?: true
  readonly because?: Reason
  readonly end?: End
  /** The one live timer: its number and when it fires. */
  readonly wake: { readonly number: number; readonly at: EpochMs }
}

/** What is left of a saga: enough to recognise every late message until the horizon has passed. */
export type Ended = Common & {
  readonly phase: 'ended'
  readonly outcome: 'done' | 'undone'
  readonly endedAt: EpochMs
  readonly because?: Reason
}

export type SagaState = EarlyCancel | Running | Ended

export type SagaInput =
  | { readonly kind: 'start'; readonly data: unknown }
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'done' | 'refused' | 'undone'
      readonly step: string
      readonly attempt: number
      readonly data: unknown
    }
  | { readonly kind: 'ended'; readonly command: 'confirm' | 'reject' }
  | { readonly kind: 'wake'; readonly number?: number }

/** Which instance an input is for, and what its commands must carry on. */
export type Occasion = {
  readonly sagaId: string
  readonly subject: string
  readonly correlationId: string
  readonly traceparent?: string
}
