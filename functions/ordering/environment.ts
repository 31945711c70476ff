import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const table = z.string().min(1)
/** The share of orders whose messages the ledger follows. */
const LEDGER_SHARE = z.coerce.number().min(0).max(1)

/** What each function of this context needs to know about its stage; read once, at cold start. */
export const apiEnvironment = () => {
  const { TIMING, ADMISSION_PATH, ...read } = environment({
    EVENTS_TABLE: table,
    VIEWS_TABLE: table,
    PRICES_TABLE: table,
    LEDGER_SHARE,
    CONTROLS_TABLE: table,
    /** How often an order passes each queue on its way, by the queue's name without the stage. */
    ADMISSION_PATH: json(z.record(z.string(), z.int().min(1))),
    TIMING: z.enum(['standard', 'brief']),
  })
  // What is promised of orders in time is what admission is regulated by.
  return { ...read, regulated: { path: ADMISSION_PATH, objective: timings[TIMING].stepDeadline } }
}

export const commandsEnvironment = () => environment({ EVENTS_TABLE: table, SAGA_INBOXES: json(queues), LEDGER_SHARE })

export const projectorEnvironment = () => environment({ VIEWS_TABLE: table })

export const eventsEnvironment = () => environment({ EVENTS_TABLE: table, VIEWS_TABLE: table, PRICES_TABLE: table })

export const reconcilerEnvironment = () => {
  const { TIMING, ...read } = environment({
    EVENTS_TABLE: table,
    VIEWS_TABLE: table,
    BUS_NAME: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
  return { ...read, timing: timings[TIMING] }
}

export const evidenceEnvironment = () => environment({ EVENTS_TABLE: table, VIEWS_TABLE: table, PRICES_TABLE: table })
