import type { Address, Money, Reason } from '../../events/vocabulary.ts'
import type { OrderEvent, PricedLine } from './events.ts'

export type Placed = {
  readonly status: 'placed' | 'confirmed' | 'rejected' | 'cancelled'
  readonly customerId: string
  readonly lines: readonly PricedLine[]
  readonly total: Money
  readonly shipTo: Address
  readonly fingerprint: string
  /** Set once somebody asked; `too-late` once the order was confirmed all the same. */
  readonly cancellation?: 'requested' | 'too-late'
  /** Of an order that is large enough for a person to look at it first. */
  readonly approval?: 'awaiting' | 'approved' | 'declined'
  readonly reason?: Reason
  readonly carrier?: string
  readonly trackingNumber?: string
  /** Of a confirmed order: set once an operator asked, settled once. */
  readonly refund?: 'requested' | 'refunded' | 'refused'
}

/** What is known of an order; `none` before it was placed. */
export type Order = { readonly status: 'none' } | Placed

export const noOrder: Order = { status: 'none' }

/**
 * The order after one more event. Total: an event that does not follow from the state leaves it as it is, because a
 * stream is history and history cannot be refused.
 */
export const evolve = (order: Order, event: OrderEvent): Order => {
  if (event.type === 'placed') {
    if (order.status !== 'none') return order
    const { customerId, lines, total, shipTo, fingerprint, approval } = event.data
    const placed = { status: 'placed', customerId, lines, total, shipTo, fingerprint } as const
    return approval ? { ...placed, approval: 'awaiting' } : placed
  }
  if (order.status === 'confirmed') return evolveRefund(order, event)
  if (order.status !== 'placed') return order
  switch (event.type) {
    case 'reviewed':
      return order.approval === 'awaiting'
        ? { ...order, approval: event.data.approved ? 'approved' : 'declined' }
        : order
    case 'cancellation-requested':
      return { ...order, cancellation: 'requested' }
    case 'confirmed': {
      const { carrier, trackingNumber, cancellationTooLate } = event.data
      return {
        ...order,
        status: 'confirmed',
        ...(carrier ? { carrier } : {}),
        ...(trackingNumber ? { trackingNumber } : {}),
        ...(cancellationTooLate ? { cancellation: 'too-late' as const } : {}),
      }
    }
    case 'rejected':
    case 'cancelled':
      return { ...order, status: event.type, reason: event.data.reason }
    default:
      return order
  }
}

/** A refund is requested once and settled once. */
const evolveRefund = (order: Placed, { type }: OrderEvent): Placed => {
  if (type === 'refund-requested') return order.refund ? order : { ...order, refund: 'requested' }
  if (order.refund !== 'requested') return order
  if (type === 'refunded') return { ...order, refund: 'refunded' }
  return type === 'refund-refused' ? { ...order, refund: 'refused' } : order
}

/** The order that a stream of events tells of. */
export const fold = (events: readonly OrderEvent[]): Order => events.reduce(evolve, noOrder)
