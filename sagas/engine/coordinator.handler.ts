import { SQSClient } from '@aws-sdk/client-sqs'
import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { definitions } from '../index.ts'
import { coordinator } from './coordinator.ts'
import { inboxContracts } from './definition.ts'
import { dynamoStore } from './dynamo-store.ts'
import { coordinatorEnvironment } from './environment.ts'
import { sagaOf } from './ids.ts'
import { measuredStore } from './measured-store.ts'
import { sqsCongestion } from './sqs-congestion.ts'
import { sqsTransport } from './sqs-transport.ts'

const { table, queues, wakeups, timing } = coordinatorEnvironment()
const clock = Date.now
const observed = observe('/saga')
const sqs = counted(new SQSClient({}))

const coordinate = coordinator({
  definitions,
  store: measuredStore(dynamoStore(documentClient(), table, clock, timing), observed.measure),
  transport: sqsTransport(sqs, queues, wakeups, clock),
  congestion: sqsCongestion(sqs, queues, clock),
  clock,
  timing,
  watch: ({ verdict, sagaId }) => observed.measure('SagaMessages', 1, { saga: sagaOf(sagaId), verdict: verdict.is }),
})

/** The inbox of each definition and the queue of wake-ups. */
export const handler = queueConsumer(
  {
    service: '/saga',
    contracts: [...new Set([...definitions.flatMap(inboxContracts), WakeSaga, DirectSaga])],
    handleBatch: (deliveries) => coordinate(deliveries),
  },
  observed,
)
