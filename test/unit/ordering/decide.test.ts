import { describe, expect, test } from 'vitest'
import { maxLines } from '../../../events/vocabulary.ts'
import { approvalAbove, type Command, decide, totalOf } from '../../../functions/ordering/decide.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { fold } from '../../../functions/ordering/order.ts'
import {
  aBody,
  cancelled,
  confirmed,
  onRequest,
  placed,
  placing,
  priceList,
  refunded,
  refundRefused,
  refundRequested,
  refusedCard,
  rejected,
  requested,
} from '../../support/ordering.ts'

const given = (...events: OrderEvent[]) => ({
  when: (command: Command) => {
    const decision = decide(fold(events), command)
    return {
      expects: (...expected: OrderEvent[]) => expect(decision).toEqual(expected),
      changesNothing: () => expect(decision).toEqual([]),
      refuses: (refused: string, over: object = {}) => expect(decision).toMatchObject({ refused, ...over }),
    }
  },
})

const cancel: Command = { type: 'cancel', requestedBy: 'alice' }
const confirm: Command = { type: 'confirm', carrier: 'swift', trackingNumber: 'SW-1' }
const reject: Command = { type: 'reject', because: refusedCard }
const rejectAsked: Command = { type: 'reject', because: onRequest }

const approve: Command = { type: 'review', approved: true, reviewedBy: 'olga', reason: 'We know them.' }
const large = { ...placed, data: { ...placed.data, approval: 'needed' as const } }

const refund: Command = { type: 'refund', requestedBy: 'olga', reason: 'The parcel was lost.' }
const recordRefund: Command = { type: 'record-refund', refundId: 'ref_1' }
const rejectRefund: Command = {
  type: 'reject-refund',
  because: { code: 'exceeds-capture', message: 'Nothing is left to refund.' },
}

describe('an order above what goes on without an approval', () => {
  const dear = { ...priceList, 'GOLD-1': { name: 'Gold', price: { amount: approvalAbove, currency: 'EUR' } } }
  const ordering = (quantity: number) => placing({ lines: [{ sku: 'GOLD-1', quantity }], prices: dear })
  const decline: Command = { ...approve, approved: false }
  const said = (approved: boolean) => ({
    type: 'reviewed' as const,
    data: {
      approved,
      reviewedBy: 'olga',
      reason: { code: approved ? 'approved' : 'not-approved', message: 'We know them.' },
    },
  })

  test('asks for one, and says so to the saga', () => {
    const events = decide(fold([]), ordering(2))
    expect(events).toMatchObject([
      { type: 'placed', data: { approval: 'needed' } },
      { type: 'approval-requested', data: { customerId: 'alice', total: { amount: 2 * approvalAbove } } },
    ])
    expect(fold(events as OrderEvent[])).toMatchObject({ status: 'placed', approval: 'awaiting' })
  })

  test('does not exist at the amount itself', () =>
    expect(decide(fold([]), ordering(1))).toMatchObject([
      { type: 'placed', data: { total: { amount: approvalAbove } } },
    ]))

  test('notes who said what about it', () => {
    given(large).when(approve).expects(said(true))
    given(large).when(decline).expects(said(false))
  })

  test('takes one word, however often it is said', () => {
    given(large, said(true)).when(approve).changesNothing()
    given(large, said(false)).when(decline).changesNothing()
    given(large, said(true), confirmed).when(approve).changesNothing()
    given(large, said(true)).when(decline).refuses('already-reviewed')
  })

  test('shows what was said', () => {
    expect(fold([large, said(true)])).toMatchObject({ approval: 'approved' })
    expect(fold([large, said(false), said(true)])).toMatchObject({ approval: 'declined' })
  })

  test('has no use for a word once it has ended', () =>
    given(large, rejected).when(approve).refuses('already-rejected'))

  test('is the only one that takes a word', () => {
    given(placed).when(approve).refuses('no-review-needed')
    given().when(approve).refuses('no-such-order')
  })
})

