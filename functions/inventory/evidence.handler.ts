import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { dynamoReservations } from './dynamo-reservations.ts'
import { evidenceEnvironment } from './environment.ts'
import { inventoryEvidence } from './evidence.ts'
import { inventoryForesight } from './foresight.ts'

const { STOCK_TABLE: stock, RESERVATIONS_TABLE: reservations, timing } = evidenceEnvironment()
const db = documentClient()
const tables = { stock, reservations }
const store = dynamoReservations(db, tables, { horizon: timing.horizon })

export const handler = evidenceHandler('/inventory', {
  ...inventoryEvidence(db, tables, store),
  would: inventoryForesight({ store, clock: Date.now, timing }),
})
