import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { failedRecord, failedSummary } from '../../../events/http/recovery.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { beginRedrive, completeRedrive } from '../../../functions/recovery/acts.ts'
import { documentOf as document, summaryOf } from '../../../functions/recovery/documents.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { anArrival, command, orderId } from './arrivals.ts'

const payment = seal(AuthorisePayment({ orderId, amount: { amount: 1_250, currency: 'EUR' }, token: 'tok_secret' }), {
  id: `fulfil-order:${orderId}/authorise-payment/do/1`,
  source: '/saga/fulfil-order',
  subject: orderId,
  time: '2026-11-01T10:00:00.000Z',
  correlationid: orderId,
})
const ofPayment = takeIn(
  undefined,
  anArrival({
    payload: { kind: 'envelope', text: JSON.stringify(payment) },
    identity: { id: payment.id, type: payment.type, subject: orderId, correlationId: orderId },
  }),
)
const ofBytes = takeIn(
  undefined,
  anArrival({
    identity: null,
    origin: null,
    consumer: null,
    receives: null,
    payload: { kind: 'bytes', base64: 'AAECAw==' },
    failure: { class: 'poison', code: 'not-json', message: 'Unexpected end', stack: 'at parse' },
  }),
)
const redriven = completeRedrive(
  beginRedrive(
    ofPayment,
    { actId: 'a', by: 'olga', reason: 'r', at: '2026-11-01T10:01:00.000Z' },
    '2026-11-01T10:02:00.000Z',
  ) as DeskRecord,
  'a',
  '2026-11-01T10:01:01.000Z',
  '2026-11-01T10:06:00.000Z',
)

const documentOf = (record: DeskRecord, revealed = true) => document(record, { payload: record.payload, revealed })

describe('a line of the list', () => {
  test.each([
    ['an envelope', ofPayment],
    ['bytes', ofBytes],
    ['a redriven message', redriven],
  ])('of %s is what the public interface promises', (_what, record) => {
    expect(failedSummary.strict().parse(summaryOf(record))).toEqual(summaryOf(record))
  })

  test('masks personal fields and carries no payload', () => {
    expect(summaryOf(ofPayment).data).toMatchObject({ orderId, token: '***' })
    expect(JSON.stringify(summaryOf(ofPayment))).not.toContain('tok_secret')
  })

  test('of bytes says nothing of their content', () => {
    expect(summaryOf(ofBytes)).not.toHaveProperty('data')
    expect(summaryOf(ofBytes)).not.toHaveProperty('queue')
  })
})

describe('the document of a record', () => {
  test.each([
    ['an envelope', ofPayment],
    ['bytes', ofBytes],
    ['a redriven message', redriven],
  ])('of %s is what the public interface promises', (_what, record) => {
    expect(failedRecord.strict().parse(documentOf(record))).toEqual(documentOf(record))
  })

  test('has the message to the letter', () => {
    expect(documentOf(takeIn(undefined, anArrival()))).toMatchObject({
      body: JSON.stringify(command),
      encoding: 'utf8',
    })
    expect(documentOf(ofBytes)).toMatchObject({ body: 'AAECAw==', encoding: 'base64', stack: 'at parse' })
  })

  test('tells who sent it back, why, and when its queue had it', () => {
    expect(documentOf(redriven).history).toEqual([
      {
        id: 'a',
        act: 'redrive',
        by: 'olga',
        reason: 'r',
        at: '2026-11-01T10:01:00.000Z',
        completedAt: '2026-11-01T10:01:01.000Z',
      },
    ])
  })

  test('to whom may not see it masks what is personal, in the message and where it was quoted', () => {
    const quoting = takeIn(
      ofPayment,
      anArrival({
        arrivalId: 'm-2',
        at: '2026-11-01T10:05:00.000Z',
        failure: {
          class: 'permanent',
          code: 'card',
          message: 'tok_secret is no card',
          stack: 'Error: tok_secret is no card',
        },
        identity: ofPayment.identity,
      }),
    )
    const hidden = documentOf(quoting, false)
    expect(hidden).toMatchObject({ masked: true, reason: '*** is no card', encoding: 'utf8' })
    expect(JSON.stringify(hidden)).not.toContain('tok_secret')
    expect(JSON.parse(hidden.body!)).toMatchObject({ id: payment.id, data: { orderId, token: '***' } })
    expect(documentOf(quoting, true).body).toContain('tok_secret')
  })

  test('of what is no envelope shows nothing of it, since nobody has said what in it is personal', () => {
    const quoting = takeIn(
      undefined,
      anArrival({
        identity: null,
        payload: { kind: 'bytes', base64: 'AAEC' },
        failure: { class: 'poison', code: 'not-json', message: 'Unexpected token in "alice@example.com"' },
      }),
    )
    expect(documentOf(quoting, false)).not.toHaveProperty('body')
    expect(JSON.stringify(documentOf(quoting, false))).not.toContain('alice')
  })

  test('masks what was edited, too', () => {
    const edited: DeskRecord = {
      ...ofPayment,
      original: ofPayment.payload,
      history: [
        {
          actId: 'e',
          act: 'edit',
          by: 'olga',
          reason: 'r',
          at: '2026-11-01T10:01:00.000Z',
          patch: [
            { op: 'replace', path: '/data/token', value: 'tok_other' },
            { op: 'replace', path: '/priority', value: 'high' },
          ],
        },
      ],
    }
    expect(documentOf(edited, false).history[0]!.patch).toEqual([
      { op: 'replace', path: '/data/token', value: '***' },
      { op: 'replace', path: '/priority', value: 'high' },
    ])
    const original = document(edited, { payload: edited.payload, original: edited.original, revealed: false }).original
    expect(original?.body).not.toContain('tok_secret')
  })
})
