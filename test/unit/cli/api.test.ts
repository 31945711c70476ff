import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createApi, everyItem, Refusal } from '../../../cli/api.ts'
import { exitCodes, Failure } from '../../../local/failure.ts'

type Handler = (request: IncomingMessage & { text: string }, response: ServerResponse, call: number) => void
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server on loopback that remembers what it was asked. */
const serve = async (handler: Handler, attempts?: number) => {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; text: string }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      asked.push({ method: request.method!, url: request.url!, headers: request.headers, text })
      handler(Object.assign(request, { text }), response, asked.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return { asked, api: createApi({ apiUrl, token: async () => 't0k3n', ...(attempts ? { attempts } : {}) }) }
}

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

const body = { lines: [{ sku: 'TEA-01', quantity: 1 }], payment: { token: 'tok_ok' }, shipTo: {} as never }

describe('the client of the API', () => {
  test('sends the token and the body, and gives the document', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 202, { orderId: 'ord_1' }))

    expect(await api.placeOrder(body)).toEqual({ orderId: 'ord_1' })
    expect(asked).toMatchObject([
      {
        method: 'POST',
        url: '/v1/orders',
        headers: { authorization: 'Bearer t0k3n', 'content-type': 'application/json' },
      },
    ])
    expect(JSON.parse(asked[0]!.text)).toEqual(body)
  })

  test('sends the key of a placement', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 202, {}))
    await api.placeOrder(body, 'key-1')
    expect(asked[0]?.headers['idempotency-key']).toBe('key-1')
  })

  test('leaves out what a query does not say, and escapes what it does', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 200, { items: [] }))
    await api.failed({ status: 'open', class: undefined, cursor: 'a/b c' })
    expect(asked[0]?.url).toBe('/v1/failed?status=open&cursor=a%2Fb+c')
  })

  test('escapes ids in paths', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 404, {}))
    await api.order('../products').catch(() => {})
    expect(asked[0]?.url).toBe('/v1/orders/..%2Fproducts')
  })

  test('resolves a relative Location against the request', async () => {
    const { api } = await serve((_, response) => answer(response, 202, {}, { location: 'orders/ord_1' }))
    const { location } = await api.request('POST', '/orders', { body })
    expect(location).toMatch(/\/v1\/orders\/ord_1$/)
  })
})

describe('a refusal', () => {
  const problem = { type: 'urn:neverstop:problem:x', title: 'No such order', status: 404, detail: 'There is no ord_1.' }

  test('is thrown with its problem document, as a bad answer', async () => {
    const { api } = await serve((_, response) => answer(response, 404, problem))
    const thrown = await api.order('ord_1').catch((error: unknown) => error)

    expect(thrown).toBeInstanceOf(Refusal)
    expect(thrown).toMatchObject({ problem, exitCode: exitCodes.refused, message: expect.stringContaining('ord_1') })
  })

  test('that is no problem document still tells its status and the request', async () => {
    const { api } = await serve((_, response) => void response.writeHead(500).end('<html>'))
    await expect(api.cancel('ord_1')).rejects.toThrow('POST /orders/ord_1/cancel was refused (500)')
  })

  test('is an ordinary answer to a plain request', async () => {
    const { api } = await serve((_, response) => answer(response, 404, problem))
    expect(await api.request('GET', '/orders/ord_1')).toMatchObject({ status: 404, body: problem })
  })
})

describe('a busy platform', () => {
  test.each([429, 502, 503, 504])('that answers %i is asked again when repeating is safe', async (status) => {
    const { api, asked } = await serve((_, response, call) => answer(response, call < 3 ? status : 200, { items: [] }))
    expect(await api.products()).toEqual({ items: [] })
    expect(asked).toHaveLength(3)
  })

  test('is asked again for a placement under a key, with the same key', async () => {
    const { api, asked } = await serve((_, response, call) => answer(response, call === 1 ? 503 : 202, {}))
    await api.placeOrder(body, 'key-1')
    expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1'])
  })

  test('is asked once for what may not be repeated', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 503, {}))
    await expect(api.placeOrder(body)).rejects.toThrow(Refusal)
    await expect(api.redrive('f_1', 'r')).rejects.toThrow(Refusal)
    expect(asked).toHaveLength(2)
  })

  test('that stays busy is given up', async () => {
    const { api, asked } = await serve((_, response) => answer(response, 503, { title: 'Try again' }), 2)
    await expect(api.products()).rejects.toThrow('Try again (503)')
    expect(asked).toHaveLength(2)
  })

  test('that cuts the line is asked again when repeating is safe', async () => {
    const { api } = await serve((_, response, call) =>
      call === 1 ? response.destroy() : answer(response, 200, { items: [] }),
    )
    expect(await api.products()).toEqual({ items: [] })
  })

  test('that is not there is a failure that says where it was looked for', async () => {
    const api = createApi({ apiUrl: 'http://127.0.0.1:9', token: async () => undefined, attempts: 1 })
    const thrown = await api.products().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(Failure)
    expect(thrown).toMatchObject({ exitCode: exitCodes.unavailable, message: expect.stringContaining('127.0.0.1:9') })
  })
})

test('reads a list page after page', async () => {
  const pages: Record<string, { items: number[]; next?: string }> = {
    first: { items: [1, 2], next: 'second' },
    second: { items: [], next: 'third' },
    third: { items: [3] },
  }
  const items: number[] = []
  for await (const item of everyItem(async (cursor) => pages[cursor ?? 'first']!)) items.push(item)
  expect(items).toEqual([1, 2, 3])
})