describe('refunding an order', () => {
  test('asks for the whole total of a confirmed one', () =>
    given(placed, confirmed).when(refund).expects(refundRequested))

  test.each([
    ['requested', [refundRequested]],
    ['made', [refundRequested, refunded]],
    ['refused', [refundRequested, refundRefused]],
  ])('changes nothing once it was %s', (_, events) =>
    given(placed, confirmed, ...events)
      .when(refund)
      .changesNothing(),
  )

  test.each([
    ['placed', [placed]],
    ['rejected', [placed, rejected]],
    ['cancelled', [placed, requested, cancelled]],
  ])('is refused for one that is %s', (status, events) =>
    given(...events)
      .when(refund)
      .refuses('not-confirmed', { because: expect.stringContaining(status) }),
  )

  test('is refused for one that nobody placed', () => given().when(refund).refuses('no-such-order'))

  test('records what came of it', () => {
    given(placed, confirmed, refundRequested).when(recordRefund).expects(refunded)
    given(placed, confirmed, refundRequested).when(rejectRefund).expects(refundRefused)
  })

  test('records it once', () => {
    given(placed, confirmed, refundRequested, refunded).when(recordRefund).changesNothing()
    given(placed, confirmed, refundRequested, refundRefused).when(rejectRefund).changesNothing()
  })

  test('records no second truth about it', () => {
    given(placed, confirmed, refundRequested, refunded).when(rejectRefund).refuses('refund-not-open')
    given(placed, confirmed, refundRequested, refundRefused).when(recordRefund).refuses('refund-not-open')
  })

  test.each([recordRefund, rejectRefund])('records nothing that nobody asked for: $type', (command) =>
    given(placed, confirmed).when(command).refuses('refund-not-open'),
  )

  test('leaves the order confirmed, whatever came of it', () => {
    for (const end of [refunded, refundRefused])
      expect(fold([placed, confirmed, refundRequested, end])).toMatchObject({ status: 'confirmed' })
  })

  test('means nothing to an order that is not confirmed', () =>
    expect(fold([placed, refundRequested, refunded])).toEqual(fold([placed])))
})

describe('placing an order', () => {
  test('records it with the prices and names of now', () => given().when(placing()).expects(placed))

  test('changes nothing when it was placed with the same content', () => given(placed).when(placing()).changesNothing())

  test('changes nothing after the order ended either', () => given(placed, confirmed).when(placing()).changesNothing())

  test('asks for no prices the second time', () =>
    given(placed)
      .when(placing({ prices: {} }))
      .changesNothing())

  test('is refused when it was placed with another content', () =>
    given(placed)
      .when(placing({ fingerprint: 'print-2' }))
      .refuses('key-reused'))

  test('is refused when products are unknown, and tells which lines', () =>
    given()
      .when(
        placing({
          lines: [
            { sku: 'TEA-01', quantity: 1 },
            { sku: 'NO-SUCH', quantity: 1 },
            { sku: 'NOR-THIS', quantity: 1 },
          ],
        }),
      )
      .refuses('unknown-product', { lines: [1, 2], because: 'Not in the catalogue: NO-SUCH, NOR-THIS.' }))

  test('does not take what every object has for a product', () =>
    given()
      .when(placing({ lines: [{ sku: 'constructor', quantity: 1 }] }))
      .refuses('unknown-product'))

  test('is refused in two currencies', () =>
    given()
      .when(
        placing({
          lines: [
            { sku: 'TEA-01', quantity: 1 },
            { sku: 'CUP-03', quantity: 1 },
          ],
        }),
      )
      .refuses('mixed-currencies', { because: expect.stringContaining('EUR and GBP') }))

  test('is refused when it costs more than an order may', () =>
    given()
      .when(
        placing({
          lines: [{ sku: 'GEM-01', quantity: 2 }],
          prices: { 'GEM-01': { name: 'Gem', price: { amount: 6_000_000_000, currency: 'EUR' } } },
        }),
      )
      .refuses('total-too-large'))
})

