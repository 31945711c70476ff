import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { exchange } from '../../../reactive/exchange.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import {
  type AskPartner,
  measuredPartner,
  partnerCall,
  retryingPartner,
  type Signer,
  tracedPartner,
} from '../../../reactive/partner-call.ts'
import { onBehalfOf, traceparentOf } from '../../../reactive/tracing.ts'
import { handClock } from '../../support/deliveries.ts'
import { countingTracer, traceparent } from '../../support/tracer.ts'

let server: Server | undefined
afterEach(
  () =>
    new Promise<void>((resolve) => {
      server?.closeAllConnections()
      server ? server.close(() => resolve()) : resolve()
      server = undefined
    }),
)

const sign: Signer = async ({ headers }) => ({ ...headers, authorization: 'signed' })
const read = (status: number, body: unknown) => (status === 201 || status === 402 ? { status, body } : undefined)
const partner = async (listener: RequestListener) => {
  server = createServer(listener)
  await new Promise<void>((resolve) => void server!.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return partnerCall({ baseUrl: `http://127.0.0.1:${port}/stage/acquirer/`, sign, exchange: exchange(1_000) })
}
const post = {
  method: 'POST',
  path: '/authorisations',
  body: { amount: 1 },
  idempotencyKey: 'k-1',
  within: 2_000,
} as const

describe('a call to a partner', () => {
  test('sends a signed request below the base URL, with its key', async () => {
    let seen: Record<string, unknown> = {}
    const call = await partner(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      seen = { url: request.url, method: request.method, headers: request.headers, body }
      response.writeHead(201).end('{"authorisationId":"a-1"}')
    })
    expect(await call(post, read)).toEqual({ known: true, answer: { status: 201, body: { authorisationId: 'a-1' } } })
    expect(seen).toMatchObject({
      url: '/stage/acquirer/authorisations',
      method: 'POST',
      headers: { 'idempotency-key': 'k-1', authorization: 'signed', 'content-type': 'application/json' },
      body: '{"amount":1}',
    })
  })

  test('knows a refusal for an answer', async () => {
    const call = await partner((_, response) => response.writeHead(402).end('{"code":"declined"}'))
    expect(await call(post, read)).toMatchObject({ known: true, answer: { status: 402 } })
  })

  test.each([500, 502, 429, 409, 403, 404, 200])(
    'does not know the outcome after %i, which the reader does not take for an answer',
    async (status) => {
      const call = await partner((_, response) => response.writeHead(status).end('{"message":"Forbidden"}'))
      expect(await call(post, read)).toEqual({
        known: false,
        because: `POST /authorisations answered ${status} {"message":"Forbidden"}`,
      })
    },
  )

  test('gives up after its time, whatever the partner did', async () => {
    const call = await partner(() => undefined)
    // The answer has to begin in nine tenths of it, and a busy machine may take longer than a tenth of little to notice.
    expect(await call({ ...post, within: 1_000 }, read)).toEqual({
      known: false,
      because: expect.stringMatching(/^POST \/authorisations failed: .* 900 ms requestTimeout/),
    })
  })

  test('counts the body into its time', async () => {
    const call = await partner((_, response) => void response.writeHead(201).write('{"half":'))
    expect(await call({ ...post, within: 1_000 }, read)).toMatchObject({
      known: false,
      because: expect.stringContaining('1000 ms'),
    })
  })

  test('gives up a host to which there is no connection long before its time is over', async () => {
    const nobodyKnows = () => undefined
    const call = partnerCall({ baseUrl: 'http://partner.test', sign, exchange: exchange(30, nobodyKnows) })
    expect(await call({ ...post, within: 60_000 }, read)).toEqual({
      known: false,
      because: expect.stringMatching(/^POST \/authorisations failed: .*did not establish a connection.* 30 ms/),
    })
  })

  test('knows a host that refuses connections at once', async () => {
    const call = await partner(() => undefined)
    await new Promise((resolve) => server!.close(resolve))
    expect(await call(post, read)).toMatchObject({ because: expect.stringContaining('ECONNREFUSED') })
  })

  test('does not know the outcome when the connection breaks', async () => {
    const call = await partner((request) => void request.socket.destroy())
    expect(await call(post, read)).toMatchObject({ known: false, because: expect.stringContaining('failed') })
  })

  test('follows no redirection', async () => {
    const call = await partner((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end())
    expect(await call(post, read)).toMatchObject({ known: false })
  })

  test('takes an answer that is not JSON for no body', async () => {
    const call = await partner((_, response) => response.writeHead(201).end('<html>'))
    expect(await call(post, read)).toEqual({ known: true, answer: { status: 201, body: undefined } })
  })
})

describe('a call that is watched', () => {
  const answering = (known: boolean): AskPartner =>
    (async () => (known ? { known, answer: 'yes' } : { known, because: 'POST took longer than 2000 ms' })) as never

  test.each([
    [true, 0],
    [false, 1],
  ])('is measured, answered: %s', async (known, unanswered) => {
    const { measure, taken } = memoryMeter('/payments')
    const { clock, pass } = handClock()
    const slow: AskPartner = async (request, read) => {
      pass(40)
      return answering(known)(request, read)
    }
    await measuredPartner(slow, { partner: 'acquirer', measure, clock })(post, read)
    const sumOf = (name: string) => taken.filter((one) => one.name === name).reduce((sum, { value }) => sum + value, 0)
    expect(sumOf('PartnerCalls')).toBe(1)
    expect(sumOf('PartnerTime')).toBe(40)
    expect(sumOf('PartnerCallsUnanswered')).toBe(unanswered)
    expect(taken.every(({ dimensions }) => dimensions.partner === 'acquirer')).toBe(true)
  })

  test('is a child of what is being done, and tells the partner', async () => {
    const { tracer, spans } = countingTracer()
    let told: unknown
    const call = await partner((request, response) => {
      told = request.headers.traceparent
      response.writeHead(201).end('{}')
    })
    const span = tracer.begin('process', { kind: 'consumer', parent: traceparent('1') })
    await tracer.within(() => onBehalfOf(span, () => tracedPartner(call, { partner: 'acquirer', tracer })(post, read)))
    expect(spans()).toMatchObject([
      {
        name: 'POST acquirer',
        kind: 'client',
        parentId: span.context!.spanId,
        attributes: { 'url.path': '/authorisations' },
      },
    ])
    expect(told).toBe(traceparentOf(spans()[0]!))
  })

  test('that brings no definite answer says no more than that', async () => {
    const { tracer, spans } = countingTracer()
    const span = tracer.begin('process', { kind: 'consumer', parent: traceparent('1') })
    const ask = tracedPartner(answering(false), { partner: 'acquirer', tracer })
    await tracer.within(() => onBehalfOf(span, () => ask(post, read)))
    expect(spans()).toMatchObject([{ error: 'no definite answer' }])
  })

  test('by nobody who is traced has no span', async () => {
    const { tracer, spans } = countingTracer()
    await tracedPartner(answering(true), { partner: 'acquirer', tracer })(post, read)
    expect(spans()).toEqual([])
  })
})

describe('a call that is tried again', () => {
  type Answer = { readonly known: true; readonly answer: string } | { readonly known: false; readonly because: string }
  const yes = { known: true, answer: 'yes' } as const
  const no = { known: false, because: '503' } as const

  /** A partner whose answers take `took` each, on a clock that only it and the pauses move. */
  const trying = (
    answers: readonly (Answer & { unasked?: true })[],
    { took = 10, retries = 10, chance = 0.5 } = {},
  ) => {
    let now = 0
    let left = retries
    const tries: { at: number; within: number }[] = []
    const budget = { mayRetry: () => left-- > 0 }
    const ask = (async ({ within }: { within: number }) => {
      tries.push({ at: now, within })
      now += Math.min(took, within)
      return answers[Math.min(tries.length, answers.length) - 1]!
    }) as AskPartner
    const call = retryingPartner(ask, {
      budget,
      random: () => chance,
      sleep: async (ms) => {
        now += ms
      },
      now: () => now,
    })
    return { call, tries }
  }
  const keyed = { method: 'POST', path: '/captures', idempotencyKey: 'k', within: 3_000 } as const

  test('brings the answer of the try that had one, within the time of the call', async () => {
    const { call, tries } = trying([no, no, yes])
    expect(await call(keyed, () => 'yes')).toEqual(yes)
    expect(tries).toEqual([
      { at: 0, within: 3_000 },
      { at: 60, within: 2_940 },
      { at: 170, within: 2_830 },
    ])
  })

  test('is not tried again when its time is nearly over', async () => {
    const { call, tries } = trying([no], { took: 2_900 })
    expect(await call(keyed, () => 'yes')).toEqual(no)
    expect(tries).toHaveLength(1)
  })

  test('never lasts longer than it may, whatever fails', async () => {
    const { call, tries } = trying([no], { retries: 1_000, chance: 0.99 })
    await call(keyed, () => 'yes')
    const last = tries.at(-1)!
    expect(tries.length).toBeGreaterThan(3)
    expect(last.at + Math.min(10, last.within)).toBeLessThanOrEqual(3_000)
  })

  test('is tried as often as the budget has it, and no more', async () => {
    const { call, tries } = trying([no], { retries: 1 })
    await call(keyed, () => 'yes')
    expect(tries).toHaveLength(2)
  })

  test('is not tried again when that could do it twice', async () => {
    const { call, tries } = trying([no, yes])
    expect(await call({ method: 'POST', path: '/captures', within: 3_000 }, () => 'yes')).toEqual(no)
    expect(tries).toHaveLength(1)
  })

  test('is not tried again when there was no room to make it', async () => {
    const { call, tries } = trying([{ ...no, unasked: true }, yes])
    expect(await call({ ...keyed, method: 'GET' }, () => 'yes')).toMatchObject({ unasked: true })
    expect(tries).toHaveLength(1)
  })
})
