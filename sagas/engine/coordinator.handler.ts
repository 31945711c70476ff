import { SQSClient } from '@aws-sdk/client-sqs'
import { WakeSaga } from '../../events/saga.ts'
import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { definitions } from '../index.ts'
import { coordinator } from './coordinator.ts'
import { inboxContracts } from './definition.ts'
import { dynamoStore } from './dynamo-store.ts'
import { coordinatorEnvironment } from './environment.ts'
import { sqsTransport } from './sqs-transport.ts'

const { table, commandQueues, wakeups, timing } = coordinatorEnvironment()
const clock = Date.now

const coordinate = coordinator({
  definitions,
  store: dynamoStore(documentClient(), table, clock, timing),
  transport: sqsTransport(new SQSClient({}), commandQueues, wakeups, clock),
  clock,
  timing,
})

/** The inbox of each definition and the queue of wake-ups. */
export const handler = queueConsumer({
  service: '/saga',
  contracts: [...new Set([...definitions.flatMap(inboxContracts), WakeSaga])],
  handleBatch: (deliveries) => coordinate(deliveries),
})
