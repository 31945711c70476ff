import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { respond, route } from '../../../reactive/http-endpoint.ts'
import { json } from '../../../reactive/problem.ts'
import { traceparentOf } from '../../../reactive/tracing.ts'
import { observedInMemory } from '../../support/observation.ts'
import { countingTracer, traceparent } from '../../support/tracer.ts'

const { observation, lines, taken, sumOf } = observedInMemory('/inventory', 'inventory-api')
const reach = { ...observation, remainingMs: () => 1_000 }

const sheet = z.strictObject({
  name: z.string(),
  lines: z.array(z.strictObject({ quantity: z.int().min(1) })).optional(),
})
const routes = [
  route('GET', '/products', { access: 'signed-in' }, async ({ caller }) => json(200, { for: caller.subject })),
  route(
    'GET',
    '/products/{sku}',
    { access: 'signed-in', params: z.strictObject({ sku: z.string().regex(/^[A-Z/]+$/) }) },
    async ({ params }) => json(200, params),
  ),
  route(
    'PUT',
    '/products/{sku}',
    { access: 'operator', body: sheet, maxBodyBytes: 200 },
    async ({ params, body, header }) => json(200, { params, body, key: header('idempotency-key') }),
  ),
  route('GET', '/health', { access: 'open' }, async ({ caller }) => json(200, { known: Boolean(caller) })),
  route('GET', '/traced', { access: 'open' }, async ({ traceparent }) => json(200, { traceparent })),
  route('GET', '/noted', { access: 'open' }, async ({ note }) => {
    note({ order: 'ord_1' })
    return json(200, {})
  }),
  route('POST', '/busy', { access: 'open' }, async () => {
    throw new TransientError('table is throttled')
  }),
  route('POST', '/damaged', { access: 'open' }, async () => {
    throw new PermanentError('damaged-stock-record', 'The record of TEA-01 has no number.')
  }),
  route('POST', '/bug', { access: 'open' }, async () => {
    throw new Error('secret connection string')
  }),
]

const request = (method: string, path: string, more: Partial<APIGatewayProxyEvent> & { role?: string } = {}) => {
  const { role = 'customer', ...event } = more
  const authorizer = role === 'nobody' ? null : { subject: 'alice', role }
  return {
    httpMethod: method,
    path,
    headers: {},
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    ...event,
    requestContext: { requestId: 'req-1', authorizer },
  } as unknown as APIGatewayProxyEvent
}
const call = async (...args: Parameters<typeof request>) => {
  const { statusCode, headers, body } = await respond(routes, request(...args), reach)
  return { status: statusCode, headers: headers as Record<string, string>, body: JSON.parse(body) }
}

describe('finding the route', () => {
  test('passes the path’s parameters, percent-decoded', async () => {
    expect(await call('GET', '/products/A%2FB')).toMatchObject({ status: 200, body: { sku: 'A/B' } })
  })

  test('takes a trailing slash for the same resource', async () => {
    expect((await call('GET', '/products/')).status).toBe(200)
  })

  test('answers 404 at an unknown path', async () => {
    const { status, headers, body } = await call('GET', '/product')
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toEqual({
      type: 'about:blank',
      title: 'No such resource',
      status: 404,
      detail: 'There is nothing at /product.',
    })
  })

  test('answers 404 for a path that is not percent-encoded UTF-8', async () => {
    expect((await call('GET', '/products/%E0%A4%A')).status).toBe(404)
  })

  test('answers 405 with the methods that the path understands', async () => {
    const { status, headers } = await call('DELETE', '/products/TEA')
    expect(status).toBe(405)
    expect(headers.allow).toBe('GET, PUT')
  })
})

describe('who calls', () => {
  test('refuses a caller without an identity', async () => {
    expect((await call('GET', '/products', { role: 'nobody' })).status).toBe(401)
  })

  test('refuses a role that it does not know', async () => {
    expect((await call('GET', '/products', { role: 'root' })).status).toBe(401)
  })

  test('lets operators do what customers may', async () => {
    expect((await call('GET', '/products', { role: 'operator' })).status).toBe(200)
  })

  test('refuses a customer on an operator’s route, before reading the body', async () => {
    const { status, body } = await call('PUT', '/products/TEA', { body: 'not json' })
    expect(status).toBe(403)
    expect(body.detail).toContain('alice')
  })

  test('serves an open route to anybody', async () => {
    expect((await call('GET', '/health', { role: 'nobody' })).body).toEqual({ known: false })
  })
})

