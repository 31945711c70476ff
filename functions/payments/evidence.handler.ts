import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { paymentsEvidence } from './evidence.ts'
import { paymentsForesight } from './foresight.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, timing } = evidenceEnvironment()
const db = documentClient()
const store = dynamoPayments(db, PAYMENTS_TABLE, timing.horizon)

export const handler = evidenceHandler('/payments', {
  ...paymentsEvidence(db, PAYMENTS_TABLE),
  would: paymentsForesight({ store, clock: Date.now, timing }),
})
