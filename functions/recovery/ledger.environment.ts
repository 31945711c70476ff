import * as z from 'zod'
import { environment, json, queuesAt } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const table = z.string().min(1)

/**
 * - NAME_PREFIX: what stands before every name of the stage: `neverstop-dev-`
 * - WITNESSES: who can be asked: queue → the function that answers for it, both without the prefix
 * - SENDERS: those of them in which flows begin
 * - SUBSCRIPTIONS: queue → the types of message that it takes by itself
 * - QUEUE_URLS: every queue that a message may be given to once more, by name
 */
export const ledgerEnvironment = () => {
  const read = environment({
    DESK_TABLE: table,
    LEDGER_TABLE: table,
    LEDGER_SHARE: z.coerce.number().min(0).max(1),
    NAME_PREFIX: z.string().min(1),
    WITNESSES: json(z.record(z.string(), z.string())),
    SENDERS: json(z.array(z.string())),
    QUEUE_URLS: queuesAt,
    SUBSCRIPTIONS: json(z.record(z.string(), z.array(z.string()))),
    TIMING: z.enum(['standard', 'brief']),
  })
  return { ...read, timing: timings[read.TIMING] }
}
