import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { shippingEvidence } from './evidence.ts'
import { shippingForesight } from './foresight.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, timing } = evidenceEnvironment()
const db = documentClient()
const store = dynamoShipments(db, SHIPMENTS_TABLE, timing.horizon)

export const handler = evidenceHandler('/shipping', {
  ...shippingEvidence(db, SHIPMENTS_TABLE),
  would: shippingForesight({ store, clock: Date.now, timing }),
})
