import type { AgentOptions } from 'node:https'
import { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Millis } from './time.ts'

export type SignedRequest = {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What came back, before anybody has made sense of it. */
export type Answered = { readonly status: number; readonly text: string }

/** One request and its answer. Rejects when there is none: no connection, none in time, a broken one. */
export type Exchange = (request: SignedRequest, within: Millis) => Promise<Answered>

/** What is left of a call's time for the rest of an answer that has begun. */
const restOfAnswer = 0.1

/**
 * HTTP with three times: until there is a connection, until the answer begins, and for the whole. A host that is away is
 * noticed in the first of them, which leaves room for another try within the call's own time; `fetch` knows only the
 * whole. Connections are kept for the next request, and redirections are not followed.
 *
 * @param connectWithin until there is a connection, when none is open. Milliseconds, below 2,000
 * @param lookup finds the address of a host; the system's when absent
 * @example
 * await exchange(500)({ method: 'GET', url, headers: {} }, 3_000) // { status: 200, text: '{…}' }
 */
export const exchange = (connectWithin: Millis, lookup?: AgentOptions['lookup']): Exchange => {
  const agent = lookup ? { lookup } : {}
  const http = new NodeHttpHandler({
    connectionTimeout: connectWithin,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  })
  return async ({ method, url, headers, body }, within) => {
    const abortSignal = AbortSignal.timeout(within)
    try {
      const { response } = await http.handle(
        new HttpRequest({
          method,
          protocol: url.protocol,
          hostname: url.hostname,
          ...(url.port ? { port: Number(url.port) } : {}),
          path: url.pathname + url.search,
          headers: { ...headers },
          body,
        }),
        { abortSignal, requestTimeout: Math.ceil(within * (1 - restOfAnswer)) },
      )
      let text = ''
      response.body.setEncoding('utf8')
      for await (const part of response.body) text += part
      return { status: response.statusCode, text }
    } catch (error) {
      if (abortSignal.aborted) throw new Error(`took longer than ${within} ms`, { cause: error })
      throw error
    }
  }
}
