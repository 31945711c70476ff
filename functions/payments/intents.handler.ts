import { documentClient } from '../../reactive/database.ts'
import { intentsSweep } from '../../reactive/intents-sweep.ts'
import { intentsEnvironment } from './environment.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, QUEUE_URL, timing } = intentsEnvironment()

export const handler = intentsSweep({
  service: '/payments',
  intents: dynamoPayments(documentClient(), PAYMENTS_TABLE, timing.horizon),
  queueUrl: QUEUE_URL,
  olderThan: timing.visibility,
})
