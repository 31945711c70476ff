import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { replier } from '../../reactive/send.ts'
import { sharedGuard } from '../../reactive/shared-guard.ts'
import { signedPartner } from '../../reactive/signed-partner.ts'
import { httpAcquirer } from './acquirer.ts'
import { commandsEnvironment } from './environment.ts'
import { paymentCommands, payments } from './service.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, ACQUIRER_URL, CONTROLS_TABLE, SAGA_INBOXES, timing } = commandsEnvironment()
const observed = observe('/payments')
const dynamo = documentClient()

const serve = payments({
  store: dynamoPayments(dynamo, PAYMENTS_TABLE, timing.horizon),
  acquirer: httpAcquirer(
    signedPartner({ baseUrl: ACQUIRER_URL, name: 'acquirer', timing, observed }),
    timing.partnerCall,
  ),
  guard: sharedGuard('acquirer', { dynamo, table: CONTROLS_TABLE, timing, observed }),
  reply: replier(counted(new SQSClient({})), SAGA_INBOXES),
  clock: Date.now,
  timing,
})

export const handler = queueConsumer(
  {
    service: '/payments',
    contracts: paymentCommands,
    handle: ({ message, remainingMs }) => serve(message, remainingMs),
  },
  observed,
)
