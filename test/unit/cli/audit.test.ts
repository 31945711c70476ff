import { describe, expect, test } from 'vitest'
import { compare, persistent } from '../../../cli/audit/compare.ts'
import type { Readings } from '../../../cli/audit/readings.ts'

const at = Date.parse('2026-11-01T12:00:00.000Z')
const lines = [
  { sku: 'MUG-01', quantity: 1 },
  { sku: 'TEA-01', quantity: 2 },
]
const order = (orderId: string, status: Readings['orders'][number]['status'], placedAt = at - 10_000) => ({
  orderId,
  status,
  placedAt,
  total: 3_000,
  currency: 'EUR',
  lines,
})
const book = (orderId: string, amounts: Partial<Readings['books'][number]> = {}) => ({
  key: `key-${orderId}`,
  orderId,
  currency: 'EUR',
  authorised: 3_000,
  captured: 0,
  voided: 0,
  refunded: 0,
  ...amounts,
})
const booking = (orderId: string, state: 'booked' | 'cancelled' = 'booked') => ({
  key: `parcel-${orderId}`,
  orderId,
  state,
  carrier: 'heron',
  trackingNumber: `T-${orderId}`,
})
const saga = (orderId: string, phase: Readings['sagas'][number]['phase'], outcome?: string) => ({
  sagaId: `fulfil-order:${orderId}`,
  orderId,
  phase,
  outcome,
})

/** One order that was confirmed, one refused by the bank, one cancelled after it was paid and booked. All is well. */
const clean: Readings = {
  orders: [order('good', 'confirmed'), order('refused', 'rejected'), order('cancelled', 'cancelled')],
  sagas: [saga('good', 'ended', 'done'), saga('refused', 'ended', 'undone'), saga('cancelled', 'ended', 'undone')],
  stock: [
    { sku: 'TEA-01', initial: 10, available: 8, committed: 2 },
    { sku: 'MUG-01', initial: 5, available: 4, committed: 1 },
  ],
  reservations: [
    { orderId: 'good', state: 'sold', lines },
    { orderId: 'refused', state: 'released', lines },
    { orderId: 'cancelled', state: 'released', lines },
  ],
  payments: [
    { orderId: 'good', state: 'captured' },
    { orderId: 'refused', state: 'none' },
    { orderId: 'cancelled', state: 'voided' },
  ],
  books: [book('good', { captured: 3_000 }), book('cancelled', { voided: 3_000 })],
  refunds: [],
  shipments: [
    { orderId: 'good', state: 'booked', trackingNumber: 'T-good' },
    { orderId: 'cancelled', state: 'cancelled', trackingNumber: 'T-cancelled' },
  ],
  bookings: [booking('good'), booking('cancelled', 'cancelled')],
  pickups: [],
  failedMessages: 0,
  messagesInFlight: 0,
  settled: true,
  at,
}

type Records =
  | 'orders'
  | 'sagas'
  | 'stock'
  | 'reservations'
  | 'payments'
  | 'books'
  | 'refunds'
  | 'shipments'
  | 'bookings'
  | 'pickups'
type Change = { [Name in Records]?: (records: Readings[Name]) => Readings[Name] } & Partial<Pick<Readings, 'settled'>>
const planted = (change: Change): Readings => {
  const changed: Record<string, unknown> = { ...clean }
  for (const [name, value] of Object.entries(change))
    changed[name] = typeof value === 'function' ? (value as (r: unknown) => unknown)(clean[name as Records]) : value
  return changed as Readings
}
const codes = (change: Change) => compare(planted(change)).differences.map(({ code, about }) => `${code} ${about}`)
const without =
  (orderId: string) =>
  <T extends { orderId: string }>(records: readonly T[]) =>
    records.filter((record) => record.orderId !== orderId)
/** Changes what a kind of record says about one order. */
const of =
  (orderId: string, change: object) =>
  <T extends { orderId: string }>(records: readonly T[]): T[] =>
    records.map((record) => (record.orderId === orderId ? { ...record, ...change } : record))
