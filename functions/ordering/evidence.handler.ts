import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { dynamoStore } from './dynamo-store.ts'
import { evidenceEnvironment } from './environment.ts'
import { orderingEvidence } from './evidence.ts'
import { orderingForesight } from './foresight.ts'

const { EVENTS_TABLE: events, VIEWS_TABLE: views, PRICES_TABLE: prices } = evidenceEnvironment()
const db = documentClient()
const store = dynamoStore(db, events)

export const handler = evidenceHandler('/ordering', {
  ...orderingEvidence(db, { events, views, prices }, store),
  would: orderingForesight({ store, clock: Date.now }),
})
