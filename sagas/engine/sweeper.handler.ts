import { SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import { documentClient } from '../../reactive/database.ts'
import { logger } from '../../reactive/log.ts'
import { dynamoSweeperStore } from './dynamo-store.ts'
import { sweeperEnvironment } from './environment.ts'
import { sqsCongestion } from './sqs-congestion.ts'
import { sqsTransport } from './sqs-transport.ts'
import { sweeper } from './sweeper.ts'

const { table, inboxes, wakeups, timing } = sweeperEnvironment()
const clock = Date.now
const sqs = new SQSClient({})
const log = logger('/saga')

const sweep = sweeper({
  store: dynamoSweeperStore(documentClient(), table),
  transport: sqsTransport(sqs, {}, wakeups, clock),
  congestion: sqsCongestion(sqs, inboxes, clock),
  clock,
  timing,
})

/** Runs on a schedule. A run that dies is repeated by the next one. */
export const handler = middy().handler(async () => {
  const swept = await sweep()
  log.info('swept', swept)
  return swept
})
