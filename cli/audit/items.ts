import * as z from 'zod'
import type {
  BookingReading,
  BookReading,
  OrderReading,
  PaymentReading,
  PickupReading,
  RefundReading,
  ReservationReading,
  SagaReading,
  ShipmentReading,
  StockReading,
} from './readings.ts'

/*
 * Raw table items as readings. The shapes are read leniently and written down here once more on purpose: an audit that
 * borrowed the readers of what it audits would share their mistakes.
 */

const orderIdIn = (text: string): string => /ord_[0-9a-z]{16,40}/.exec(text)?.[0] ?? text

const eventItem = z.looseObject({
  orderId: z.string(),
  sequence: z.number(),
  type: z.string(),
  data: z.looseObject({}),
  cause: z.looseObject({ at: z.string() }),
})
const placedData = z.looseObject({
  lines: z.array(z.looseObject({ sku: z.string(), quantity: z.number() })),
  total: z.looseObject({ amount: z.number(), currency: z.string() }),
})

/** The events of all orders, folded: the first says what was ordered, the one that ends it how it ended. */
export const ordersFrom = (items: readonly unknown[]): OrderReading[] => {
  const events = items.map((item) => eventItem.parse(item))
  return [...Map.groupBy(events, ({ orderId }) => orderId)].flatMap(([orderId, ofOrder]) => {
    const placed = ofOrder.find(({ type }) => type === 'placed')
    if (!placed) return []
    const { lines, total } = placedData.parse(placed.data)
    const refund = refundIn(ofOrder)
    const comeback = returnIn(ofOrder)
    const ends = ofOrder.filter(({ type }) => type === 'confirmed' || type === 'rejected' || type === 'cancelled')
    return {
      orderId,
      status: (ends[0]?.type ?? 'placed') as OrderReading['status'],
      placedAt: Date.parse(placed.cause.at),
      total: total.amount,
      currency: total.currency,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      ...(refund ? { refund } : {}),
      ...(comeback ? { return: comeback } : {}),
    }
  })
}

const refundIn = (ofOrder: readonly z.infer<typeof eventItem>[]): OrderReading['refund'] => {
  const ended = ofOrder.some(({ type }) => type === 'returned' || type === 'return-rejected')
  const came = ofOrder.find(({ type }) => type === 'refunded' || type === 'refund-refused')
  // Who sends an order back asks for its money, too, for as long as that is not settled.
  const asked =
    ofOrder.find(({ type }) => type === 'refund-requested') ??
    (came || !ended ? ofOrder.find(({ type }) => type === 'return-requested') : undefined)
  if (!asked) return undefined
  const state = came ? (came.type === 'refunded' ? 'refunded' : 'refused') : 'requested'
  return { state, askedAt: Date.parse(asked.cause.at) }
}

const returnedData = z.looseObject({ condition: z.enum(['resellable', 'damaged']) })

const returnIn = (ofOrder: readonly z.infer<typeof eventItem>[]): OrderReading['return'] => {
  const asked = ofOrder.find(({ type }) => type === 'return-requested')
  const done = ofOrder.find(({ type }) => type === 'returned')
  if (!asked) return undefined
  const askedAt = Date.parse(asked.cause.at)
  if (done) return { state: 'completed', askedAt, condition: returnedData.parse(done.data).condition }
  return { state: ofOrder.some(({ type }) => type === 'return-rejected') ? 'rejected' : 'requested', askedAt }
}

const sagaItem = z.looseObject({
  sagaId: z.string(),
  phase: z.enum(['early-cancel', 'early-signal', 'running', 'ended']),
  outcome: z.string().optional(),
})

export const sagaFrom = (item: unknown): SagaReading => {
  const { sagaId, phase, outcome } = sagaItem.parse(item)
  return { sagaId, orderId: orderIdIn(sagaId), phase, outcome }
}

const commandRecord = z.looseObject({
  orderId: z.string(),
  commandId: z.string(),
  state: z.enum(['intent', 'done', 'refused', 'undo-intent', 'undone', 'tombstone']),
  result: z.looseObject({}).optional(),
  intent: z.looseObject({ kind: z.string().optional() }).optional(),
})

/** Payments' records of one order, an authorisation's, a capture's and a refund's, as one belief. */
export const paymentsFrom = (items: readonly unknown[]): PaymentReading[] => {
  const records = items.map((item) => commandRecord.parse(item))
  return [...Map.groupBy(records, ({ orderId }) => orderId)].map(([orderId, ofOrder]) => {
    const some = (state: string, proof?: string) =>
      ofOrder.some((record) => record.state === state && (proof === undefined || record.result?.[proof] !== undefined))
    const state =
      some('intent') || some('undo-intent')
        ? 'under-way'
        : some('done', 'refundId')
          ? 'refunded'
          : some('done', 'captureId')
            ? 'captured'
            : some('done', 'authorisationId')
              ? 'authorised'
              : some('undone')
                ? 'voided'
                : 'none'
    return { orderId, state }
  })
}

