import * as z from 'zod'
import { environment } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const given = z.string().min(1)

export const historianEnvironment = () => environment({ HISTORY_TABLE: given })

/** The API reads what operators look at and the sagas themselves, and writes to nothing but the queue of wake-ups. */
export const apiEnvironment = () => {
  const { TIMING, ...read } = environment({
    SAGAS_TABLE: given,
    HISTORY_TABLE: given,
    WAKEUPS_QUEUE: given,
    TIMING: z.enum(['standard', 'brief']),
  })
  return { ...read, timing: timings[TIMING] }
}
