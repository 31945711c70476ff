import { setTimeout } from 'node:timers/promises'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { acquirer } from '../../functions/partners/acquirer.ts'
import { carriers } from '../../functions/partners/carriers.ts'
import { type FaultSwitches, noFaults } from '../../functions/partners/faults.ts'
import type { Exchange } from '../../reactive/exchange.ts'
import { type Route, respond } from '../../reactive/http-endpoint.ts'
import { type Clock, type Millis, seconds } from '../../reactive/time.ts'
import { memoryBooks } from './memory-books.ts'
import { unobserved } from './observation.ts'

type Options = {
  readonly clock?: Clock
  readonly sleep?: (span: Millis) => Promise<void>
  readonly callerWaits?: Millis
  readonly random?: () => number
}

/** Both partners on books in memory, with the network's interface in front, so that the production clients call them. */
export const memoryPartners = ({
  clock = Date.now,
  sleep = async () => undefined,
  callerWaits = seconds(3),
  random = () => 0.5,
}: Options = {}) => {
  const books = memoryBooks()
  const switches = new Map<string, Partial<FaultSwitches>>()
  const slept: Millis[] = []
  const ports = {
    books,
    clock,
    random,
    callerWaits,
    sleep: async (span: Millis) => {
      slept.push(span)
      await sleep(span)
    },
    faults: async (partner: string) => ({ ...noFaults, ...switches.get(partner) }),
  }
  const routes: Route[] = [...acquirer(ports), ...carriers(ports)]
  const request = async (
    method: string,
    path: string,
    more: { key?: string; body?: unknown; query?: Record<string, string> } = {},
  ) => {
    const event = {
      httpMethod: method,
      path,
      headers: more.key ? { 'Idempotency-Key': more.key } : {},
      queryStringParameters: more.query ?? null,
      body: more.body === undefined ? null : JSON.stringify(more.body),
      isBase64Encoded: false,
      requestContext: { requestId: 'r' },
    } as unknown as APIGatewayProxyEvent
    const { statusCode, body } = await respond(routes, event, {
      ...unobserved('/partners'),
      remainingMs: () => seconds(10),
    })
    return { status: statusCode, body: JSON.parse(body) }
  }
  /** Stands in for the network. A caller that stops waiting gets its timeout; what it asked for goes on regardless. */
  const exchange: Exchange = async ({ method, url, headers, body }, within) => {
    const key = headers['idempotency-key']
    const working = request(method, decodeURI(url.pathname), {
      query: Object.fromEntries(url.searchParams),
      ...(body === undefined ? {} : { body: JSON.parse(body) }),
      ...(key === undefined ? {} : { key }),
    })
    const late = setTimeout(within, undefined, { ref: false }).then(() => {
      throw new Error(`took longer than ${within} ms`)
    })
    const answer = await Promise.race([working, late])
    return { status: answer.status, text: JSON.stringify(answer.body) }
  }
  return {
    books,
    request,
    exchange,
    slept,
    turn: (partner: string, faults: Partial<FaultSwitches>) => void switches.set(partner, faults),
  }
}