/** Changes the stock record of one product. */
const product =
  (sku: string, change: Partial<Readings['stock'][number]>) =>
  (records: Readings['stock']): Readings['stock'] =>
    records.map((record) => (record.sku === sku ? { ...record, ...change } : record))

describe('a system in which everything agrees', () => {
  test('is ok', () => {
    expect(compare(clean)).toMatchObject({ ok: true, differences: [] })
  })

  test('has its money summed from the acquirer’s books', () => {
    expect(compare(clean).money).toEqual({
      authorised: 6_000,
      captured: 3_000,
      voided: 3_000,
      refunded: 0,
      open: 0,
      currency: 'EUR',
    })
  })

  test('has its reserved and sold units counted from the reservations', () => {
    const another = { orderId: 'another', state: 'held' as const, lines: [{ sku: 'TEA-01', quantity: 3 }] }
    const { stock } = compare(
      planted({
        reservations: (reservations) => [...reservations, another],
        stock: product('TEA-01', { available: 5, committed: 5 }),
      }),
    )
    expect(stock).toEqual([
      { sku: 'MUG-01', initial: 5, available: 4, reserved: 0, sold: 1 },
      { sku: 'TEA-01', initial: 10, available: 5, reserved: 3, sold: 2 },
    ])
  })

  test('has its stock listed by SKU and its orders counted by how they ended', () => {
    expect(compare(clean).stock.map(({ sku }) => sku)).toEqual(['MUG-01', 'TEA-01'])
    expect(compare(clean).orders).toEqual({ placed: 0, confirmed: 1, rejected: 1, cancelled: 1 })
  })

  test('may be empty', () => {
    const nothing = { orders: [], sagas: [], stock: [], reservations: [], payments: [], books: [], shipments: [] }
    expect(compare({ ...clean, ...nothing, bookings: [] })).toMatchObject({ ok: true, money: { currency: null } })
  })

  test('tells what is still open without calling it a difference', () => {
    const audit = compare({
      ...clean,
      orders: [...clean.orders, order('new', 'placed')],
      sagas: [...clean.sagas, saga('new', 'running')],
      books: [...clean.books, book('new')],
      failedMessages: 2,
      messagesInFlight: 3,
      settled: false,
    })
    expect(audit).toMatchObject({
      ok: true,
      unfinishedSagas: 1,
      failedMessages: 2,
      messagesInFlight: 3,
      money: { open: 3_000 },
    })
  })
})

