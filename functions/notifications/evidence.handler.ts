import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { evidenceEnvironment } from './environment.ts'
import { notificationsEvidence } from './evidence.ts'

const { NOTIFICATIONS_TABLE } = evidenceEnvironment()

export const handler = evidenceHandler('/notifications', notificationsEvidence(documentClient(), NOTIFICATIONS_TABLE))
