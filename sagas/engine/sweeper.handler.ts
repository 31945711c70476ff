import { SQSClient } from '@aws-sdk/client-sqs'
import { allEnded } from '../../reactive/all-ended.ts'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { scheduled } from '../../reactive/scheduled.ts'
import { definitions } from '../index.ts'
import { dynamoCensus, takeCensus } from './census.ts'
import { dynamoSweeperStore } from './dynamo-store.ts'
import { sweeperEnvironment } from './environment.ts'
import { sqsCongestion } from './sqs-congestion.ts'
import { sqsTransport } from './sqs-transport.ts'
import { sweeper } from './sweeper.ts'

const { table, inboxes, wakeups, timing } = sweeperEnvironment()
const clock = Date.now
const db = documentClient()
const sqs = counted(new SQSClient({}))

const sweep = sweeper({
  store: dynamoSweeperStore(db, table),
  transport: sqsTransport(sqs, {}, wakeups, clock),
  congestion: sqsCongestion(sqs, inboxes, clock),
  clock,
  timing,
})
const census = dynamoCensus(db, table)
const names = [...new Set(definitions.map(({ name }) => name))]

/** Wakes what fell asleep and counts what has not ended; where one of them fails, the other is done all the same. */
export const handler = scheduled('/saga', async ({ measure }) => {
  const [swept, unfinished] = await allEnded([sweep(measure), takeCensus(census(), names, clock(), measure)])
  return { ...swept, ...unfinished }
})
