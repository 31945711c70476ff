import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { publishAll } from '../../reactive/send.ts'
import { apiEnvironment } from './environment.ts'
import { parcels } from './parcels.ts'
import { parcelRoutes } from './routes.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, BUS_NAME, timing } = apiEnvironment()
const bus = counted(new EventBridgeClient({}))

const received = parcels({
  store: dynamoShipments(documentClient(), SHIPMENTS_TABLE, timing.horizon),
  publish: (messages) => publishAll(bus, BUS_NAME, messages),
  clock: Date.now,
})

export const handler = httpEndpoint({ service: '/shipping', routes: parcelRoutes(received) })
