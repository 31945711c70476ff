import { carriers } from '../../events/partners/carriers.ts'
import { documentClient } from '../../reactive/database.ts'
import { dynamoBreakerStore } from '../../reactive/dynamo-breaker-store.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { withPutBack } from '../../reactive/put-back-evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { shippingEvidence } from './evidence.ts'
import { shippingForesight } from './foresight.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, CONTROLS_TABLE, timing } = evidenceEnvironment()
const db = documentClient()
const store = dynamoShipments(db, SHIPMENTS_TABLE, timing.horizon)

export const handler = evidenceHandler('/shipping', {
  handled: withPutBack(shippingEvidence(db, SHIPMENTS_TABLE).handled, {
    breakers: dynamoBreakerStore(db, CONTROLS_TABLE, Date.now),
    dependencies: carriers,
    clock: Date.now,
    patience: timing.ledgerGrace,
  }),
  would: shippingForesight({ store, clock: Date.now, timing }),
})
