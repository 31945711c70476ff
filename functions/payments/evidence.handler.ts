import { documentClient } from '../../reactive/database.ts'
import { dynamoBreakerStore } from '../../reactive/dynamo-breaker-store.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { withPutBack } from '../../reactive/put-back-evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { paymentsEvidence } from './evidence.ts'
import { paymentsForesight } from './foresight.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, CONTROLS_TABLE, timing } = evidenceEnvironment()
const db = documentClient()
const store = dynamoPayments(db, PAYMENTS_TABLE, timing.horizon)

export const handler = evidenceHandler('/payments', {
  handled: withPutBack(paymentsEvidence(db, PAYMENTS_TABLE).handled, {
    breakers: dynamoBreakerStore(db, CONTROLS_TABLE, Date.now),
    dependencies: ['acquirer'],
    clock: Date.now,
    patience: timing.ledgerGrace,
  }),
  would: paymentsForesight({ store, clock: Date.now, timing }),
})
