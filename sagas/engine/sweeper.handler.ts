import { SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import { documentClient } from '../../reactive/database.ts'
import { logger } from '../../reactive/log.ts'
import { dynamoSweeperStore } from './dynamo-store.ts'
import { sweeperEnvironment } from './environment.ts'
import { sqsTransport } from './sqs-transport.ts'
import { sweeper } from './sweeper.ts'

const { table, wakeups, timing } = sweeperEnvironment()
const clock = Date.now
const log = logger('/saga')

const sweep = sweeper({
  store: dynamoSweeperStore(documentClient(), table),
  transport: sqsTransport(new SQSClient({}), {}, wakeups, clock),
  clock,
  timing,
})

/** Runs on a schedule. A run that dies is repeated by the next one. */
export const handler = middy().handler(async () => {
  const swept = await sweep()
  log.info('swept', swept)
  return swept
})
