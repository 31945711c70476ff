import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { paymentsEvidence } from './evidence.ts'

const { PAYMENTS_TABLE } = evidenceEnvironment()

export const handler = evidenceHandler('/payments', paymentsEvidence(documentClient(), PAYMENTS_TABLE))
