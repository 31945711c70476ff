import * as z from 'zod'
import { environment, queuesAt } from '../../reactive/environment.ts'

/** QUEUE_URLS: every queue that a message may be put back on, by name. What is not in it is refused. */
export const deskEnvironment = () =>
  environment({
    DESK_TABLE: z.string().min(1),
    GROUPS_TABLE: z.string().min(1),
    PLANS_TABLE: z.string().min(1),
    PAYLOADS_BUCKET: z.string().min(1),
    QUEUE_URLS: queuesAt,
    DESK_QUEUE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