describe('the total', () => {
  const line = (amount: number, quantity: number) => ({
    sku: 'TEA-01',
    name: 'Tea',
    quantity,
    price: { amount, currency: 'EUR' },
  })

  test('is the sum of price times quantity', () =>
    expect(totalOf([line(450, 2), line(2_999, 1)])).toEqual({ amount: 3_899, currency: 'EUR' }))

  test('may be nothing', () => expect(totalOf([line(0, 3)])).toEqual({ amount: 0, currency: 'EUR' }))

  test('reaches the limit exactly and not beyond', () => {
    const limit = 100_000_000_00
    expect(totalOf([line(limit, 1)])).toEqual({ amount: limit, currency: 'EUR' })
    expect(totalOf([line(limit, 1), line(1, 1)])).toMatchObject({ refused: 'total-too-large' })
  })

  test('stays exact for the largest order that can be written down', () => {
    const greatest = 100_000_000_00 * 1_000 * maxLines
    expect(Number.isSafeInteger(greatest)).toBe(true)
  })
})

describe('asking to cancel', () => {
  test('is noted', () => given(placed).when(cancel).expects(requested))
  test('is noted once', () => given(placed, requested).when(cancel).changesNothing())
  test('is refused as too late when the order is confirmed', () =>
    given(placed, confirmed)
      .when(cancel)
      .refuses('already-confirmed', { because: expect.stringContaining('Too late') }))
  test('is refused when the order was rejected', () => given(placed, rejected).when(cancel).refuses('already-rejected'))
  test('changes nothing when it has come true', () => given(placed, requested, cancelled).when(cancel).changesNothing())
  test('is refused for an order that does not exist', () => given().when(cancel).refuses('no-such-order'))
})

describe('confirming', () => {
  test('ends the order with what its public form needs', () => given(placed).when(confirm).expects(confirmed))
  test('changes nothing the second time', () => given(placed, confirmed).when(confirm).changesNothing())
  test('is refused after a rejection', () => given(placed, rejected).when(confirm).refuses('already-rejected'))
  test('is refused after a cancellation', () => given(placed, cancelled).when(confirm).refuses('already-cancelled'))
  test('is refused for an order that does not exist', () => given().when(confirm).refuses('no-such-order'))

  test('says that a cancellation came too late when the saga says so', () => {
    const late = { ...confirmed, data: { ...confirmed.data, cancellationTooLate: true } } as OrderEvent
    given(placed)
      .when({ ...confirm, cancellationTooLate: true })
      .expects(late)
  })

  test('says so as well when the request is in the stream and the saga had not heard of it', () => {
    const late = { ...confirmed, data: { ...confirmed.data, cancellationTooLate: true } } as OrderEvent
    given(placed, requested).when(confirm).expects(late)
  })

  test('leaves out what the saga does not know', () => {
    const decision = decide(fold([placed]), { type: 'confirm' })
    expect(decision).toEqual([
      {
        type: 'confirmed',
        data: { customerId: 'alice', lines: aBody.lines, total: { amount: 3_899, currency: 'EUR' } },
      },
    ])
  })
})

describe('rejecting', () => {
  test('ends the order with its reason', () => given(placed).when(reject).expects(rejected))
  test('is a cancellation when the customer asked for it', () =>
    given(placed, requested).when(rejectAsked).expects(cancelled))
  test('changes nothing the second time', () => given(placed, rejected).when(reject).changesNothing())
  test('changes nothing after a cancellation', () =>
    given(placed, requested, cancelled).when(rejectAsked).changesNothing())
  test('is refused after a confirmation', () => given(placed, confirmed).when(reject).refuses('already-confirmed'))
  test('is refused for an order that does not exist', () => given().when(reject).refuses('no-such-order'))
})

test('prices are taken from the list at hand, not from the order', () => {
  const decision = decide(
    fold([]),
    placing({ prices: { ...priceList, 'TEA-01': { name: 'Tea', price: { amount: 1, currency: 'EUR' } } } }),
  )
  expect(decision).toMatchObject([{ data: { total: { amount: 3_001 } } }])
})
