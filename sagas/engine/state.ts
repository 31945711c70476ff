import type { Act, StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs } from '../../reactive/time.ts'

/** What a signal said, before or when it was waited for. */
export type Word = { readonly output?: unknown } | { readonly refused: Reason }

export type StepState = {
  readonly status: StepStatus
  /** Rises only after a recorded refusal that the policy retries; an unknown outcome is asked again under the same one. */
  readonly attempt: number
  /** How often it was asked again for want of an answer. */
  readonly asks: number
  /** When silence becomes a fact, or a pause is over; absent where time changes nothing. */
  readonly dueAt?: EpochMs
  readonly output?: unknown
  /** A signal that came before it was waited for. */
  readonly heard?: Word
  /** Why its undo cannot be done, where somebody has said so. */
  readonly because?: Reason
  /** When its command was first asked for, where that was so long after the saga's start that the start says little. */
  readonly since?: EpochMs
}

export type End = {
  readonly command: 'confirm' | 'reject'
  readonly asks: number
  /** As a step's. */
  readonly since?: EpochMs
  /** Absent once it was answered: the saga then only waits for an operator to close its case. */
  readonly dueAt?: EpochMs
}

/** A person has taken the responsibility for what the saga could not bring to its end. */
export type Case = { readonly by: string; readonly reason: string }

/** What every instance carries from its first message on. */
type Common = {
  readonly id: string
  readonly definition: string
  readonly version: number
  readonly subject: string
  readonly correlationId: string
  readonly traceparent?: string
  readonly tenantId?: string
  /** Counts commits; the next one is conditional on it. The coordinator's, not the machine's, business. */
  readonly revision: number
  /** The last few acts of operators: what they did, and by what a repeated one is recognised. */
  readonly acts?: readonly Act[]
}

/** A cancellation or a signal that overtook its saga's start waits here; there is nothing to compensate yet. */
export type Early = Common & {
  readonly phase: 'early-cancel' | 'early-signal'
  readonly heard: Readonly<Record<string, Word>>
}

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
  readonly case?: Case
  /** The command by which another saga called this one, and which its end answers. */
  readonly caller?: string
  /** The one live timer: its number and when it fires. */
  readonly wake: { readonly number: number; readonly at: EpochMs }
}

export type Outcome = 'done' | 'undone' | 'operator'

/** What is left of a saga: enough to recognise every late message until the horizon has passed, and to answer its caller again. */
export type Ended = Common & {
  readonly phase: 'ended'
  readonly outcome: Outcome
  readonly endedAt: EpochMs
  readonly because?: Reason
  readonly case?: Case
  readonly called?: { readonly by: string; readonly says: 'done' | 'refused'; readonly data: unknown }
}

export type SagaState = Early | Running | Ended

/** An operator's act as it reaches the machine. */
export type Directive = Act & {
  readonly as?: 'done' | 'refused' | 'undone'
  readonly attempt?: number
  readonly data?: unknown
}

export type SagaInput =
  | { readonly kind: 'start'; readonly data: unknown; readonly caller?: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'signal'; readonly step: string; readonly data: unknown }
  | {
      readonly kind: 'done' | 'refused' | 'undone' | 'undo-refused'
      readonly step: string
      readonly attempt: number
      readonly data: unknown
    }
  | { readonly kind: 'ended'; readonly command: 'confirm' | 'reject' }
  | {
      readonly kind: 'wake'
      readonly number?: number
      /** The answers may be waiting in a queue that has fallen behind, so silence proves nothing yet. */
      readonly congested?: true
    }
  | { readonly kind: 'act'; readonly act: Directive }

/** Which instance an input is for, and what its commands must carry on. */
export type Occasion = {
  readonly sagaId: string
  readonly subject: string
  readonly correlationId: string
  readonly traceparent?: string
  readonly tenantId?: string
}
