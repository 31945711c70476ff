import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const table = z.string().min(1)
/** The share of orders whose messages the ledger follows. */
const LEDGER_SHARE = z.coerce.number().min(0).max(1)

/** What each function of this context needs to know about its stage; read once, at cold start. */
export const apiEnvironment = () =>
  environment({ EVENTS_TABLE: table, VIEWS_TABLE: table, PRICES_TABLE: table, LEDGER_SHARE })

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
