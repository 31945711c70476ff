import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const text = z.string().min(1)
const TIMING = z.enum(['standard', 'brief'])

/** What each function of this context needs to know about its stage; read once, at cold start. */
export const commandsEnvironment = () => {
  const read = environment({
    SHIPMENTS_TABLE: text,
    CARRIERS_URL: text,
    CONTROLS_TABLE: text,
    SAGA_INBOXES: json(queues),
    TIMING,
  })
  return { ...read, timing: timings[read.TIMING] }
}

export const apiEnvironment = () => {
  const read = environment({ SHIPMENTS_TABLE: text, BUS_NAME: text, TIMING })
  return { ...read, timing: timings[read.TIMING] }
}

export const intentsEnvironment = () => {
  const read = environment({ SHIPMENTS_TABLE: text, CARRIERS_URL: text, CONTROLS_TABLE: text, QUEUE_URL: text, TIMING })
  return { ...read, timing: timings[read.TIMING] }
}

export const evidenceEnvironment = () => {
  const read = environment({ SHIPMENTS_TABLE: text, CONTROLS_TABLE: text, TIMING })
  return { ...read, timing: timings[read.TIMING] }
}
