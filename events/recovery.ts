import * as z from 'zod'
import { command } from './contract.ts'

/** A message that the desk put back was handled; the consumer says so before it acknowledges the message. */
export const RecordOutcome = command('recovery', 'RecordOutcome', 1, {
  /** The desk's record of the message. */
  record: z.string().min(1),
  /** The act of that record which put it back. */
  act: z.string().min(1),
  outcome: z.literal('handled'),
  consumer: z.string().min(1),
  at: z.iso.datetime(),
})

/** Time has come for the staged redrive of a group. The desk sends it to itself. */
export const AdvanceRedrive = command('recovery', 'AdvanceRedrive', 1, {
  fingerprint: z.string().min(1),
  plan: z.string().min(1),
})