const authorisationEntry = z.looseObject({
  key: z.string(),
  type: z.literal('authorisation'),
  reference: z.string(),
  amount: z.number(),
  currency: z.string(),
  captured: z.number(),
  refunded: z.number(),
  voided: z.boolean(),
})

/** The authorisations in the acquirer's books. A void lets go of what was not captured. */
export const bookFrom = (item: unknown): BookReading[] => {
  const read = authorisationEntry.safeParse(item)
  if (!read.success) return []
  const { key, reference, amount, currency, captured, refunded, voided } = read.data
  return [
    {
      key,
      orderId: orderIdIn(reference),
      currency,
      authorised: amount,
      captured,
      voided: voided ? amount - captured : 0,
      refunded,
    },
  ]
}

const refundEntry = z.looseObject({
  key: z.string(),
  type: z.literal('refund'),
  reference: z.string(),
  amount: z.number(),
})

/** The refunds in the acquirer's books. */
export const refundFrom = (item: unknown): RefundReading[] => {
  const read = refundEntry.safeParse(item)
  if (!read.success) return []
  const { key, reference, amount } = read.data
  return [{ key, orderId: orderIdIn(reference), amount }]
}

const bookingEntry = z.looseObject({
  key: z.string(),
  type: z.literal('booking'),
  reference: z.string(),
  carrier: z.string(),
  trackingNumber: z.string(),
  cancelled: z.boolean(),
})

/** The parcels in the carriers' books. */
export const bookingFrom = (item: unknown): BookingReading[] => {
  const read = bookingEntry.safeParse(item)
  if (!read.success) return []
  const { key, reference, carrier, trackingNumber, cancelled } = read.data
  return [{ key, orderId: orderIdIn(reference), state: cancelled ? 'cancelled' : 'booked', carrier, trackingNumber }]
}

const pickupEntry = z.looseObject({
  key: z.string(),
  type: z.literal('pickup'),
  reference: z.string(),
  carrier: z.string(),
  trackingNumber: z.string(),
  cancelled: z.boolean(),
  collected: z.boolean(),
  closed: z.boolean(),
})

/** The parcels in the carriers' books that they fetch from customers. */
export const pickupFrom = (item: unknown): PickupReading[] => {
  const read = pickupEntry.safeParse(item)
  if (!read.success) return []
  const { key, reference, carrier, trackingNumber, cancelled, collected, closed } = read.data
  const state = cancelled ? 'cancelled' : closed ? 'closed' : collected ? 'collected' : 'booked'
  return [{ key, orderId: orderIdIn(reference), state, carrier, trackingNumber }]
}

/** Shipping's records of one order's way out as one belief; those of its way back bear a kind. */
export const shipmentsFrom = (items: readonly unknown[]): ShipmentReading[] =>
  items.flatMap((item) => {
    const { orderId, state, result, intent } = commandRecord.parse(item)
    if (intent?.kind !== undefined) return []
    const trackingNumber = typeof result?.trackingNumber === 'string' ? result.trackingNumber : undefined
    if (state === 'intent' || state === 'undo-intent') return { orderId, state: 'under-way', trackingNumber }
    if (state === 'done') return { orderId, state: 'booked', trackingNumber }
    return { orderId, state: state === 'undone' ? 'cancelled' : 'none', trackingNumber }
  })

const units = z.int()
const stockItem = z.looseObject({ sku: z.string(), initial: units, available: units, committed: units })

/** A stock record, or why it cannot be read. */
export const stockFrom = (item: unknown): StockReading => {
  const read = stockItem.safeParse(item)
  if (read.success) {
    const { sku, initial, available, committed } = read.data
    return { sku, initial, available, committed }
  }
  const sku = z.looseObject({ sku: z.string() }).safeParse(item).data?.sku ?? 'a record without SKU'
  return { sku, initial: 0, available: 0, committed: 0, problem: z.prettifyError(read.error) }
}

const reservationItem = z.looseObject({
  orderId: z.string(),
  state: z.enum(['done', 'sold', 'undone', 'restocked', 'refused', 'tombstone']),
  lines: z.array(z.looseObject({ sku: z.string(), quantity: z.number() })).optional(),
})

export const reservationFrom = (item: unknown): ReservationReading => {
  const { orderId, state, lines = [] } = reservationItem.parse(item)
  const states = {
    done: 'held',
    sold: 'sold',
    undone: 'released',
    restocked: 'restocked',
    refused: 'none',
    tombstone: 'none',
  } as const
  return { orderId, state: states[state], lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }
}
