import type { Address, Condition, Money, Reason } from '../../events/vocabulary.ts'
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
  /** Of a confirmed order: set once its customer wants to send it back, settled once. */
  readonly return?: Return
}

export type Return = {
  readonly state: 'requested' | 'completed' | 'rejected'
  /** What somebody saw who looked at the goods, or what was taken for granted when nobody had. */
  readonly condition?: Condition
  readonly reason?: Reason
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
  if (order.status === 'confirmed') return evolveReturn(evolveRefund(order, event), event)
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
  if (order.refund !== 'requested' && !isBeingReturned(order)) return order
  if (type === 'refunded') return { ...order, refund: 'refunded' }
  return type === 'refund-refused' ? { ...order, refund: 'refused' } : order
}

/** Whose return goes on: its refund needs nobody else's request. */
export const isBeingReturned = (order: Placed): boolean => order.return?.state === 'requested' && !order.refund

/** A return is requested once and settled once. */
const evolveReturn = (order: Placed, event: OrderEvent): Placed => {
  if (event.type === 'return-requested') return order.return ? order : { ...order, return: { state: 'requested' } }
  const open = order.return
  if (open?.state !== 'requested') return order
  switch (event.type) {
    case 'return-inspected':
      return open.condition ? order : { ...order, return: { ...open, condition: event.data.condition } }
    case 'returned':
      return { ...order, return: { state: 'completed', condition: event.data.condition } }
    case 'return-rejected':
      return { ...order, return: { ...open, state: 'rejected', reason: event.data.reason } }
    default:
      return order
  }
}

/** The order that a stream of events tells of. */
export const fold = (events: readonly OrderEvent[]): Order => events.reduce(evolve, noOrder)
