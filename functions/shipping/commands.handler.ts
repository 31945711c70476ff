import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { replier } from '../../reactive/send.ts'
import { signedPartner } from '../../reactive/signed-partner.ts'
import { carrierOf, httpCarriers } from './carriers.ts'
import { commandsEnvironment } from './environment.ts'
import { carrierGuards } from './guards.ts'
import { shipping, shippingCommands } from './service.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, CARRIERS_URL, CONTROLS_TABLE, SAGA_INBOXES, timing } = commandsEnvironment()
const observed = observe('/shipping')
const dynamo = documentClient()
const guards = carrierGuards({ dynamo, table: CONTROLS_TABLE, timing, observed })

const serve = shipping({
  store: dynamoShipments(dynamo, SHIPMENTS_TABLE, timing.horizon),
  carriers: httpCarriers(
    signedPartner({ baseUrl: CARRIERS_URL, name: 'carriers', timing, observed, compartment: carrierOf }),
    timing.partnerCall,
  ),
  guardOf: (carrier) => guards[carrier],
  reply: replier(counted(new SQSClient({})), SAGA_INBOXES),
  clock: Date.now,
  timing,
})

export const handler = queueConsumer(
  {
    service: '/shipping',
    contracts: shippingCommands,
    handle: ({ message, remainingMs }) => serve(message, remainingMs),
  },
  observed,
)
