import { describe, expect, test } from 'vitest'
import { acceptedOrder as acceptedSchema, order as orderSchema } from '../../../events/http/ordering.ts'
import { acceptedOrder, orderDocument, timeline } from '../../../functions/ordering/document.ts'
import type { SagaStory } from '../../../functions/ordering/views.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import {
  at,
  cancelled,
  confirmed,
  onRequest,
  orderId,
  placed,
  refunded,
  refundRefused,
  refundRequested,
  refusedCard,
  rejected,
  requested,
  shipTo,
  stream,
} from '../../support/ordering.ts'

const advance = (
  revision: number,
  second: number,
  changes: SagaStory['changes'],
  over: Partial<SagaStory> = {},
): SagaStory => ({
  definition: 'fulfil-order',
  revision,
  at: `2026-11-21T14:00:0${second}.500Z`,
  phase: 'running',
  mode: 'forward',
  changes,
  ...over,
})

const happy = [
  advance(1, 0, [
    { step: 'saga', to: 'started' },
    { step: 'reserve-stock', to: 'sent', attempt: 1 },
  ]),
  advance(2, 1, [
    { step: 'reserve-stock', to: 'done', attempt: 1 },
    { step: 'authorise-payment', to: 'sent', attempt: 1 },
  ]),
]

describe('the document of an order', () => {
  test('shows a placed order', () => {
    expect(orderDocument(stream(placed), [])).toEqual({
      orderId,
      customerId: 'alice',
      status: 'placed',
      placedAt: at,
      lines: placed.data.lines,
      total: { amount: 3_899, currency: 'EUR' },
      shipTo,
      timeline: [{ at, source: 'order', event: 'placed' }],
    })
  })

  test('shows where a confirmed one is on its way', () =>
    expect(orderDocument(stream(placed, confirmed), [])).toMatchObject({
      status: 'confirmed',
      carrier: 'swift',
      trackingNumber: 'SW-1',
      endedAt: '2026-11-21T14:00:01.000Z',
    }))

  test('gives the reason of a rejection', () =>
    expect(orderDocument(stream(placed, rejected), [])).toMatchObject({ status: 'rejected', reason: refusedCard }))

  test('tells a cancellation asked for, come true and come too late apart', () => {
    const late = { ...confirmed, data: { ...confirmed.data, cancellationTooLate: true } } as typeof confirmed
    expect(orderDocument(stream(placed, requested), [])).toMatchObject({ status: 'placed', cancellation: 'requested' })
    expect(orderDocument(stream(placed, requested, cancelled), [])).toMatchObject({
      status: 'cancelled',
      reason: onRequest,
    })
    expect(orderDocument(stream(placed, requested, late), [])).toMatchObject({
      status: 'confirmed',
      cancellation: 'too-late',
    })
  })

  test.each([
    ['nothing', [], undefined],
    ['that it was asked for', [refundRequested], 'requested'],
    ['that it was made', [refundRequested, refunded], 'refunded'],
    ['that it was refused', [refundRequested, refundRefused], 'refused'],
  ])('says of a refund %s', (_, events, refund) => {
    const document = orderDocument(stream(placed, confirmed, ...events), [])
    expect(document.refund).toBe(refund)
    expect(document).toMatchObject({ status: 'confirmed', endedAt: '2026-11-21T14:00:01.000Z' })
    expect(orderSchema.safeParse(document).error).toBeUndefined()
    expect(JSON.stringify(document)).not.toContain('olga')
  })

  test('never shows the payment token or the fingerprint', () => {
    const text = JSON.stringify(orderDocument(stream(placed, requested, cancelled), happy))
    expect(text).not.toContain('tok_ok')
    expect(text).not.toContain('print-1')
  })

  test.each([
    ['placed', stream(placed)],
    ['confirmed', stream(placed, requested, confirmed)],
    ['rejected', stream(placed, rejected)],
    ['cancelled', stream(placed, requested, cancelled)],
  ])('is what the interface promises when %s', (_, events) => {
    expect(orderSchema.safeParse(orderDocument(events, happy)).error).toBeUndefined()
  })

  test('does not exist for a stream that does not begin with placing', () => {
    expect(() => orderDocument(stream(requested), [])).toThrow(PermanentError)
    expect(() => orderDocument([], [])).toThrow('does not begin with its placing')
  })
})

