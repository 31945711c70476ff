import { describe, expect, test } from 'vitest'
import { compare } from '../../../cli/audit/compare.ts'
import { ordersFrom, pickupFrom, reservationFrom, shipmentsFrom } from '../../../cli/audit/items.ts'
import type { OrderReading, Readings } from '../../../cli/audit/readings.ts'

const at = Date.parse('2026-11-01T12:00:00.000Z')
const orderId = 'ord_0123456789abcdef'
const lines = [{ sku: 'TEA-01', quantity: 2 }]
const order: OrderReading = {
  orderId,
  status: 'confirmed',
  placedAt: at - 60_000,
  total: 3_000,
  currency: 'EUR',
  lines,
  refund: { state: 'refunded', askedAt: at - 30_000 },
  return: { state: 'completed', askedAt: at - 30_000, condition: 'resellable' },
}
const pickup = (state: Readings['pickups'][number]['state'], carrier = 'swift') => ({
  key: `pickup#${carrier}`,
  orderId,
  state,
  carrier,
  trackingNumber: `${carrier}-r-1`,
})
/** An order that came back as it left, fetched by one carrier while the other was called off. */
const back: Readings = {
  orders: [order],
  sagas: [{ sagaId: `return-order:${orderId}`, orderId, phase: 'ended', outcome: 'done' }],
  stock: [{ sku: 'TEA-01', initial: 10, available: 10, committed: 0 }],
  reservations: [{ orderId, state: 'restocked', lines }],
  payments: [{ orderId, state: 'refunded' }],
  books: [{ key: 'a', orderId, currency: 'EUR', authorised: 3_000, captured: 3_000, voided: 0, refunded: 3_000 }],
  refunds: [{ key: 'refund#1', orderId, amount: 3_000 }],
  shipments: [{ orderId, state: 'booked', trackingNumber: 'T-1' }],
  bookings: [{ key: 'b', orderId, state: 'booked', carrier: 'swift', trackingNumber: 'T-1' }],
  pickups: [pickup('closed'), pickup('cancelled', 'steady')],
  failedMessages: 0,
  messagesInFlight: 0,
  settled: true,
  at,
}
const codes = (change: Partial<Readings>) => compare({ ...back, ...change }).differences.map(({ code }) => code)
const sold = [{ orderId, state: 'sold' as const, lines }]
const soldStock = [{ sku: 'TEA-01', initial: 10, available: 8, committed: 2 }]
const being = (comeback: Partial<OrderReading['return']>): OrderReading[] => [
  { ...order, return: { ...order.return!, ...comeback } as never },
]

describe('a return in the audit', () => {
  test('that is complete is at peace', () => expect(codes({})).toEqual([]))

  test('of damaged goods is at peace with them still sold', () =>
    expect(codes({ orders: being({ condition: 'damaged' }), reservations: sold, stock: soldStock })).toEqual([]))

  test('that is under way is at peace, whichever half of it is done', () => {
    const running = [{ ...back.sagas[0]!, phase: 'running' as const }]
    const { condition: _, ...open } = { ...order.return!, state: 'requested' as const }
    const orders = [{ ...order, return: open, refund: { state: 'requested' as const, askedAt: at - 30_000 } }]
    const moving = { orders, sagas: running, settled: false }
    expect(codes(moving)).toEqual([])
    expect(codes({ ...moving, reservations: sold, stock: soldStock, pickups: [pickup('booked')] })).toEqual([])
  })

  test.each([
    ['goods that nobody put back', { reservations: sold, stock: soldStock }, 'returned-not-restocked'],
    ['damaged goods on the shelves', { orders: being({ condition: 'damaged' }) }, 'restocked-though-damaged'],
    ['two parcels', { pickups: [pickup('closed'), pickup('collected', 'steady')] }, 'fetched-otherwise-than-once'],
    ['no parcel', { pickups: [] }, 'fetched-otherwise-than-once'],
    [
      'stock that was put back twice',
      { stock: [{ ...soldStock[0]!, available: 12, committed: 0 }] },
      'stock-not-conserved',
    ],
    [
      'money that stayed',
      { orders: [{ ...order, refund: { state: 'refused' as const, askedAt: at } }] },
      'returned-not-refunded',
    ],
    [
      'a parcel that nobody sends',
      { orders: [(({ return: _, ...rest }) => rest)(order)], reservations: sold, stock: soldStock },
      'pickup-without-return',
    ],
    [
      'a carrier that is still to come after a rejection',
      { orders: being({ state: 'rejected' }), reservations: sold, stock: soldStock, pickups: [pickup('booked')] },
      'pickup-left-open',
    ],
    [
      'goods that were put back after a rejection',
      { orders: being({ state: 'rejected' }) },
      'restocked-though-rejected',
    ],
    [
      'one that nobody works on',
      { orders: being({ state: 'requested', askedAt: at - 600_000 }) },
      'return-never-ended',
    ],
  ] satisfies [string, Partial<Readings>, string][])('finds %s', (_what, change, code) => {
    expect(codes(change)).toContain(code)
  })
})

describe('the items of a return', () => {
  const event = (sequence: number, type: string, data: object) => ({
    orderId,
    sequence,
    type,
    data,
    cause: { at: `2026-11-01T10:00:0${sequence}.000Z` },
  })
  const placed = event(1, 'placed', { lines, total: { amount: 3_000, currency: 'EUR' } })
  const confirmed = event(2, 'confirmed', {})
  const asked = event(3, 'return-requested', {})
  const askedAt = Date.parse('2026-11-01T10:00:03.000Z')
  const read = (...more: object[]) => ordersFrom([placed, confirmed, asked, ...more])[0]

  test('ask for the money, too, until they end', () => {
    expect(read()).toMatchObject({ refund: { state: 'requested', askedAt }, return: { state: 'requested', askedAt } })
    expect(read(event(4, 'refunded', {}), event(5, 'returned', { condition: 'damaged' }))).toMatchObject({
      refund: { state: 'refunded' },
      return: { state: 'completed', condition: 'damaged' },
    })
    const rejected = read(event(4, 'return-rejected', {}))
    expect(rejected?.return).toMatchObject({ state: 'rejected' })
    expect(rejected?.refund).toBeUndefined()
  })

  test('are no shipments', () => {
    const record = { orderId, commandId: 'c', state: 'done', result: { trackingNumber: 'swift-r-1' } }
    expect(shipmentsFrom([{ ...record, intent: { kind: 'return' } }])).toEqual([])
    expect(shipmentsFrom([{ ...record, intent: {} }])).toHaveLength(1)
  })

  test('are pick-ups in the carriers’ books, and restocked reservations', () => {
    const entry = {
      key: 'pickup#1',
      type: 'pickup',
      reference: `return-order:${orderId}/pick-up-by-swift/do/1`,
      carrier: 'swift',
      trackingNumber: 'swift-r-1',
      cancelled: false,
      collected: false,
      closed: false,
    }
    expect(pickupFrom(entry)).toMatchObject([{ orderId, state: 'booked' }])
    expect(pickupFrom({ ...entry, collected: true })).toMatchObject([{ state: 'collected' }])
    expect(pickupFrom({ ...entry, collected: true, closed: true })).toMatchObject([{ state: 'closed' }])
    expect(pickupFrom({ ...entry, cancelled: true })).toMatchObject([{ state: 'cancelled' }])
    expect(pickupFrom({ ...entry, type: 'booking' })).toEqual([])
    expect(reservationFrom({ orderId, state: 'restocked', lines })).toEqual({ orderId, state: 'restocked', lines })
  })
})
