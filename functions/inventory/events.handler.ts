import { OrderConfirmed } from '../../events/ordering.ts'
import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { dynamoReservations } from './dynamo-reservations.ts'
import { eventsEnvironment } from './environment.ts'
import { saleOf } from './sale.ts'

const { STOCK_TABLE, RESERVATIONS_TABLE, timing } = eventsEnvironment()

const sell = saleOf({
  store: dynamoReservations(
    documentClient(),
    { stock: STOCK_TABLE, reservations: RESERVATIONS_TABLE },
    { horizon: timing.horizon },
  ),
  clock: Date.now,
})

export const handler = queueConsumer({
  service: '/inventory',
  contracts: [OrderConfirmed],
  handle: ({ message }) => sell(message),
})
