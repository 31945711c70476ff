import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { replier } from '../../reactive/send.ts'
import { dynamoReservations } from './dynamo-reservations.ts'
import { commandsEnvironment } from './environment.ts'
import { inventory, inventoryCommands } from './service.ts'

const { STOCK_TABLE, RESERVATIONS_TABLE, SAGA_INBOXES, timing } = commandsEnvironment()

const serve = inventory({
  store: dynamoReservations(
    documentClient(),
    { stock: STOCK_TABLE, reservations: RESERVATIONS_TABLE },
    { horizon: timing.horizon },
  ),
  reply: replier(counted(new SQSClient({})), SAGA_INBOXES),
  clock: Date.now,
  timing,
})

export const handler = queueConsumer({
  service: '/inventory',
  contracts: inventoryCommands,
  handle: ({ message }) => serve(message),
})
