import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'
import {
  bookFrom,
  bookingFrom,
  ordersFrom,
  paymentsFrom,
  pickupFrom,
  refundFrom,
  reservationFrom,
  sagaFrom,
  shipmentsFrom,
  stockFrom,
} from './items.ts'
import type { Readings } from './readings.ts'
import { countMessages, countUnfinished } from './settled.ts'

/**
 * Reads every context's own tables and the partners' books, consistently, each as a whole.
 *
 * Orders come first: what an ended order implies was written before its end, so whatever is read later shows it.
 */
export const read = async (system: System): Promise<Readings> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  const scan = async (output: string): Promise<unknown[]> => {
    const items: unknown[] = []
    const pages = paginateScan({ client }, { TableName: outputOf(system, output), ConsistentRead: true })
    for await (const { Items = [] } of pages) items.push(...Items)
    return items
  }
  const atRest = async () => (await countMessages(system)) === 0 && (await countUnfinished(system)) === 0

  const at = Date.now()
  const restedBefore = await atRest()
  const orders = ordersFrom(await scan('EventsTable'))
  const [sagas, stock, reservations, payments, books, shipments, bookings, desk] = await Promise.all([
    scan('SagasTable'),
    scan('StockTable'),
    scan('ReservationsTable'),
    scan('PaymentsTable'),
    scan('BooksTable'),
    scan('ShipmentsTable'),
    scan('BookingsTable'),
    scan('DeskTable'),
  ])
  const messagesInFlight = await countMessages(system)
  const settled = restedBefore && messagesInFlight === 0 && (await countUnfinished(system)) === 0
  client.destroy()
  return {
    at,
    settled,
    messagesInFlight,
    orders,
    sagas: sagas.map(sagaFrom),
    stock: stock.map(stockFrom),
    reservations: reservations.map(reservationFrom),
    payments: paymentsFrom(payments),
    books: books.flatMap(bookFrom),
    refunds: books.flatMap(refundFrom),
    shipments: shipmentsFrom(shipments),
    bookings: bookings.flatMap(bookingFrom),
    pickups: bookings.flatMap(pickupFrom),
    failedMessages: desk.filter((record) => ['open', 'redriving'].includes((record as { status: string }).status))
      .length,
  }
}
