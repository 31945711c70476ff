import type { Line } from '../../events/vocabulary.ts'

/**
 * What each context's own records say, reduced to what the audit compares. Amounts are minor units. The readers fill
 * these from raw table items; nothing in here knows how a context works.
 */
export type Readings = {
  readonly orders: readonly OrderReading[]
  readonly sagas: readonly SagaReading[]
  readonly stock: readonly StockReading[]
  readonly reservations: readonly ReservationReading[]
  /** What payments believes. */
  readonly payments: readonly PaymentReading[]
  /** What the acquirer's books say: the truth about money. */
  readonly books: readonly BookReading[]
  /** Every refund in the acquirer's books. */
  readonly refunds: readonly RefundReading[]
  /** What shipping believes. */
  readonly shipments: readonly ShipmentReading[]
  /** What the carriers' books say: the truth about parcels. */
  readonly bookings: readonly BookingReading[]
  /** Parcels that carriers fetch from customers, as their books say. */
  readonly pickups: readonly PickupReading[]
  readonly failedMessages: number
  /** Over all queues but those of timers. */
  readonly messagesInFlight: number
  /** Nothing was under way, neither before the tables were read nor after. */
  readonly settled: boolean
  /** When the reading began, epoch milliseconds. */
  readonly at: number
}

export type OrderReading = {
  readonly orderId: string
  readonly status: 'placed' | 'confirmed' | 'rejected' | 'cancelled'
  readonly placedAt: number
  readonly total: number
  readonly currency: string
  readonly lines: readonly Line[]
  /** Absent when nobody asked for one. `askedAt`: epoch milliseconds. */
  /** Absent when nobody wanted to send it back. */
  readonly return?: {
    readonly state: 'requested' | 'completed' | 'rejected'
    readonly askedAt: number
    readonly condition?: 'resellable' | 'damaged'
  }
  readonly refund?: { readonly state: 'requested' | 'refunded' | 'refused'; readonly askedAt: number }
}

export type SagaReading = {
  readonly sagaId: string
  readonly orderId: string
  readonly phase: 'early-cancel' | 'early-signal' | 'running' | 'ended'
  readonly outcome: string | undefined
}

/** `problem` says why a stock record cannot be read; its numbers are 0 then. */
export type StockReading = {
  readonly sku: string
  readonly initial: number
  readonly available: number
  readonly committed: number
  readonly problem?: string
}

export type ReservationReading = {
  readonly orderId: string
  /** `none`: refused, or a tombstone of something that never was. */
  readonly state: 'held' | 'sold' | 'released' | 'restocked' | 'none'
  readonly lines: readonly Line[]
}

export type PaymentReading = {
  readonly orderId: string
  /** `under-way`: a call to the acquirer is not resolved yet. `none`: refused, or a tombstone. */
  readonly state: 'under-way' | 'authorised' | 'captured' | 'refunded' | 'voided' | 'none'
}

/** One authorisation in the acquirer's books, with all that became of it. */
export type BookReading = {
  readonly key: string
  readonly orderId: string
  readonly currency: string
  readonly authorised: number
  readonly captured: number
  readonly voided: number
  readonly refunded: number
}

export type RefundReading = {
  readonly key: string
  readonly orderId: string
  readonly amount: number
}

export type ShipmentReading = {
  readonly orderId: string
  readonly state: 'under-way' | 'booked' | 'cancelled' | 'none'
  readonly trackingNumber: string | undefined
}

export type BookingReading = {
  readonly key: string
  readonly orderId: string
  readonly state: 'booked' | 'cancelled'
  readonly carrier: string
  readonly trackingNumber: string
}

export type PickupReading = {
  readonly key: string
  readonly orderId: string
  readonly state: 'booked' | 'collected' | 'closed' | 'cancelled'
  readonly carrier: string
  readonly trackingNumber: string
}
