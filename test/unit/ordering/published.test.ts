import { describe, expect, test } from 'vitest'
import { parse } from '../../../events/envelope.ts'
import { contracts } from '../../../events/index.ts'
import { OrderConfirmed } from '../../../events/ordering.ts'
import { idOf, placeOf, published } from '../../../functions/ordering/published.ts'
import { appendedBy } from '../../../functions/ordering/stream.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import {
  aBody,
  at,
  cancelled,
  confirmed,
  orderId,
  placed,
  refunded,
  refundRefused,
  refundRequested,
  rejected,
  requested,
  shipTo,
  stream,
} from '../../support/ordering.ts'

const approvalRequested = {
  type: 'approval-requested' as const,
  data: { customerId: 'alice', total: placed.data.total },
}
const reviewed = {
  type: 'reviewed' as const,
  data: { approved: true, reviewedBy: 'olga', reason: { code: 'approved', message: 'We know them.' } },
}

const { total } = placed.data
const lines = placed.data.lines.map(({ sku, quantity }) => ({ sku, quantity }))
const words = { code: 'return-requested', message: 'It is too dark.' }
const returnAsked = {
  type: 'return-requested' as const,
  data: { requestedBy: 'alice', lines, amount: total, fetchFrom: shipTo, reason: words },
}
const returnInspected = {
  type: 'return-inspected' as const,
  data: { condition: 'damaged' as const, inspectedBy: 'olga' },
}
const returnCompleted = {
  type: 'returned' as const,
  data: { customerId: 'alice', amount: total, condition: 'damaged' as const },
}
const returnRejected = { type: 'return-rejected' as const, data: { customerId: 'alice', reason: words } }

describe('what the world hears of an event', () => {
  test.each([
    [placed, 'ordering.OrderPlaced.v1'],
    [{ ...placed, data: { ...placed.data, approval: 'needed' as const } }, 'ordering.OrderPlaced.v1'],
    [approvalRequested, 'ordering.ApprovalRequested.v1'],
    [reviewed, 'ordering.OrderReviewed.v1'],
    [returnAsked, 'ordering.ReturnRequested.v1'],
    [returnInspected, 'ordering.ReturnInspected.v1'],
    [returnCompleted, 'ordering.ReturnCompleted.v1'],
    [returnRejected, 'ordering.ReturnRejected.v1'],
    [requested, 'ordering.CancellationRequested.v1'],
    [confirmed, 'ordering.OrderConfirmed.v1'],
    [rejected, 'ordering.OrderRejected.v1'],
    [cancelled, 'ordering.OrderCancelled.v1'],
    [refundRequested, 'ordering.RefundRequested.v1'],
    [refunded, 'ordering.OrderRefunded.v1'],
    [refundRefused, 'ordering.OrderRefundRefused.v1'],
  ])('is $0.type as $1, true to its contract', (event, type) => {
    const [record] = stream(event)
    const message = published(record!)
    const read = parse(JSON.stringify(message), contracts)
    expect(read).toMatchObject({ ok: true, message: { type, subject: orderId, source: '/ordering' } })
  })

  test('has the place in the stream for an id, the same each time', () => {
    const events = stream(placed, requested, cancelled)
    const ids = () => events.map((event) => published(event).id)
    expect(ids()).toEqual([`${orderId}/1`, `${orderId}/2`, `${orderId}/3`])
    expect(events.map(published)).toEqual(events.map(published))
  })

  test('carries the time of the event, its flow and its trace', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const cause = { at, correlationid: 'flow-7', causationid: 'command-7', traceparent }
    const [record] = stream(placed)
    expect(published({ ...record!, cause })).toMatchObject({
      time: at,
      firstsent: at,
      correlationid: 'flow-7',
      causationid: 'command-7',
      traceparent,
    })
  })

  test('keeps to itself what is nobody else’s business', () => {
    const [record] = stream(placed)
    expect(published(record!).data).toEqual({
      orderId,
      customerId: 'alice',
      lines: aBody.lines,
      total: { amount: 3_899, currency: 'EUR' },
      paymentToken: 'tok_ok',
      shipTo,
    })
  })

  test('tells that a cancellation came too late', () => {
    const late = { ...confirmed, data: { ...confirmed.data, cancellationTooLate: true } } as typeof confirmed
    expect(published(stream(late)[0]!)).toMatchObject({
      type: OrderConfirmed.type,
      data: { cancellationTooLate: true },
    })
  })
})

describe('the id of a message', () => {
  test('leads back to the place of its event', () => {
    for (const event of stream(placed, requested, cancelled)) {
      expect(placeOf(published(event).id)).toEqual({ orderId, sequence: event.sequence })
      expect(idOf(event)).toBe(published(event).id)
    }
  })

  test.each([
    orderId,
    `${orderId}/`,
    `${orderId}/0`,
    `${orderId}/-1`,
    `${orderId}/1.5`,
    `${orderId}/01`,
    `${orderId}/1e1`,
    `${orderId}/Infinity`,
    `${orderId}/1/2`,
    `fulfil-order:${orderId}/1`,
    'TEA-01/1',
    '',
  ])('leads nowhere from %j', (id) => expect(placeOf(id)).toBeUndefined())
})

describe('a change of the table', () => {
  const image = { ...placed, orderId, sequence: 1, version: 1, cause: { at, correlationid: orderId } }

  test('is an event when a record is new', () => expect(appendedBy({ after: image })).toEqual(stream(placed)[0]))
  test('is none when only a mark of it changed', () =>
    expect(appendedBy({ before: { ...image, unheardShard: '1' }, after: image })).toBeUndefined())
  test('is none when it was deleted', () => expect(appendedBy({ before: image })).toBeUndefined())
  test('is given up when it cannot be read', () =>
    expect(() => appendedBy({ after: { orderId } })).toThrow(PermanentError))
})
