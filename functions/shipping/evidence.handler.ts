import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { shippingEvidence } from './evidence.ts'

const { SHIPMENTS_TABLE } = evidenceEnvironment()

export const handler = evidenceHandler('/shipping', shippingEvidence(documentClient(), SHIPMENTS_TABLE))
