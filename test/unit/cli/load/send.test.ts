import { describe, expect, test } from 'vitest'
import type { Answer } from '../../../../cli/api.ts'
import { planOf } from '../../../../cli/load/mix.ts'
import { senderOf, verdictOf } from '../../../../cli/load/send.ts'
import { Failure } from '../../../../local/failure.ts'

const answer = (status: number, body: unknown = {}): Answer => ({
  status,
  body,
  headers: new Headers(),
  location: undefined,
})
const [order] = planOf([0], 'plain', 1)
const look = planOf(
  Array.from({ length: 50 }, (_, index) => index),
  'browsing',
  1,
).find(({ wish }) => wish === 'own orders')!

describe('an answer', () => {
  test.each([
    [202, { orderId: 'ord_1' }, { is: 'admitted', status: 202, orderId: 'ord_1' }],
    [200, {}, { is: 'served', status: 200 }],
    [429, {}, { is: 'shed', status: 429 }],
    [503, {}, { is: 'shed', status: 503 }],
    [422, { title: 'Invalid order' }, { is: 'refused', status: 422, why: 'Invalid order' }],
    [502, 'Bad Gateway', { is: 'failed', status: 502, why: 'status 502' }],
    [504, undefined, { is: 'failed', status: 504, why: 'status 504' }],
  ])('of %i is a verdict', (status, body, verdict) => {
    expect(verdictOf({ status, body })).toEqual(verdict)
  })
})

describe('a request of a load', () => {
  test('is sent once, under a key of its run', async () => {
    const sent: unknown[][] = []
    const send = senderOf(
      () => ({
        request: async (...words) => {
          sent.push(words)
          return answer(503)
        },
      }),
      'run-1',
    )
    expect(await send(order!)).toEqual({ is: 'shed', status: 503 })
    expect(sent).toEqual([['POST', '/orders', { body: order!.body, headers: { 'idempotency-key': 'load-run-1-0' } }]])
  })

  test('looks at the orders of its own customer', async () => {
    const asked: string[] = []
    const send = senderOf(
      (customer) => ({
        request: async (method, path) => {
          asked.push(`${customer} ${method} ${path}`)
          return answer(200, { items: [] })
        },
      }),
      'run-1',
    )
    expect(await send(look)).toEqual({ is: 'served', status: 200 })
    expect(asked).toEqual([`${look.customer} GET /orders?limit=20`])
  })

  test('that nobody answers has failed', async () => {
    const send = senderOf(() => ({ request: () => Promise.reject(new Failure('the API does not answer')) }), 'run-1')
    expect(await send(order!)).toEqual({ is: 'failed', why: 'the API does not answer' })
  })

  test('passes a defect on', async () => {
    const send = senderOf(() => ({ request: () => Promise.reject(new TypeError('a defect')) }), 'run-1')
    await expect(send(order!)).rejects.toThrow('a defect')
  })
})
