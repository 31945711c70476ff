import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { problem as problemSchema } from '../../../events/http/problem.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { orderRoutes } from '../../../functions/ordering/routes.ts'
import { ordering } from '../../../functions/ordering/service.ts'
import { type Role, respond } from '../../../reactive/http-endpoint.ts'
import { fromIso } from '../../../reactive/time.ts'
import { unobserved } from '../../support/observation.ts'
import {
  aBody,
  at,
  confirmed,
  memoryPrices,
  memoryStore,
  memoryViews,
  orderId,
  placed,
  rejected,
  stream,
} from '../../support/ordering.ts'

const api = (...events: readonly OrderEvent[]) => {
  const store = memoryStore(stream(...events))
  const service = ordering({ store, prices: memoryPrices(), views: memoryViews(), clock: () => fromIso(at) })
  const routes = orderRoutes(service)
  const call = async (
    method: string,
    path: string,
    { body, headers = {}, query = null, subject = 'alice', role = 'customer' as Role }: Asking = {},
  ) => {
    const event = {
      httpMethod: method,
      path,
      headers,
      queryStringParameters: query,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'req-1', authorizer: { subject, role } },
    } as unknown as APIGatewayProxyEvent
    const answer = await respond(routes, event, { ...unobserved('/ordering'), remainingMs: () => 1_000 })
    const read = JSON.parse(answer.body)
    // Every refusal, whoever words it, is a problem document.
    if (answer.statusCode >= 400) {
      expect(answer.headers?.['content-type']).toBe('application/problem+json')
      expect(problemSchema.safeParse(read).error).toBeUndefined()
    }
    return { status: answer.statusCode, body: read, location: answer.headers?.location }
  }
  return { call, store }
}
type Asking = {
  body?: unknown
  headers?: Record<string, string>
  query?: Record<string, string> | null
  subject?: string
  role?: Role
}

describe('POST /orders', () => {
  test('accepts an order and tells where it is', async () => {
    const { call } = api()
    const { status, body, location } = await call('POST', '/orders', { body: aBody })
    expect(status).toBe(202)
    expect(body).toEqual({
      orderId: body.orderId,
      status: 'placed',
      placedAt: at,
      total: { amount: 3_899, currency: 'EUR' },
    })
    expect(new URL(String(location), 'https://api.example/v1/orders').href).toBe(
      `https://api.example/v1/orders/${body.orderId}`,
    )
  })

  test('reads the key whatever the case of its header', async () => {
    const { call, store } = api()
    const one = await call('POST', '/orders', { body: aBody, headers: { 'Idempotency-Key': 'k' } })
    const two = await call('POST', '/orders', { body: aBody, headers: { 'idempotency-key': 'k' } })
    expect(two).toEqual(one)
    expect(store.streams.size).toBe(1)
  })

  test('takes a key of 255 characters', async () => {
    const { call } = api()
    expect(
      (await call('POST', '/orders', { body: aBody, headers: { 'idempotency-key': 'k'.repeat(255) } })).status,
    ).toBe(202)
  })

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['with a space', 'a key'],
    ['with a letter that is not ASCII', 'clé'],
    ['with a control character', 'a\u0007'],
  ])('refuses a key that is %s', async (_, key) => {
    const { call, store } = api()
    const { status, body } = await call('POST', '/orders', { body: aBody, headers: { 'idempotency-key': key } })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'bad-idempotency-key', errors: [{ parameter: 'Idempotency-Key' }] })
    expect(store.streams.size).toBe(0)
  })

  test('refuses a key that was used for another order', async () => {
    const { call } = api()
    const headers = { 'idempotency-key': 'k' }
    await call('POST', '/orders', { body: aBody, headers })
    const { status, body } = await call('POST', '/orders', {
      body: { ...aBody, payment: { token: 'tok_slow' } },
      headers,
    })
    expect([status, body.code]).toEqual([422, 'key-reused'])
  })

  test('refuses unknown products and points at them', async () => {
    const { call, store } = api()
    const lines = [...aBody.lines, { sku: 'NO-SUCH', quantity: 1 }]
    const { status, body } = await call('POST', '/orders', { body: { ...aBody, lines } })
    expect([status, body.code]).toEqual([422, 'unknown-product'])
    expect(body.errors).toEqual([{ pointer: '/lines/2/sku', detail: 'is not in the catalogue' }])
    expect(store.streams.size).toBe(0)
  })

  const line = (quantity: unknown) => ({ ...aBody, lines: [{ sku: 'TEA-01', quantity }] })
  test.each([
    ['an unknown field', { ...aBody, discount: 100 }, '/discount'],
    ['an unknown field in a line', { ...aBody, lines: [{ sku: 'TEA-01', quantity: 1, price: 1 }] }, '/lines/0/price'],
    ['an unknown field in the address', { ...aBody, shipTo: { ...aBody.shipTo, planet: 'Mars' } }, '/shipTo/planet'],
    ['a quantity of zero', line(0), '/lines/0/quantity'],
    ['a negative quantity', line(-1), '/lines/0/quantity'],
    ['a huge quantity', line(1e9), '/lines/0/quantity'],
    [
      'a quantity beyond all numbers',
      JSON.stringify(line(1)).replace('"quantity":1', '"quantity":1e999'),
      '/lines/0/quantity',
    ],
    ['half a piece', line(0.5), '/lines/0/quantity'],
    ['a quantity in words', line('2'), '/lines/0/quantity'],
    ['no lines', { ...aBody, lines: [] }, '/lines'],
    [
      '300 lines',
      { ...aBody, lines: Array.from({ length: 300 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 })) },
      '/lines',
    ],
    ['one product on two lines', { ...aBody, lines: [aBody.lines[0], aBody.lines[0]] }, '/lines/1/sku'],
    ['no payment', { ...aBody, payment: undefined }, '/payment'],
    ['no address', { ...aBody, shipTo: undefined }, '/shipTo'],
    ['a country in full', { ...aBody, shipTo: { ...aBody.shipTo, country: 'Great Britain' } }, '/shipTo/country'],
    ['a list', [], ''],
    ['null', 'null', ''],
  ])('refuses %s, says where, and writes nothing', async (_, body, pointer) => {
    const { call, store } = api()
    const answer = await call('POST', '/orders', { body })
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }))
    expect(store.streams.size).toBe(0)
  })

  test.each([
    ['malformed JSON', '{"lines": [', 400],
    ['an empty body', '', 400],
    ['a body of a megabyte', JSON.stringify({ ...aBody, more: 'x'.repeat(1_048_576) }), 413],
  ])('refuses %s', async (_, body, status) => {
    const { call, store } = api()
    expect((await call('POST', '/orders', { body })).status).toBe(status)
    expect(store.streams.size).toBe(0)
  })
})

