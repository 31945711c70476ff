import * as z from 'zod'
import { environment } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

/** What the function needs to know about its stage; read once, at cold start. */
export const notificationsEnvironment = () => {
  const read = environment({
    NOTIFICATIONS_TABLE: z.string().min(1),
    TOPIC_ARN: z.string().startsWith('arn:'),
    CONTROLS_TABLE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
  return { ...read, timing: timings[read.TIMING] }
}

export const evidenceEnvironment = () => environment({ NOTIFICATIONS_TABLE: z.string().min(1) })