describe('money', () => {
  test.each<[string, Change, string[]]>([
    [
      'a confirmed order that was never captured',
      { books: of('good', { captured: 0 }), payments: of('good', { state: 'authorised' }) },
      ['confirmed-not-paid good', 'authorisation-left-open good'],
    ],
    [
      'a confirmed order that is not in the books at all',
      { books: without('good') },
      ['payments-differ-from-books good', 'confirmed-not-paid good'],
    ],
    [
      'a confirmed order captured in part',
      { books: of('good', { captured: 2_999, voided: 1 }) },
      ['confirmed-not-paid good'],
    ],
    [
      'a confirmed order whose money went back',
      { books: of('good', { refunded: 3_000 }) },
      ['confirmed-not-paid good'],
    ],
    [
      'an order charged twice',
      { books: (books) => [...books, { ...book('good', { captured: 3_000 }), key: 'again' }] },
      ['charged-twice good', 'charged-too-much good'],
    ],
    [
      'an order charged too much by one cent',
      { books: of('good', { authorised: 3_001, captured: 3_001 }) },
      ['charged-too-much good'],
    ],
    [
      'a second authorisation beside the captured one',
      { books: (books) => [...books, { ...book('good'), key: 'again' }] },
      ['authorisation-left-open good'],
    ],
    [
      'an order captured and rejected',
      {
        books: (books) => [...books, book('refused', { captured: 3_000 })],
        payments: of('refused', { state: 'captured' }),
      },
      ['captured-and-rejected refused'],
    ],
    [
      'an authorisation left open behind a rejected order that payments believes refused',
      { books: (books) => [...books, book('refused')] },
      ['payments-differ-from-books refused', 'authorisation-left-open refused'],
    ],
    [
      'an order captured and cancelled',
      {
        books: of('cancelled', { captured: 3_000, voided: 0 }),
        payments: of('cancelled', { state: 'captured' }),
      },
      ['captured-and-cancelled cancelled'],
    ],
    ['payments that forgot a capture', { payments: without('good') }, ['payments-differ-from-books good']],
    [
      'a call to the acquirer that nobody resolved',
      { payments: of('refused', { state: 'under-way' }) },
      ['payment-unresolved refused'],
    ],
    ['more captured than was authorised', { books: of('good', { authorised: 1_000 }) }, ['books-impossible good']],
    ['more refunded than was captured', { books: of('cancelled', { refunded: 1 }) }, ['books-impossible cancelled']],
    [
      'a charge for an order that nobody placed',
      { books: (books) => [...books, book('ghost', { captured: 3_000 })] },
      ['money-without-order ghost'],
    ],
    ['another currency', { books: of('good', { currency: 'USD' }) }, ['currency-differs good']],
  ])('finds %s', (_what, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  test('captured for a rejected order is at peace once it was refunded', () => {
    const refunded = book('refused', { captured: 3_000, refunded: 3_000 })
    expect(codes({ books: (books) => [...books, refunded], payments: of('refused', { state: 'captured' }) })).toEqual(
      [],
    )
  })
})

describe('refunds', () => {
  const refund = { key: 'refund#1', orderId: 'good', amount: 3_000 }
  const state = (state: 'requested' | 'refunded' | 'refused', age = 10_000) =>
    of('good', { refund: { state, askedAt: at - age } })
  /** The good order, refunded as it should be. */
  const made: Change = {
    orders: state('refunded'),
    books: of('good', { refunded: 3_000 }),
    refunds: () => [refund],
    payments: of('good', { state: 'refunded' }),
    sagas: (sagas) => [...sagas, { ...saga('good', 'ended', 'done'), sagaId: 'refund-order:good' }],
  }
  const running: Change['sagas'] = (sagas) => [...sagas, { ...saga('good', 'running'), sagaId: 'refund-order:good' }]

  test('that were asked for and made once in full are at peace, and counted', () => {
    const audit = compare(planted(made))
    expect(audit.differences).toEqual([])
    expect(audit.money).toMatchObject({ captured: 3_000, refunded: 3_000, open: 0 })
  })

  test.each<[string, Change]>([
    [
      'asked for, not made yet',
      {
        ...made,
        orders: state('requested'),
        refunds: () => [],
        books: (b) => b,
        payments: (p) => p,
        sagas: running,
        settled: false,
      },
    ],
    ['made, not recorded yet', { ...made, orders: state('requested'), sagas: running, settled: false }],
    ['asked for a moment ago, saga still to come', { orders: state('requested') }],
    ['refused', { orders: state('refused') }],
  ])('%s is no difference', (_what, change) => expect(codes(change)).toEqual([]))

  test.each<[string, Change, string[]]>([
    ['a refund that the books do not have', { ...made, refunds: () => [], books: (b) => b }, ['refund-differs good']],
    [
      'a refund of less than the total',
      { ...made, refunds: () => [{ ...refund, amount: 2_999 }], books: of('good', { refunded: 2_999 }) },
      ['refund-differs good'],
    ],
    [
      'a refund made twice',
      { ...made, refunds: () => [refund, { ...refund, key: 'refund#2' }] },
      ['refunded-twice good'],
    ],
    [
      'two refunds before any is recorded',
      { ...made, orders: state('requested'), sagas: running, refunds: () => [refund, { ...refund, key: 'refund#2' }] },
      ['refunded-twice good'],
    ],
    [
      'a refund that nobody asked for',
      { ...made, orders: (o) => o },
      ['confirmed-not-paid good', 'refunded-without-request good'],
    ],
    ['a refund that counts as refused', { ...made, orders: state('refused') }, ['refunded-though-refused good']],
    ['a refund that payments does not know', { ...made, payments: (p) => p }, ['payments-differ-from-books good']],
    ['a request that nobody works on', { orders: state('requested', 181_000) }, ['refund-never-ended good']],
    [
      'a refund of an order that was never charged',
      {
        ...made,
        books: of('good', { captured: 0, voided: 3_000, refunded: 0 }),
        refunds: () => [],
        payments: of('good', { state: 'voided' }),
      },
      ['confirmed-not-paid good', 'refund-differs good', 'payments-differ-from-books good'],
    ],
  ])('finds %s', (_what, change, expected) => expect(codes(change)).toEqual(expected))

  test('that nobody asked for are judged only when nothing moves', () =>
    expect(codes({ ...made, orders: (o) => o, books: (b) => b, settled: false })).toEqual([]))
})

describe('parcels', () => {
  test.each<[string, Change, string[]]>([
    [
      'a confirmed order that no carrier knows',
      { bookings: without('good') },
      ['shipping-differs-from-carrier good', 'confirmed-not-shipped good'],
    ],
    [
      'a confirmed order whose booking was cancelled',
      { bookings: of('good', { state: 'cancelled' }) },
      ['shipping-differs-from-carrier good', 'confirmed-not-shipped good'],
    ],
    [
      'an order shipped twice',
      { bookings: (bookings) => [...bookings, { ...booking('good'), key: 'again', carrier: 'osprey' }] },
      ['shipped-twice good'],
    ],
    [
      'another tracking number than the carrier’s',
      { shipments: of('good', { trackingNumber: 'T-other' }) },
      ['shipping-differs-from-carrier good'],
    ],
    [
      'a rejected order on its way',
      {
        bookings: (bookings) => [...bookings, booking('refused')],
        shipments: (shipments) => [...shipments, { orderId: 'refused', state: 'booked', trackingNumber: 'T-refused' }],
      },
      ['shipped-and-rejected refused'],
    ],
    [
      'a cancelled order on its way',
      { bookings: of('cancelled', { state: 'booked' }) },
      ['shipping-differs-from-carrier cancelled', 'shipped-and-cancelled cancelled'],
    ],
    [
      'a call to a carrier that nobody resolved',
      { shipments: of('good', { state: 'under-way' }) },
      ['shipment-unresolved good'],
    ],
    [
      'a parcel for an order that nobody placed',
      { bookings: (bookings) => [...bookings, booking('ghost')] },
      ['parcel-without-order ghost'],
    ],
  ])('finds %s', (_what, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })
})

describe('stock', () => {
  test.each<[string, Change, string[]]>([
    ['a unit that vanished', { stock: product('TEA-01', { available: 7 }) }, ['stock-not-conserved TEA-01']],
    ['a unit from nowhere', { stock: product('TEA-01', { available: 9 }) }, ['stock-not-conserved TEA-01']],
    ['stock below zero', { stock: product('MUG-01', { initial: -1, available: -2 }) }, ['stock-negative MUG-01']],
    [
      'units committed to nobody',
      { stock: product('MUG-01', { available: 3, committed: 2 }) },
      ['committed-differs MUG-01'],
    ],
    [
      'sold units on the shelves',
      { stock: product('MUG-01', { available: 5, committed: 0 }) },
      ['committed-differs MUG-01'],
    ],
    [
      'a stock record that cannot be read',
      { stock: product('MUG-01', { problem: 'available is "twelve"' }) },
      ['stock-unreadable MUG-01'],
    ],
    [
      'a rejected order that kept its units',
      { reservations: of('refused', { state: 'held' }) },
      ['stock-kept-though-rejected refused', 'committed-differs TEA-01', 'committed-differs MUG-01'],
    ],
    [
      'a confirmed order whose units are not sold though nothing moves',
      { reservations: of('good', { state: 'held' }) },
      ['confirmed-not-sold good'],
    ],
    [
      'a confirmed order without units',
      { reservations: without('good') },
      ['confirmed-without-stock good', 'committed-differs TEA-01', 'committed-differs MUG-01'],
    ],
    [
      'a confirmed order that took its units twice',
      { reservations: (reservations) => [...reservations, { orderId: 'good', state: 'sold', lines }] },
      ['confirmed-without-stock good', 'committed-differs TEA-01', 'committed-differs MUG-01'],
    ],
    [
      'a confirmed order with other units than were ordered',
      { reservations: of('good', { lines: [{ sku: 'TEA-01', quantity: 2 }] }) },
      ['confirmed-without-stock good', 'committed-differs MUG-01'],
    ],
    [
      'units held for an order that nobody placed',
      {
        reservations: (reservations) => [
          ...reservations,
          { orderId: 'ghost', state: 'held', lines: [{ sku: 'TEA-01', quantity: 1 }] },
        ],
        stock: product('TEA-01', { available: 7, committed: 3 }),
      },
      ['stock-without-order ghost'],
    ],
  ])('finds %s', (_what, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })
})

describe('orders that have not ended', () => {
  const old = order('old', 'placed', at - 3_600_000)

  test.each<[string, Change, string[]]>([
    ['one that no saga ever took up', { orders: (orders) => [...orders, old] }, ['never-started old']],
    [
      'one whose saga only knows that it shall be cancelled',
      { orders: (orders) => [...orders, old], sagas: (sagas) => [...sagas, saga('old', 'early-cancel')] },
      ['never-started old'],
    ],
    [
      'one whose saga is over',
      { orders: (orders) => [...orders, old], sagas: (sagas) => [...sagas, saga('old', 'ended', 'done')] },
      ['saga-ended-without-its-order old'],
    ],
    [
      'a saga for an order that nobody placed',
      { sagas: (sagas) => [...sagas, saga('ghost', 'ended', 'done')] },
      ['saga-without-order ghost'],
    ],
  ])('finds %s', (_what, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  test('are left alone while a saga works on them, however long', () => {
    expect(
      codes({ orders: (orders) => [...orders, old], sagas: (sagas) => [...sagas, saga('old', 'running')] }),
    ).toEqual([])
  })

  test('are left alone for a moment when they are new', () => {
    expect(codes({ orders: (orders) => [...orders, order('new', 'placed')] })).toEqual([])
  })
})

describe('a system that moves', () => {
  test('is not blamed for sums that cannot agree yet', () => {
    expect(
      codes({
        settled: false,
        reservations: of('good', { state: 'held' }),
        books: (books) => [...books, book('just-placed')],
        sagas: (sagas) => [...sagas, saga('just-placed', 'running')],
      }),
    ).toEqual([])
  })

  test('is still blamed for what an ended order may never be', () => {
    expect(codes({ settled: false, books: (books) => [...books, book('refused', { captured: 3_000 })] })).toContain(
      'captured-and-rejected refused',
    )
  })

  test('is blamed only for what two audits find', () => {
    const passing = compare(planted({ bookings: without('good') }))
    const lasting = compare(planted({ books: of('good', { currency: 'USD' }) }))

    expect(persistent(passing, compare(clean))).toMatchObject({ ok: true, differences: [] })
    expect(persistent(lasting, lasting)).toMatchObject({ ok: false, differences: [{ code: 'currency-differs' }] })
    expect(persistent(passing, lasting)).toMatchObject({ ok: true, differences: [] })
  })
})

test('every difference says what it is about and what disagrees', () => {
  const { differences } = compare(planted({ books: without('good'), stock: product('TEA-01', { available: 99 }) }))
  for (const { about, detail } of differences) {
    expect(about).toMatch(/^(good|TEA-01|MUG-01)$/)
    expect(detail.length).toBeGreaterThan(20)
  }
})
