import type { Check } from './check.ts'
import { alarmChecks } from './checks/alarms.ts'
import { busChecks } from './checks/bus.ts'
import { consumerChecks } from './checks/consumers.ts'
import { doorChecks } from './checks/doors.ts'
import { functionChecks } from './checks/functions.ts'
import { queueChecks } from './checks/queues.ts'
import { streamChecks } from './checks/streams.ts'
import { tableChecks } from './checks/tables.ts'

/** What a check says, without how it is seen: all that the document needs. */
export type Entry = Pick<Check, 'id' | 'behaviour' | 'guarantee'>

/** Seen by stopping and starting the endpoint, where it is ours to stop. */
export const restart: Entry = {
  id: 'endures.restart',
  behaviour: 'Tables, items, queues and messages outlive a stop and a start.',
  guarantee: 'endures',
}

/** Every check that runs against a running endpoint. */
export const checks: readonly Check[] = [
  ...queueChecks,
  ...consumerChecks,
  ...functionChecks,
  ...streamChecks,
  ...tableChecks,
  ...busChecks,
  ...alarmChecks,
  ...doorChecks,
]

/** Every entry of the ledger. */
export const entries: readonly Entry[] = [...checks, restart]
