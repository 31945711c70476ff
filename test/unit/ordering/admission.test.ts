import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { problem as problemSchema } from '../../../events/http/problem.ts'
import { orderRoutes } from '../../../functions/ordering/routes.ts'
import { ordering } from '../../../functions/ordering/service.ts'
import type { Asking, Verdict } from '../../../reactive/admission.ts'
import { respond } from '../../../reactive/http-endpoint.ts'
import type { BrownOut } from '../../../reactive/regulator.ts'
import { fromIso } from '../../../reactive/time.ts'
import { unobserved } from '../../support/observation.ts'
import { aBody, at, memoryPrices, memoryStore, memoryViews } from '../../support/ordering.ts'

const refusing = (because: 'over-share' | 'overloaded'): Verdict => ({ admitted: false, because, retryAfter: 7 })

/** The API of orders with a door whose verdict and level a test sets. */
const api = () => {
  const door = { verdict: { admitted: true } as Verdict, level: 0 as BrownOut }
  const asked: Asking[] = []
  const gate = {
    admit: async (asking: Asking) => {
      asked.push(asking)
      return door.verdict
    },
    level: async () => door.level,
  }
  const store = memoryStore([])
  const service = ordering({ store, prices: memoryPrices(), views: memoryViews(), clock: () => fromIso(at), gate })
  const routes = orderRoutes(service, gate)
  const call = async (
    method: string,
    path: string,
    {
      headers = {},
      body,
      role = 'customer',
      tenant,
    }: { headers?: Record<string, string>; body?: unknown; role?: string; tenant?: string } = {},
  ) => {
    const event = {
      httpMethod: method,
      path,
      headers,
      queryStringParameters: null,
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'req-1', authorizer: { subject: 'alice', role, tenant } },
    } as unknown as APIGatewayProxyEvent
    const answer = await respond(routes, event, { ...unobserved('/ordering'), remainingMs: () => 1_000 })
    return { status: answer.statusCode, headers: answer.headers ?? {}, body: JSON.parse(answer.body) }
  }
  const place = (over: Parameters<typeof call>[2] = {}) => call('POST', '/orders', { body: aBody, ...over })
  return { door, asked, call, place }
}

describe('a new order that is not let in', () => {
  test.each([
    ['over-share', 429],
    ['overloaded', 503],
  ] as const)('for %s is answered %i with a problem document and Retry-After', async (because, status) => {
    const { door, place, call } = api()
    door.verdict = refusing(because)
    const answer = await place()
    expect(answer).toMatchObject({
      status,
      headers: { 'retry-after': '7', 'content-type': 'application/problem+json' },
      body: { type: `urn:neverstop:problem:${because}`, code: because, status },
    })
    expect(problemSchema.safeParse(answer.body).error).toBeUndefined()
    expect((await call('GET', '/orders')).body.items).toEqual([])
  })

  test('is let in under the same key once there is room', async () => {
    const { door, place } = api()
    const headers = { 'Idempotency-Key': 'a-key-of-mine' }
    door.verdict = refusing('overloaded')
    expect((await place({ headers })).status).toBe(503)
    door.verdict = { admitted: true }
    expect((await place({ headers })).status).toBe(202)
  })
})

describe('an order that was accepted', () => {
  test('is answered again however much there is to do, and asks nobody to be let in', async () => {
    const { door, place, asked } = api()
    const headers = { 'Idempotency-Key': 'a-key-of-mine' }
    const first = await place({ headers })
    door.verdict = refusing('overloaded')
    door.level = 2
    const again = await place({ headers })
    expect([again.status, again.body]).toEqual([202, first.body])
    expect(asked).toHaveLength(1)
  })

  test('can be looked at and cancelled while new ones are refused', async () => {
    const { door, place, call } = api()
    const { orderId } = (await place()).body
    door.verdict = refusing('overloaded')
    door.level = 2
    expect((await call('GET', `/orders/${orderId}`)).status).toBe(200)
    expect((await call('POST', `/orders/${orderId}/cancel`)).status).toBe(202)
  })
})

describe('whose order it is, and how urgent', () => {
  test.each([
    [{}, 'normal'],
    [{ priority: 'u=5, i' }, 'low'],
    [{ Priority: 'i, u=7' }, 'low'],
    [{ priority: 'u=3' }, 'normal'],
    // Who wants to be first is not.
    [{ priority: 'u=0' }, 'normal'],
    [{ priority: 'u=9' }, 'normal'],
    [{ priority: 'x'.repeat(10_240) }, 'normal'],
  ] as [Record<string, string>, string][])('a customer with %j is %s', async (headers, priority) => {
    const { place, asked } = api()
    await place({ headers })
    expect(asked[0]!.priority).toBe(priority)
  })

  test('an operator comes first', async () => {
    const { place, asked } = api()
    await place({ role: 'operator' })
    expect(asked[0]!.priority).toBe('high')
  })

  test('a tenant is the organisation of the token, or the customer alone', async () => {
    const { place, asked } = api()
    await place({ tenant: 'acme' })
    await place()
    expect(asked.map(({ tenant }) => tenant)).toEqual(['acme', expect.stringMatching(/^c-/)])
  })
})

describe('what is optional', () => {
  test.each([
    [0, 200],
    [1, 200],
    [2, 503],
  ] as const)('at level %i lists are answered %i', async (level, status) => {
    const { door, call } = api()
    door.level = level
    for (const path of ['/orders', '/prices']) {
      const answer = await call('GET', path)
      expect(answer.status).toBe(status)
      if (status === 503) expect([answer.body.code, answer.headers['retry-after']]).toEqual(['browned-out', '30'])
    }
  })
})
