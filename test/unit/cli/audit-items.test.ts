import { describe, expect, test } from 'vitest'
import {
  bookFrom,
  bookingFrom,
  ordersFrom,
  paymentsFrom,
  refundFrom,
  reservationFrom,
  sagaFrom,
  shipmentsFrom,
  stockFrom,
} from '../../../cli/audit/items.ts'

const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const commandId = (step: string) => `fulfil-order:${orderId}/${step}/do/1`

describe('the events of orders', () => {
  const placed = {
    orderId,
    sequence: 1,
    type: 'placed',
    version: 1,
    data: {
      customerId: 'alice',
      lines: [{ sku: 'TEA-01', quantity: 2, name: 'Tea', price: { amount: 450, currency: 'EUR' } }],
      total: { amount: 900, currency: 'EUR' },
    },
    cause: { at: '2026-11-21T14:00:00.000Z', correlationid: orderId },
  }
  const event = (sequence: number, type: string) => ({ ...placed, sequence, type, data: { customerId: 'alice' } })

  test('say what was ordered and when', () => {
    expect(ordersFrom([placed])).toEqual([
      {
        orderId,
        status: 'placed',
        placedAt: Date.parse('2026-11-21T14:00:00.000Z'),
        total: 900,
        currency: 'EUR',
        lines: [{ sku: 'TEA-01', quantity: 2 }],
      },
    ])
  })

  test.each(['confirmed', 'rejected', 'cancelled'])('say that it was %s, whatever else was asked', (status) => {
    expect(ordersFrom([event(3, status), placed, event(2, 'cancellation-requested')])).toMatchObject([{ status }])
  })

  test('of several orders are told apart, in whatever order they come', () => {
    const other = { ...placed, orderId: 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb' }
    expect(ordersFrom([event(2, 'rejected'), other, placed]).map(({ status }) => status)).toEqual([
      'rejected',
      'placed',
    ])
  })

  test('that cannot be read stop the audit: a guess would be worse', () => {
    expect(() => ordersFrom([{ ...placed, data: { lines: 'two' } }])).toThrow()
  })
})

test.each([
  ['requested', ['refund-requested'], 'requested'],
  ['made', ['refund-requested', 'refunded'], 'refunded'],
  ['refused', ['refund-requested', 'refund-refused'], 'refused'],
])('an order tells of a refund that was %s', (_what, types, state) => {
  const item = (type: string, index: number) => ({ orderId, sequence: index + 1, type, data: {}, cause: { at: iso } })
  const iso = '2026-11-01T12:00:00.000Z'
  const data = { lines: [], total: { amount: 900, currency: 'EUR' } }
  const items = ['placed', 'confirmed', ...types].map(item)
  const [order] = ordersFrom([{ ...items[0]!, data }, ...items.slice(1)])
  expect(order).toMatchObject({ status: 'confirmed', refund: { state, askedAt: Date.parse(iso) } })
})

test('a saga belongs to the order in its id', () => {
  expect(sagaFrom({ sagaId: `fulfil-order:${orderId}`, phase: 'ended', outcome: 'done', revision: 9 })).toEqual({
    sagaId: `fulfil-order:${orderId}`,
    orderId,
    phase: 'ended',
    outcome: 'done',
  })
})

describe('payments', () => {
  const authorisation = (state: string, result?: object) => ({
    orderId,
    commandId: commandId('authorise-payment'),
    state,
    ...(result ? { result } : {}),
  })
  const capture = (state: string, result?: object) => ({
    ...authorisation(state, result),
    commandId: commandId('capture'),
  })
  const authorised = { kind: 'authorised', authorisationId: 'auth_1' }
  const captured = { kind: 'captured', captureId: 'cap_1', authorisationId: 'auth_1' }
  const refund = (state: string, result?: object) => ({
    ...authorisation(state, result),
    commandId: `refund-order:${orderId}/refund-payment/do/1`,
  })
  const refunded = { kind: 'refunded', refundId: 'ref_1', captureId: 'cap_1' }

  test.each([
    ['under way', [authorisation('intent')], 'under-way'],
    ['authorised', [authorisation('done', authorised)], 'authorised'],
    ['captured', [authorisation('done', authorised), capture('done', captured)], 'captured'],
    ['refunded', [authorisation('done', authorised), capture('done', captured), refund('done', refunded)], 'refunded'],
    ['with a refused refund', [capture('done', captured), refund('refused')], 'captured'],
    ['with a refund under way', [capture('done', captured), refund('intent')], 'under-way'],
    ['with a capture under way', [authorisation('done', authorised), capture('intent')], 'under-way'],
    ['with a refused capture still held', [authorisation('done', authorised), capture('refused')], 'authorised'],
    ['being undone', [authorisation('undo-intent', authorised)], 'under-way'],
    ['undone', [authorisation('undone', authorised)], 'voided'],
    ['refused', [authorisation('refused')], 'none'],
    ['cancelled before it came', [authorisation('tombstone')], 'none'],
  ])('%s', (_what, items, state) => {
    expect(paymentsFrom(items)).toEqual([{ orderId, state }])
  })
})

describe('the acquirer’s books', () => {
  const entry = {
    key: 'authorisation#auth_1',
    type: 'authorisation',
    revision: 1,
    authorisationId: 'auth_1',
    reference: commandId('authorise-payment'),
    token: 'tok_ok',
    amount: 900,
    currency: 'EUR',
    captured: 0,
    refunded: 0,
    voided: false,
  }

  test('name the order by the reference that it was given', () => {
    expect(bookFrom(entry)).toEqual([
      { key: entry.key, orderId, currency: 'EUR', authorised: 900, captured: 0, voided: 0, refunded: 0 },
    ])
  })

  test('let go of what was not captured when they void', () => {
    expect(bookFrom({ ...entry, voided: true })).toMatchObject([{ voided: 900 }])
    expect(bookFrom({ ...entry, voided: true, captured: 300 })).toMatchObject([{ voided: 600, captured: 300 }])
  })

  test('have refunds, each with the order by its reference', () => {
    const reference = `refund-order:${orderId}/refund-payment/do/1`
    const item = { key: 'refund#ref_1', type: 'refund', refundId: 'ref_1', reference, amount: 900, currency: 'EUR' }
    expect(refundFrom(item)).toEqual([{ key: 'refund#ref_1', orderId, amount: 900 }])
    expect(refundFrom(entry)).toEqual([])
  })

  test('have other entries, which are no authorisations', () => {
    expect(bookFrom({ key: 'capture#cap_1', type: 'capture' })).toEqual([])
    expect(bookFrom({ key: 'k', type: 'attempts', count: 2 })).toEqual([])
  })
})

describe('parcels', () => {
  const entry = {
    key: 'booking#swift-1',
    type: 'booking',
    carrier: 'swift',
    trackingNumber: 'swift-1',
    reference: commandId('book-shipment'),
    cancelled: false,
  }
  test('in the carriers’ books are live until they are cancelled', () => {
    expect(bookingFrom(entry)).toMatchObject([{ orderId, state: 'booked', trackingNumber: 'swift-1' }])
    expect(bookingFrom({ ...entry, cancelled: true })).toMatchObject([{ state: 'cancelled' }])
    expect(bookingFrom({ key: 'k', type: 'answer' })).toEqual([])
  })

  test.each([
    ['intent', 'under-way'],
    ['undo-intent', 'under-way'],
    ['done', 'booked'],
    ['undone', 'cancelled'],
    ['refused', 'none'],
    ['tombstone', 'none'],
  ])('in shipping’s book in state %s are %s', (recorded, state) => {
    const result = { carrier: 'swift', trackingNumber: 'swift-1' }
    expect(shipmentsFrom([{ orderId, commandId: commandId('book-shipment'), state: recorded, result }])).toEqual([
      { orderId, state, trackingNumber: 'swift-1' },
    ])
  })
})

describe('stock', () => {
  const item = { sku: 'TEA-01', name: 'Tea', initial: 10, available: 8, committed: 2, revision: 3 }

  test('is read as it is', () => {
    expect(stockFrom(item)).toEqual({ sku: 'TEA-01', initial: 10, available: 8, committed: 2 })
  })

  test.each([
    ['a word', 'twelve'],
    ['half a unit', 0.5],
    ['nothing', undefined],
  ])('of which %s is available is reported, not guessed', (_what, available) => {
    expect(stockFrom({ ...item, available })).toMatchObject({
      sku: 'TEA-01',
      problem: expect.stringMatching(/available/),
    })
  })

  test.each([
    ['done', 'held'],
    ['sold', 'sold'],
    ['undone', 'released'],
  ])('reserved in state %s is %s', (state, expected) => {
    const lines = [{ sku: 'TEA-01', quantity: 2 }]
    expect(reservationFrom({ orderId, commandId: commandId('reserve'), state, lines })).toEqual({
      orderId,
      state: expected,
      lines,
    })
  })

  test.each(['refused', 'tombstone'])('%s holds nothing', (state) => {
    expect(reservationFrom({ orderId, commandId: 'c', state })).toEqual({ orderId, state: 'none', lines: [] })
  })
})
