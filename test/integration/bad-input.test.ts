import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../cli/api.ts'
import { createApi } from '../../cli/api.ts'
import { issueToken, localClient } from '../../cli/tokens.ts'
import { problem as problemSchema } from '../../events/http/problem.ts'
import { localIssuer } from '../../local/keys.ts'
import { ended, expectConservation, newCustomer, newProducts, operator, orderOf, system } from './world.ts'

const [sku] = (await newProducts(1_000)) as [string]
const good = orderOf({ [sku]: 1 })
const nobody = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'

/** A problem document of this status and nothing else. */
const expectProblem = (answer: Answer, status: number) => {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(problemSchema.safeParse(answer.body)).toMatchObject({ success: true, data: { status } })
}

describe.concurrent('an order that is refused leaves nothing behind', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }))
  test.each<[string, number, unknown]>([
    ['malformed JSON', 400, '{"lines": ['],
    ['no body', 400, ''],
    ['a body that is no object', 422, '[]'],
    ['an unknown field', 422, { ...good, discount: 100 }],
    ['an unknown field deep inside', 422, { ...good, payment: { ...good.payment, amount: 1 } }],
    ['a field that pollutes prototypes', 422, `{"__proto__": {"total": 0}, ${JSON.stringify(good).slice(1)}`],
    ['no lines', 422, { ...good, lines: [] }],
    ['300 lines', 422, { ...good, lines: lines(300) }],
    ['quantity zero', 422, orderOf({ [sku]: 0 })],
    ['a negative quantity', 422, orderOf({ [sku]: -1 })],
    ['a huge quantity', 422, orderOf({ [sku]: 1e15 })],
    ['half a unit', 422, orderOf({ [sku]: 0.5 })],
    ['a quantity in words', 422, { ...good, lines: [{ sku, quantity: 'two' }] }],
    ['the same product twice', 422, { ...good, lines: [...good.lines, ...good.lines] }],
    ['an unknown product', 422, orderOf({ 'NO-SUCH-THING': 1 })],
    ['a product that is no product', 422, orderOf({ '../../etc': 1 })],
    ['no payment', 422, { lines: good.lines, shipTo: good.shipTo }],
    ['an address without country', 422, { ...good, shipTo: { ...good.shipTo, country: '' } }],
    ['a body of 1 MB', 413, { ...good, shipTo: { ...good.shipTo, name: 'x'.repeat(1_048_576) } }],
  ])('%s is %i', async (_what, status, body) => {
    const { api } = newCustomer()
    expectProblem(await api.request('POST', '/orders', { body }), status)
    expect(await api.orders()).toEqual({ items: [] })
  })

  test('names each fault by where it is', async () => {
    const { api } = newCustomer()
    const { body } = await api.request('POST', '/orders', {
      body: { ...good, lines: [{ sku, quantity: 0 }], gift: true },
    })
    const pointers = problemSchema.parse(body).errors?.map(({ pointer }) => pointer)
    expect(pointers).toEqual(expect.arrayContaining(['/lines/0/quantity', '/gift']))
  })

  test('a malformed Idempotency-Key is 400', async () => {
    const { api } = newCustomer()
    const headers = { 'idempotency-key': 'k'.repeat(300) }
    expectProblem(await api.request('POST', '/orders', { body: good, headers }), 400)
    expect(await api.orders()).toEqual({ items: [] })
  })
})

