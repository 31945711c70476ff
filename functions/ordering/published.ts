import { type Addressing, type Message, seal } from '../../events/envelope.ts'
import {
  ApprovalRequested,
  CancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  OrderReviewed,
  RefundRequested,
  ReturnCompleted,
  ReturnInspected,
  ReturnRejected,
  ReturnRequested,
} from '../../events/ordering.ts'
import { orderId as orderIdWord } from '../../events/vocabulary.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import type { Place, Recorded } from './events.ts'
import { appendedBy } from './stream.ts'

/** The id of an event's message: its place in its stream. */
export const idOf = ({ orderId, sequence }: Place): string => `${orderId}/${sequence}`

/** The place that the id of a message names; undefined when no event of an order was published under it. */
export const placeOf = (id: string): Place | undefined => {
  const [orderId = '', number] = id.split('/')
  const sequence = Number(number)
  const place = { orderId, sequence }
  const wellFormed = orderIdWord.safeParse(orderId).success && Number.isSafeInteger(sequence) && sequence >= 1
  return wellFormed && idOf(place) === id ? place : undefined
}

/**
 * The public contract that an event of an order is published as. The id is the event's place in its stream, so whoever
 * publishes it, the relay or the reconciler, and however often, says the same thing under the same id.
 *
 * @example
 * published({ type: 'cancelled', orderId: 'ord_…', sequence: 3, … }) // OrderCancelled with id 'ord_…/3'
 */
export const published = (event: Recorded): Message => {
  const { orderId, cause } = event
  const { at, ...flow } = cause
  const addressing: Addressing = {
    id: idOf(event),
    source: '/ordering',
    subject: orderId,
    time: at,
    firstsent: at,
    ...flow,
  }
  switch (event.type) {
    case 'placed': {
      const { fingerprint: _, lines, ...data } = event.data
      const bare = lines.map(({ sku, quantity }) => ({ sku, quantity }))
      return seal(OrderPlaced({ orderId, ...data, lines: bare }), addressing)
    }
    case 'approval-requested':
      return seal(ApprovalRequested({ orderId, ...event.data }), addressing)
    case 'reviewed':
      return seal(OrderReviewed({ orderId, ...event.data }), addressing)
    case 'cancellation-requested':
      return seal(CancellationRequested({ orderId, requestedBy: event.data.requestedBy }), addressing)
    case 'confirmed':
      return seal(OrderConfirmed({ orderId, ...event.data }), addressing)
    case 'rejected':
      return seal(OrderRejected({ orderId, ...event.data }), addressing)
    case 'cancelled':
      return seal(OrderCancelled({ orderId, customerId: event.data.customerId }), addressing)
    case 'refund-requested': {
      const { requestedBy, amount } = event.data
      return seal(RefundRequested({ orderId, amount, requestedBy }), addressing)
    }
    case 'refunded':
      return seal(OrderRefunded({ orderId, ...event.data }), addressing)
    case 'refund-refused':
      return seal(OrderRefundRefused({ orderId, ...event.data }), addressing)
    case 'return-requested': {
      const { reason: _, ...data } = event.data
      return seal(ReturnRequested({ orderId, ...data }), addressing)
    }
    case 'return-inspected':
      return seal(ReturnInspected({ orderId, ...event.data }), addressing)
    case 'returned':
      return seal(ReturnCompleted({ orderId, ...event.data }), addressing)
    case 'return-rejected':
      return seal(ReturnRejected({ orderId, ...event.data }), addressing)
  }
}

/** What a change of the table of events has the bus told. */
export const publishedBy = (change: Change): readonly Message[] => {
  const event = appendedBy(change)
  return event ? [published(event)] : []
}
