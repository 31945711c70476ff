import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyDraft } from '../../../events/contract.ts'
import { seal } from '../../../events/envelope.ts'
import {
  ApprovalRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  ReturnCompleted,
  ReturnRejected,
} from '../../../events/ordering.ts'
import { compose, type News } from '../../../functions/notifications/compose.ts'

const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const total = { amount: 3_899, currency: 'EUR' }
const lines = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 1 },
]
const told = (draft: AnyDraft) =>
  seal(draft, {
    id: `${orderId}/2`,
    source: '/ordering',
    subject: orderId,
    time: '2026-11-21T14:00:00.000Z',
    correlationid: orderId,
  }) as News
const confirmed = { orderId, customerId: 'alice', lines, total }

const no = { code: 'no', message: 'Not this time.' }

describe('what a customer is told', () => {
  test('says that a large order awaits approval, and that nothing is charged until then', () => {
    const notice = compose(told(ApprovalRequested({ orderId, customerId: 'alice', total })))
    expect(notice.subject).toBe(`Order ${orderId} awaits approval`)
    expect(notice.body).toContain('It comes to EUR 38.99')
    expect(notice.body).toContain('Nothing is charged until then.')
  })

  test.each([
    [OrderRefunded({ orderId, customerId: 'alice', amount: total, refundId: 'ref_1' }), 'is refunded', 'EUR 38.99'],
    [OrderRefundRefused({ orderId, customerId: 'alice', reason: no }), 'could not be refunded', 'Not this time.'],
    [
      ReturnCompleted({ orderId, customerId: 'alice', amount: total, condition: 'damaged' }),
      'is complete',
      'sent back',
    ],
    [ReturnRejected({ orderId, customerId: 'alice', reason: no }), 'cannot be returned', 'Not this time.'],
  ])('tells of %o what it means', (draft, subject, body) => {
    const notice = compose(told(draft as never))
    expect(notice.subject).toContain(subject)
    expect(notice.subject.length).toBeLessThan(100)
    expect(notice.body).toContain(body)
    expect(notice.body).not.toContain('alice')
  })

  test('names what was taken and where the parcel is', () => {
    const notice = compose(told(OrderConfirmed({ ...confirmed, carrier: 'swift', trackingNumber: 'SW-123' })))
    expect(notice).toEqual({
      subject: `Order ${orderId} is confirmed`,
      body:
        `Order ${orderId} is confirmed.\n\nWe have taken EUR 38.99 for 3 items.\n` +
        'Your parcel is on its way with swift: SW-123.\n',
    })
  })

  test('counts one item as one', () => {
    const one = { ...confirmed, lines: [{ sku: 'A1', quantity: 1 }] }
    expect(compose(told(OrderConfirmed(one))).body).toContain('for one item.')
  })

  test.each([
    ['EUR', 1_250, 'EUR 12.50'],
    ['JPY', 1_250, 'JPY 1250'],
    ['KWD', 1_250, 'KWD 1.250'],
    ['EUR', 0, 'EUR 0.00'],
  ])('writes %s %i as %s', (currency, amount, words) => {
    expect(compose(told(OrderConfirmed({ ...confirmed, total: { amount, currency } }))).body).toContain(words)
  })

  test('says that a cancellation came too late', () => {
    expect(compose(told(OrderConfirmed({ ...confirmed, cancellationTooLate: true }))).body).toContain('too late')
    expect(compose(told(OrderConfirmed(confirmed))).body).not.toContain('too late')
  })

  test('gives the reason of a rejection and says that nothing is charged', () => {
    const reason = { code: 'out-of-stock', message: 'Teapot is sold out.' }
    const { subject, body } = compose(told(OrderRejected({ orderId, customerId: 'alice', reason })))
    expect(subject).toBe(`Order ${orderId} could not be fulfilled`)
    expect(body).toContain('Teapot is sold out.')
    expect(body).toContain('Nothing has been charged')
  })

  test('confirms a cancellation', () => {
    const { subject, body } = compose(told(OrderCancelled({ orderId, customerId: 'alice' })))
    expect(subject).toBe(`Order ${orderId} is cancelled`)
    expect(body).toContain('as you asked')
  })

  test('refuses to word what ends no order', () => {
    const placed = { ...confirmed, paymentToken: 'tok_ok', shipTo: {} as never }
    expect(() => compose(told(OrderPlaced(placed)))).toThrow(expect.objectContaining({ code: 'unknown-type' }))
  })

  test('is never who the customer is, and always fits a mail', () => {
    const someone = fc.string({ minLength: 24, maxLength: 40 }).map((name) => `customer-${name}`)
    const anOrderId = fc.stringMatching(/^ord_[0-9a-z]{16,40}$/)
    fc.assert(
      fc.property(someone, anOrderId, (customerId, orderId) => {
        const reason = { code: 'declined', message: 'The card was declined.' }
        for (const draft of [
          OrderConfirmed({ ...confirmed, orderId, customerId }),
          OrderRejected({ orderId, customerId, reason }),
          OrderCancelled({ orderId, customerId }),
        ] as AnyDraft[]) {
          const { subject, body } = compose(told(draft))
          expect(subject + body).not.toContain(customerId)
          expect(subject).toContain(orderId)
          // SNS refuses any other subject.
          expect(subject).toMatch(/^[A-Za-z0-9][\x20-\x7e]{0,98}$/)
        }
      }),
    )
  })
})