describe('reading the request', () => {
  const put = (body: string | null, more = {}) => call('PUT', '/products/TEA', { role: 'operator', body, ...more })

  test('hands over a body that has the schema’s shape, and headers whatever their case', async () => {
    const { status, body } = await put('{"name":"Tea"}', { headers: { 'Idempotency-Key': 'k-1' } })
    expect(status).toBe(200)
    expect(body).toEqual({ params: { sku: 'TEA' }, body: { name: 'Tea' }, key: 'k-1' })
  })

  test('decodes a base64 body', async () => {
    const body = Buffer.from('{"name":"Tea"}').toString('base64')
    expect((await put(body, { isBase64Encoded: true })).status).toBe(200)
  })

  test.each([null, '', '{', '{"name":'])('refuses %j as malformed JSON', async (body) => {
    expect(await put(body)).toMatchObject({ status: 400, body: { title: 'Malformed JSON' } })
  })

  test('names every unknown field', async () => {
    const { status, body } = await put('{"name":"Tea","nam":1,"prize":2}')
    expect(status).toBe(422)
    expect(body.errors).toEqual([
      { pointer: '/nam', detail: 'is not known here' },
      { pointer: '/prize', detail: 'is not known here' },
    ])
  })

  test('points at the member that is wrong', async () => {
    const { body } = await put('{"name":"Tea","lines":[{"quantity":1},{"quantity":0}]}')
    expect(body.errors[0].pointer).toBe('/lines/1/quantity')
  })

  test('refuses an oversized body without parsing it', async () => {
    const { status, body } = await put('x'.repeat(201))
    expect(status).toBe(413)
    expect(body.detail).toContain('201')
  })

  test('counts bytes, not characters', async () => {
    expect((await put(`"${'é'.repeat(100)}"`)).status).toBe(413)
  })

  test('names at most twenty faults', async () => {
    const keys = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`k${index}`, 1]))
    const { body } = await put(JSON.stringify({ name: 'Tea', ...keys }))
    expect(body.errors).toHaveLength(20)
  })

  test('refuses a path parameter that its schema refuses', async () => {
    const { status, body } = await call('GET', '/products/tea')
    expect(status).toBe(400)
    expect(body.errors[0].parameter).toBe('sku')
  })
})

test('every answer may be read by a page of another origin', async () => {
  for (const { headers } of [await call('GET', '/products'), await call('GET', '/nowhere')]) {
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'location, retry-after',
    })
  }
})

describe('what goes wrong', () => {
  test('asks to try again when the failure is transient', async () => {
    const { status, headers } = await call('POST', '/busy')
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('1')
  })

  test('says what a permanent error says', async () => {
    const { status, body } = await call('POST', '/damaged')
    expect(status).toBe(500)
    expect(body).toMatchObject({
      type: 'urn:neverstop:problem:damaged-stock-record',
      code: 'damaged-stock-record',
      instance: 'urn:request:req-1',
    })
  })

  test('keeps an unforeseen message to the log and gives the request’s id', async () => {
    lines.length = 0
    const { status, body } = await call('POST', '/bug')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(body.detail).toContain('req-1')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'error', entry: { request_id: 'req-1' } })
  })

  test('writes one line a request', async () => {
    lines.length = 0
    await call('GET', '/products')
    expect(lines).toMatchObject([
      {
        level: 'info',
        message: 'answered',
        entry: { method: 'GET', path: '/products', status: 200, remaining_ms: 1_000, request_id: 'req-1' },
      },
    ])
  })

  test('says in its line what a route notes', async () => {
    lines.length = 0
    await call('GET', '/noted')
    expect(lines).toMatchObject([{ entry: { order: 'ord_1', status: 200 } }])
  })
})

describe('measuring', () => {
  test.each([
    ['GET', '/products', { Requests: 1, RequestsRefused: 0, RequestsFailed: 0 }],
    ['GET', '/nowhere', { Requests: 1, RequestsRefused: 1, RequestsFailed: 0 }],
    ['POST', '/bug', { Requests: 1, RequestsRefused: 0, RequestsFailed: 1 }],
    ['POST', '/busy', { Requests: 1, RequestsRefused: 0, RequestsFailed: 1 }],
  ])('counts %s %s as what it was', async (method, path, expected) => {
    taken.length = 0
    await call(method, path)
    for (const [name, value] of Object.entries(expected)) expect(sumOf(name, { api: 'inventory-api' })).toBe(value)
    expect(taken.filter(({ name }) => name === 'RequestTime')).toHaveLength(1)
    // As many values as requests, so that the average of each is its share.
    expect(taken.filter(({ name }) => name === 'RequestsFailed')).toHaveLength(1)
    expect(taken.filter(({ name }) => name === 'RequestsRefused')).toHaveLength(1)
  })
})

describe('tracing', () => {
  const traced = async (path: string, headers: Record<string, string> = {}) => {
    const { tracer, spans } = countingTracer()
    const { body, statusCode } = await respond(routes, request('GET', path, { headers }), { ...reach, tracer })
    return { status: statusCode, body: JSON.parse(body) as { traceparent?: string }, spans: spans() }
  }

  test('begins a trace where the client brought none, and tells the route', async () => {
    const { body, spans } = await traced('/traced')
    expect(spans).toMatchObject([
      { kind: 'server', attributes: { 'http.response.status_code': 200, 'url.path': '/traced' } },
    ])
    expect(body.traceparent).toBe(traceparentOf(spans[0]!))
  })

  test('goes on from the client’s, whatever the case of its header', async () => {
    const { spans } = await traced('/traced', { Traceparent: traceparent('1') })
    expect(spans).toMatchObject([{ traceId: `${'a'.repeat(31)}1`, parentId: 'b'.repeat(16) }])
  })

  test('takes no notice of what is no trace', async () => {
    const { status, spans } = await traced('/traced', { traceparent: 'nonsense' })
    expect(status).toBe(200)
    expect(spans[0]).not.toHaveProperty('parentId')
  })

  test('knows what a request was about when its route says so', async () => {
    const { spans } = await traced('/noted')
    expect(spans[0]!.attributes).toMatchObject({ 'cloudevents.event_subject': 'ord_1' })
  })

  test('hands a client’s trace on where nothing is recorded', async () => {
    const { body } = await call('GET', '/traced', { headers: { traceparent: traceparent('1') } })
    expect(body.traceparent).toBe(traceparent('1'))
  })
})
