import { documentClient } from '../../reactive/database.ts'
import { intentsSweep } from '../../reactive/intents-sweep.ts'
import { intentsEnvironment } from './environment.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, QUEUE_URL, timing } = intentsEnvironment()

export const handler = intentsSweep({
  service: '/shipping',
  intents: dynamoShipments(documentClient(), SHIPMENTS_TABLE, timing.horizon),
  queueUrl: QUEUE_URL,
  olderThan: timing.visibility,
})
