import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const table = z.string().min(1)
const tables = { STOCK_TABLE: table, RESERVATIONS_TABLE: table }
const TIMING = z.enum(['standard', 'brief'])

/** What each function of this context needs to know about its stage; read once, at cold start. */
export const apiEnvironment = () => environment(tables)

export const commandsEnvironment = () => timed(environment({ ...tables, SAGA_INBOXES: json(queues), TIMING }))

export const eventsEnvironment = () => environment({ RESERVATIONS_TABLE: table })

export const evidenceEnvironment = () => timed(environment({ ...tables, TIMING }))

const timed = <Read extends { readonly TIMING: keyof typeof timings }>(read: Read) => ({
  ...read,
  timing: timings[read.TIMING],
})
