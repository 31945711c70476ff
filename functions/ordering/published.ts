import { type Addressing, type Message, seal } from '../../events/envelope.ts'
import {
  CancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
} from '../../events/ordering.ts'
import type { Recorded } from './events.ts'

/**
 * The public contract that an event of an order is published as. The id is the event's place in its stream, so whoever
 * publishes it, the relay or the reconciler, and however often, says the same thing under the same id.
 *
 * @example
 * published({ type: 'cancelled', orderId: 'ord_…', sequence: 3, … }) // OrderCancelled with id 'ord_…/3'
 */
export const published = (event: Recorded): Message => {
  const { orderId, sequence, cause } = event
  const { at, ...flow } = cause
  const addressing: Addressing = {
    id: `${orderId}/${sequence}`,
    source: '/ordering',
    subject: orderId,
    time: at,
    firstsent: at,
    ...flow,
  }
  switch (event.type) {
    case 'placed': {
      const { customerId, lines, total, paymentToken, shipTo } = event.data
      const bare = lines.map(({ sku, quantity }) => ({ sku, quantity }))
      return seal(OrderPlaced({ orderId, customerId, lines: bare, total, paymentToken, shipTo }), addressing)
    }
    case 'cancellation-requested':
      return seal(CancellationRequested({ orderId, requestedBy: event.data.requestedBy }), addressing)
    case 'confirmed':
      return seal(OrderConfirmed({ orderId, ...event.data }), addressing)
    case 'rejected':
      return seal(OrderRejected({ orderId, ...event.data }), addressing)
    case 'cancelled':
      return seal(OrderCancelled({ orderId, customerId: event.data.customerId }), addressing)
  }
}
