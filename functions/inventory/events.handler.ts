import { OrderConfirmed } from '../../events/ordering.ts'
import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { dynamoSales } from './dynamo-sales.ts'
import { eventsEnvironment } from './environment.ts'
import { saleOf } from './sale.ts'

const { RESERVATIONS_TABLE } = eventsEnvironment()

const sell = saleOf({ store: dynamoSales(documentClient(), { reservations: RESERVATIONS_TABLE }), clock: Date.now })

export const handler = queueConsumer({
  service: '/inventory',
  contracts: [OrderConfirmed],
  handle: ({ message }) => sell(message),
})
