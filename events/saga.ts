import * as z from 'zod'
import { command, event } from './contract.ts'
import { part, reason } from './vocabulary.ts'

export const stepStatuses = [
  'pending',
  'sent',
  'done',
  'refused',
  'unknown',
  'undoing',
  'undone',
  'undo-failed',
  'skipped',
] as const
export type StepStatus = (typeof stepStatuses)[number]

const step = z.string().min(1).max(48)

/**
 * What an operator may do to a saga. Each is a message through the same machine as any reply, so it races nobody and is
 * in the history.
 * - `retry` asks again, now, for what a step (or, without one, the whole saga) waits for; a failed undo is tried again
 * - `skip` goes on without a step that nothing can bring to its end: an undo that failed, or a step after the pivot
 * - `resolve` is evidence: what became of a step whose answer is missing; `data` is the reply that it stands for
 * - `compensate` turns back now, as long as there is a way back
 * - `cancel` is the customer's wish, said by somebody else
 * - `signal` says to a step what it waits to hear; `data` is the signal's
 */
export const verbs = ['retry', 'skip', 'resolve', 'compensate', 'cancel', 'signal'] as const
export type Verb = (typeof verbs)[number]

/** An act with who did it and why, as the history keeps it. */
const act = part({
  id: z.string().min(1).max(256),
  verb: z.enum(verbs),
  step: step.optional(),
  by: z.string().min(1).max(128),
  reason: z.string().min(1).max(300),
})
export type Act = z.infer<typeof act>

/** A coordinator committed a transition; the history of a saga is the sequence of these, by `revision`. */
export const SagaAdvanced = event('saga', 'SagaAdvanced', 1, {
  sagaId: z.string().min(1),
  definition: z.string().min(1),
  version: z.int().min(1),
  subject: z.string().min(1),
  revision: z.int().min(1),
  at: z.iso.datetime(),
  phase: z.enum(['early-cancel', 'running', 'ended']),
  mode: z.enum(['forward', 'compensating']),
  changes: z.array(
    part({
      step: z.string(),
      to: z.enum([...stepStatuses, 'started', 'cancel-noted', 'ending', 'ended']),
      attempt: z.int().min(1).optional(),
    }),
  ),
  because: reason.optional(),
  outcome: z.enum(['done', 'undone', 'operator']).optional(),
  /** What operators did in this commit. */
  acts: z.array(act).optional(),
})

/**
 * Time has come for a saga. A timer carries the number of the wake-up that it was set for, so that a stale one is
 * recognised; the sweeper, which reads an index that may lag, carries none.
 */
export const WakeSaga = command('saga', 'WakeSaga', 1, { sagaId: z.string().min(1), number: z.int().min(1).optional() })

/** An operator's act on one saga. The message's id is the act's: said twice, it is done once. */
export const DirectSaga = command('saga', 'DirectSaga', 1, {
  sagaId: z.string().min(3).max(200),
  verb: z.enum(verbs),
  step: step.optional(),
  /** What `resolve` says became of the step. */
  as: z.enum(['done', 'refused', 'undone']).optional(),
  /** Which attempt of the step the evidence is of; needed once there was more than one. */
  attempt: z.int().min(1).optional(),
  data: z.unknown().optional(),
  by: z.string().min(1).max(128),
  reason: z.string().min(1).max(300),
})