describe.concurrent('who may', () => {
  const bearing = (token: string | undefined) => createApi({ apiUrl: system.apiUrl, token: async () => token })
  const claims = { token_use: 'access', client_id: localClient, 'cognito:groups': ['operators'] }
  const forged = async (alter: (jwt: SignJWT) => SignJWT = (jwt) => jwt) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const jwt = new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(localIssuer(system.stage))
      .setSubject('mallory')
      .setIssuedAt()
      .setExpirationTime('1h')
    return alter(jwt).sign(privateKey)
  }
  const unsigned = () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const exp = Math.floor(Date.now() / 1_000) + 3_600
    const payload = { ...claims, iss: localIssuer(system.stage), sub: 'mallory', iat: exp - 3_600, exp }
    return `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`
  }
  const issued = (over: Partial<Parameters<typeof issueToken>[0]>) =>
    issueToken({ state: system.state, stage: system.stage, role: 'operator', subject: 'mallory', ...over })
  const tampered = async () => {
    const [header, , signature] = (await issued({ role: 'customer' })).split('.')
    const [, payload] = unsigned().split('.')
    return [header, payload, signature].join('.')
  }

  test.each<[string, () => Promise<string | undefined> | string]>([
    ['no token', async () => undefined],
    ['a token that is none', () => 'let-me-in'],
    ['an expired token', () => issued({ now: Date.now() - 7_200_000 })],
    ['a token signed with another key', () => forged()],
    ['a token with alg none', unsigned],
    ['a token whose claims were altered', tampered],
    ['a token of another stage', () => issued({ stage: 'elsewhere' })],
  ])('%s is 401 for every kind of request', async (_what, token) => {
    const api = bearing(await token())
    for (const [method, path, body] of [
      ['GET', '/orders', undefined],
      ['POST', '/orders', good],
      ['GET', '/failed', undefined],
      ['PUT', `/products/${sku}`, {}],
    ] as const)
      expectProblem(await api.request(method, path, { body }), 401)
  })

  test('someone else’s order is as unknown as one that does not exist', async () => {
    const { orderId } = await newCustomer().api.placeOrder(good)
    const { api: mallory } = newCustomer()
    for (const id of [orderId, nobody, 'no-order-at-all', '%00']) {
      expectProblem(await mallory.request('GET', `/orders/${id}`), 404)
      expectProblem(await mallory.request('POST', `/orders/${id}/cancel`), 404)
    }
    expect((await ended(orderId)).status).toBe('confirmed')
  })

  test('a customer may not list another one’s orders, change products, or see the desk', async () => {
    const { api } = newCustomer()
    expectProblem(await api.request('GET', '/orders?customer=alice'), 403)
    expectProblem(await api.request('PUT', `/products/${sku}`, { body: { name: 'x', price: {}, stock: 0 } }), 403)
    expectProblem(await api.request('GET', '/failed'), 403)
    expectProblem(await api.request('GET', `/failed/f_${'a'.repeat(26)}`), 403)
    expectProblem(await api.request('POST', `/failed/f_${'a'.repeat(26)}/redrive`, { body: { reason: 'x' } }), 403)
  })
})

describe.concurrent('an operator’s mistakes', () => {
  test.each<[string, number, string, string, unknown]>([
    ['a product without a price', 422, 'PUT', '/products/T-1', { name: 'x', stock: 1 }],
    ['a negative stock', 422, 'PUT', '/products/T-1', { name: 'x', price: { amount: 1, currency: 'EUR' }, stock: -1 }],
    ['a failed message that nobody knows', 404, 'GET', `/failed/f_${'a'.repeat(26)}`, undefined],
    ['redriving it', 404, 'POST', `/failed/f_${'a'.repeat(26)}/redrive`, { reason: 'x' }],
    ['redriving without a reason', 422, 'POST', `/failed/f_${'a'.repeat(26)}/redrive`, {}],
    ['an id that is none', 400, 'GET', '/failed/1', undefined],
    ['a status that is none', 400, 'GET', '/failed?status=opn', undefined],
    ['a parameter that is none', 400, 'GET', '/failed?colour=red', undefined],
    ['a page of a thousand', 400, 'GET', '/orders?limit=1000', undefined],
    ['a cursor that nobody gave', 400, 'GET', '/orders?cursor=abc', undefined],
    ['a path that leads nowhere', 404, 'GET', '/nowhere', undefined],
  ])('%s: %i', async (_what, status, method, path, body) => {
    expectProblem(await operator.request(method, path, { body }), status)
  })
})

describe('an Idempotency-Key', () => {
  test('gives the same answer to the same order', async () => {
    const { api } = newCustomer()
    const first = await api.placeOrder(good, 'key-1')
    await ended(first.orderId)
    expect(await api.placeOrder(good, 'key-1')).toEqual(first)
    expect((await api.orders()).items).toHaveLength(1)
  })

  test('is refused for another order, and nothing is written', async () => {
    const { api } = newCustomer()
    const { orderId } = await api.placeOrder(good, 'key-1')
    const headers = { 'idempotency-key': 'key-1' }
    expectProblem(await api.request('POST', '/orders', { body: orderOf({ [sku]: 2 }), headers }), 422)
    expect((await ended(orderId)).lines).toMatchObject([{ sku, quantity: 1 }])
    expect((await api.orders()).items).toHaveLength(1)
  })

  test('belongs to its customer: another’s same key is another order', async () => {
    const [one, two] = await Promise.all([
      newCustomer().api.placeOrder(good, 'k'),
      newCustomer().api.placeOrder(good, 'k'),
    ])
    expect(one.orderId).not.toBe(two.orderId)
  })
})

test('afterwards money and stock are conserved', expectConservation)