describe('GET /orders/{id}', () => {
  test('shows the own order', async () => {
    const { call } = api(placed, confirmed)
    expect(await call('GET', `/orders/${orderId}`)).toMatchObject({
      status: 200,
      body: { orderId, status: 'confirmed' },
    })
  })

  test('shows an operator any', async () => {
    const { call } = api(placed)
    expect((await call('GET', `/orders/${orderId}`, { subject: 'olga', role: 'operator' })).status).toBe(200)
  })

  test.each([
    ['someone else’s', `/orders/${orderId}`, 'bob'],
    ['one that does not exist', '/orders/ord_bbbbbbbbbbbbbbbbbbbbbbbbbb', 'alice'],
    ['a malformed id', '/orders/42', 'alice'],
    ['an endless id', `/orders/${'x'.repeat(5_000)}`, 'alice'],
  ])('answers 404 to %s', async (_, path, subject) => {
    const { call } = api(placed)
    expect(await call('GET', path, { subject })).toMatchObject({ status: 404, body: { code: 'no-such-order' } })
  })
})

describe('POST /orders/{id}/cancel', () => {
  test('takes note, each time', async () => {
    const { call } = api(placed)
    const first = await call('POST', `/orders/${orderId}/cancel`)
    expect(first).toMatchObject({ status: 202, body: { orderId, status: 'placed', cancellation: 'requested' } })
    expect(new URL(String(first.location), `https://api.example/v1/orders/${orderId}/cancel`).pathname).toBe(
      `/v1/orders/${orderId}`,
    )
    expect(await call('POST', `/orders/${orderId}/cancel`)).toEqual(first)
  })

  test.each([
    ['too late for a confirmed order', [placed, confirmed], 'already-confirmed'],
    ['of no use for a rejected one', [placed, rejected], 'already-rejected'],
  ] as const)('is %s', async (_, events, code) => {
    const { call } = api(...events)
    expect(await call('POST', `/orders/${orderId}/cancel`)).toMatchObject({ status: 409, body: { code } })
  })

  test('does not find someone else’s order', async () => {
    const { call, store } = api(placed)
    expect((await call('POST', `/orders/${orderId}/cancel`, { subject: 'bob' })).status).toBe(404)
    expect(await store.load(orderId)).toHaveLength(1)
  })
})

