import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { exportSpans, otlpRequest } from '../../../reactive/otlp.ts'
import { spanLine, spansIn } from '../../../reactive/span-line.ts'
import type { Span } from '../../../reactive/tracing.ts'

const span: Span = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentId: 'c'.repeat(16),
  name: 'process payments.AuthorisePayment.v1',
  kind: 'consumer',
  start: 1_700_000_000_000.25,
  end: 1_700_000_000_012.5,
  attributes: { 'messaging.system': 'aws_sqs', 'messaging.batch.message_count': 3, 'faas.coldstart': true, ratio: 0.5 },
  links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }],
  error: 'no definite answer',
}

describe('an OTLP request', () => {
  test('says of a span what the protocol asks', () => {
    expect(otlpRequest([span], { 'service.name': 'payments' })).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'payments' } }] },
          scopeSpans: [
            {
              scope: { name: 'neverstop' },
              spans: [
                {
                  traceId: 'a'.repeat(32),
                  spanId: 'b'.repeat(16),
                  parentSpanId: 'c'.repeat(16),
                  name: 'process payments.AuthorisePayment.v1',
                  kind: 5,
                  startTimeUnixNano: '1700000000000250000',
                  endTimeUnixNano: '1700000000012500000',
                  attributes: [
                    { key: 'messaging.system', value: { stringValue: 'aws_sqs' } },
                    { key: 'messaging.batch.message_count', value: { intValue: '3' } },
                    { key: 'faas.coldstart', value: { boolValue: true } },
                    { key: 'ratio', value: { doubleValue: 0.5 } },
                  ],
                  links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }],
                  status: { code: 2, message: 'no definite answer' },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  test('has neither parent nor status where there is none', () => {
    const { parentId: _, error: __, ...root } = span
    expect(JSON.stringify(otlpRequest([root], {}))).not.toMatch(/parentSpanId|status/)
  })
})

describe('exporting spans', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  const collector = async (status: number) => {
    const seen: { path: string | undefined; type: string | undefined; body: string }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        seen.push({ path: request.url, type: request.headers['content-type'], body })
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      })
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  test('posts them to the collector as JSON', async () => {
    const { seen, url } = await collector(200)
    expect(await exportSpans(`${url}/`, [span], { 'service.name': 'payments' })).toBeUndefined()
    expect(seen).toMatchObject([{ path: '/v1/traces', type: 'application/json' }])
    expect(JSON.parse(seen[0]!.body)).toEqual(otlpRequest([span], { 'service.name': 'payments' }))
  })

  test('says what a collector refused, and fails for nothing', async () => {
    const { url } = await collector(429)
    expect(await exportSpans(url, [span], {})).toBe('the collector answered 429')
  })

  test('says that nobody is there, and fails for nothing', async () => {
    expect(await exportSpans('http://127.0.0.1:1', [span], {})).toMatch(/fetch failed/)
  })
})

describe('a line of spans', () => {
  test('is read as it was written, to the microsecond, with its function', () => {
    expect(spansIn(spanLine([span], 'payments-commands'))).toEqual([{ ...span, handler: 'payments-commands' }])
  })

  test.each(['{"level":"INFO","message":"handled"}', '{"spans":', 'START RequestId: x', ''])('is not %j', (line) =>
    expect(spansIn(line)).toEqual([]),
  )
})
