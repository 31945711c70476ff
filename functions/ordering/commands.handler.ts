import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { replier } from '../../reactive/send.ts'
import { orderCommands, orderingCommands } from './commands.ts'
import { dynamoStore } from './dynamo-store.ts'
import { commandsEnvironment } from './environment.ts'

const { EVENTS_TABLE, SAGA_INBOXES, LEDGER_SHARE } = commandsEnvironment()
const observed = observe('/ordering')

const carryOut = orderingCommands({
  store: dynamoStore(documentClient(), EVENTS_TABLE, { ledgerShare: LEDGER_SHARE }),
  reply: replier(counted(new SQSClient({})), SAGA_INBOXES),
  clock: Date.now,
  measure: observed.measure,
})

export const handler = queueConsumer(
  { service: '/ordering', contracts: orderCommands, handle: ({ message }) => carryOut(message) },
  observed,
)
