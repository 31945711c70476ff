import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { replier } from '../../reactive/send.ts'
import { signedPartner } from '../../reactive/signed-partner.ts'
import { httpAcquirer } from './acquirer.ts'
import { commandsEnvironment } from './environment.ts'
import { paymentCommands, payments } from './service.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, ACQUIRER_URL, SAGA_INBOXES, timing } = commandsEnvironment()
const observed = observe('/payments')

const serve = payments({
  store: dynamoPayments(documentClient(), PAYMENTS_TABLE, timing.horizon),
  acquirer: httpAcquirer(signedPartner(ACQUIRER_URL, 'acquirer', observed), timing.partnerCall),
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