describe('what placing answers', () => {
  test('is true to the interface', () =>
    expect(acceptedSchema.safeParse(acceptedOrder(stream(placed))).error).toBeUndefined())

  test('stays the same however the order goes on', () =>
    expect(acceptedOrder(stream(placed, requested, cancelled))).toEqual(acceptedOrder(stream(placed))))
})

describe('the timeline', () => {
  test('tells both stories as one', () => {
    const told = timeline(stream(placed, requested, confirmed), happy)
    expect(told.map(({ source, event, step }) => [source, event, step].filter(Boolean).join(' '))).toEqual([
      'order placed',
      'saga started saga',
      'saga sent reserve-stock',
      'order cancellation-requested',
      'saga done reserve-stock',
      'saga sent authorise-payment',
      'order confirmed',
    ])
  })

  test('keeps the saga’s own order when its clock went back', () => {
    const jumped = [advance(1, 5, [{ step: 'saga', to: 'started' }]), advance(2, 1, [{ step: 'a', to: 'done' }])]
    expect(timeline(stream(placed), jumped).map(({ event }) => event)).toEqual(['placed', 'started', 'done'])
  })

  test('puts advances that arrived in disorder in order', () =>
    expect(timeline(stream(placed), [...happy].reverse())).toEqual(timeline(stream(placed), happy)))

  test('tells sagas about one order one after the other, each in its own order', () => {
    const refund = { definition: 'refund-order' }
    const history = [
      ...happy,
      advance(1, 4, [{ step: 'refund-payment', to: 'sent' }], refund),
      advance(2, 5, [{ step: 'refund-payment', to: 'done' }], refund),
    ]
    const told = timeline(stream(placed, confirmed, refundRequested), history)
    expect(told.map(({ event, step }) => [event, step].filter(Boolean).join(' '))).toEqual([
      'placed',
      'started saga',
      'sent reserve-stock',
      'confirmed',
      'done reserve-stock',
      'sent authorise-payment',
      'refund-requested',
      'sent refund-payment',
      'done refund-payment',
    ])
  })

  test('gives the operator’s words with the request to refund', () =>
    expect(timeline(stream(placed, confirmed, refundRequested), [])[2]).toMatchObject({
      event: 'refund-requested',
      reason: { message: 'The parcel was lost.' },
    }))

  test('gives the reason with the refusal that it explains', () => {
    const refused = advance(
      3,
      2,
      [
        { step: 'authorise-payment', to: 'refused', attempt: 1 },
        { step: 'reserve-stock', to: 'undoing', attempt: 1 },
      ],
      { because: refusedCard },
    )
    const told = timeline([], [refused])
    expect(told[0]).toMatchObject({ step: 'authorise-payment', reason: refusedCard })
    expect(told[1]).not.toHaveProperty('reason')
  })

  test('gives the customer’s own wish with the note of it', () => {
    const noted = advance(
      2,
      1,
      [
        { step: 'saga', to: 'cancel-noted' },
        { step: 'capture-payment', to: 'skipped', attempt: 1 },
      ],
      { because: onRequest },
    )
    expect(timeline([], [noted])[0]).toMatchObject({ event: 'cancel-noted', reason: onRequest })
  })

  test('gives a reason without a refusal with the last change', () => {
    const ended = advance(4, 3, [{ step: 'end', to: 'ended' }], {
      phase: 'ended',
      outcome: 'undone',
      because: onRequest,
    })
    expect(timeline([], [ended])).toMatchObject([{ event: 'ended', reason: onRequest }])
  })
})
