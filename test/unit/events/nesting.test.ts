import { describe, expect, test } from 'vitest'
import { parse, seal } from '../../../events/envelope.ts'
import { OrderCancelled } from '../../../events/ordering.ts'

const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const message = seal(OrderCancelled({ orderId, customerId: 'alice' }), {
  id: `${orderId}/3`,
  source: '/ordering',
  subject: orderId,
  time: '2026-11-21T14:00:00.000Z',
  correlationid: orderId,
})
const read = (text: string) => parse(text, [OrderCancelled])
/** The message with an additional part of its data, so deep. */
const nested = (depth: number) =>
  JSON.stringify(message).replace('"customerId"', `"more":${'['.repeat(depth)}${']'.repeat(depth)},"customerId"`)

describe('an envelope', () => {
  test('may carry more than its contract says, as deep as any table keeps it', () => {
    expect(read(nested(20))).toMatchObject({ ok: true })
  })

  test.each([30, 1_000, 90_000])('that is nested %d levels deep is none: nobody could keep it', (depth) => {
    expect(read(nested(depth))).toMatchObject({
      ok: false,
      problem: 'not-an-envelope',
      detail: expect.stringContaining('nested deeper'),
    })
  })

  test.each(['id', 'source', 'type', 'subject', 'correlationid', 'causationid', 'traceparent', 'undoes'])(
    'with a %s that no key of a table has room for is none',
    (name) => {
      const changed = (length: number) => read(JSON.stringify({ ...message, [name]: 'x'.repeat(length) }))
      expect(changed(257)).toMatchObject({ ok: false, problem: 'not-an-envelope' })
      expect(changed(256)).not.toMatchObject({ problem: 'not-an-envelope' })
    },
  )
})
