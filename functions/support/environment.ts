import * as z from 'zod'
import { environment, json } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

/** What the functions of support need to know about their stage; read once, at cold start. */
export const supportEnvironment = () => {
  const read = environment({
    STAGE: z.string().min(1),
    SUPPORT_TABLE: z.string().min(1),
    CONSUMERS: json(z.record(z.string(), z.tuple([z.string(), z.int()]))),
    CONTROLS_TABLE: z.string().min(1),
    PARTNERS: json(z.record(z.string(), z.string())),
    QUEUE_ARN_PREFIX: z.string().startsWith('arn:'),
    FUNCTION_PREFIX: z.string().min(1),
    OPERATORS: json(z.object({ desk: z.string(), sagas: z.string(), orders: z.string() })),
    PAGE_TOPIC: z.string().startsWith('arn:'),
    CONTEXT_TOPIC: z.string().startsWith('arn:'),
    TIMING: z.enum(['standard', 'brief']),
  })
  return { ...read, timing: timings[read.TIMING] }
}