describe('POST /orders/{id}/review', () => {
  const olga = { subject: 'olga', role: 'operator', body: { approved: true, reason: 'We know them.' } } as const
  const path = `/orders/${orderId}/review`
  const large = { ...placed, data: { ...placed.data, approval: 'needed' as const } }

  test('takes note, each time', async () => {
    const { call, store } = api(large)
    const first = await call('POST', path, olga)
    expect(first).toMatchObject({ status: 202, body: { orderId, status: 'placed', approval: 'approved' } })
    expect(await call('POST', path, olga)).toEqual(first)
    expect(await store.load(orderId)).toHaveLength(2)
  })

  test('is no customer’s to ask for', async () => {
    const { call } = api(large)
    expect((await call('POST', path, { body: olga.body })).status).toBe(403)
  })

  test('wants a word and a reason', async () => {
    const { call } = api(large)
    expect((await call('POST', path, { ...olga, body: { approved: true } as never })).status).toBe(422)
  })

  test.each([
    ['that needs none', [placed], 409, 'no-review-needed'],
    ['that does not exist', [], 404, 'no-such-order'],
  ] as const)('refuses an order %s', async (_, events, status, code) => {
    expect(await api(...events).call('POST', path, olga)).toMatchObject({ status, body: { code } })
  })
})

describe('POST /orders/{id}/refund', () => {
  const olga = { subject: 'olga', role: 'operator', body: { reason: 'The parcel was lost.' } } as const
  const path = `/orders/${orderId}/refund`

  test('takes note, each time', async () => {
    const { call, store } = api(placed, confirmed)
    const first = await call('POST', path, olga)
    expect(first).toMatchObject({ status: 202, body: { orderId, status: 'confirmed', refund: 'requested' } })
    expect(new URL(String(first.location), `https://api.example/v1${path}`).pathname).toBe(`/v1/orders/${orderId}`)
    expect(await call('POST', path, olga)).toEqual(first)
    expect(await store.load(orderId)).toHaveLength(3)
  })

  test('is no customer’s to ask for', async () => {
    const { call, store } = api(placed, confirmed)
    expect((await call('POST', path, { body: olga.body })).status).toBe(403)
    expect(await store.load(orderId)).toHaveLength(2)
  })

  test.each([
    ['that is not confirmed', [placed, rejected], 409, 'not-confirmed'],
    ['that does not exist', [], 404, 'no-such-order'],
  ] as const)('refuses an order %s', async (_, events, status, code) => {
    expect(await api(...events).call('POST', path, olga)).toMatchObject({ status, body: { code } })
  })

  test.each([{}, { reason: '' }, { reason: 'x'.repeat(301) }, { reason: 'lost', amount: 5 }])(
    'wants a reason and nothing else: %j',
    async (body) => {
      const { call, store } = api(placed, confirmed)
      expect((await call('POST', path, { ...olga, body })).status).toBe(422)
      expect(await store.load(orderId)).toHaveLength(2)
    },
  )
})

describe('GET /orders', () => {
  test.each([
    ['a limit of zero', { limit: '0' }],
    ['a limit beyond a hundred', { limit: '101' }],
    ['a limit in words', { limit: 'ten' }],
    ['a negative limit', { limit: '-1' }],
    ['a made-up cursor', { cursor: 'bogus' }],
    ['an empty cursor', { cursor: '' }],
    ['a parameter that does not exist', { sort: 'total' }],
  ])('answers 400 to %s', async (_, query) => {
    const { call } = api(placed)
    expect((await call('GET', '/orders', { query: query as unknown as Record<string, string> })).status).toBe(400)
  })

  test('answers 403 to a customer who asks for another’s', async () => {
    const { call } = api(placed)
    expect((await call('GET', '/orders', { query: { customer: 'bob' } })).status).toBe(403)
  })

  test('is an empty page when there is nothing', async () => {
    const { call } = api()
    expect(await call('GET', '/orders', { query: { limit: '5' } })).toMatchObject({ status: 200, body: { items: [] } })
  })
})

test('GET /prices lists what an order would pay', async () => {
  const { call } = api()
  const { body } = await call('GET', '/prices', { query: { limit: '1' } })
  expect(body).toMatchObject({ items: [{ sku: 'CUP-03', price: { amount: 700, currency: 'GBP' } }], next: 'CUP-03' })
  expect((await call('GET', '/prices', { query: { cursor: body.next } })).body.items).toHaveLength(2)
})

test('a malformed trace does not stand in the way', async () => {
  const { call, store } = api()
  const { body } = await call('POST', '/orders', { body: aBody, headers: { traceparent: 'nonsense' } })
  expect((await store.load(body.orderId))[0]?.cause).not.toHaveProperty('traceparent')
})
