import * as z from 'zod'
import { command, event } from './contract.ts'
import { reason } from './vocabulary.ts'

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
    z.object({
      step: z.string(),
      to: z.enum([...stepStatuses, 'started', 'cancel-noted', 'ending', 'ended']),
      attempt: z.int().min(1).optional(),
    }),
  ),
  because: reason.optional(),
  outcome: z.enum(['done', 'undone', 'operator']).optional(),
})

/**
 * Time has come for a saga. A timer carries the number of the wake-up that it was set for, so that a stale one is
 * recognised; the sweeper, which reads an index that may lag, carries none.
 */
export const WakeSaga = command('saga', 'WakeSaga', 1, { sagaId: z.string().min(1), number: z.int().min(1).optional() })
