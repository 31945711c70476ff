import { backoff } from './backoff.ts'
import type { Bulkhead } from './bulkhead.ts'
import type { Exchange, SignedRequest } from './exchange.ts'
import type { Measure } from './metering.ts'
import type { Asked } from './participation.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { Clock, Millis } from './time.ts'
import { currentTraceparent, onBehalfOf, type Tracer } from './tracing.ts'

export type PartnerRequest = {
  readonly method: 'GET' | 'POST'
  /** Below the partner's base URL, already encoded: `/authorisations`. */
  readonly path: string
  readonly body?: unknown
  /** Makes a repetition of the request harmless. */
  readonly idempotencyKey?: string
  /** The whole call, connection and body included. */
  readonly within: Millis
}

/** Returns the headers to send, signature included. */
export type Signer = (request: SignedRequest) => Promise<Record<string, string>>

/**
 * Reads an answer. Returns undefined for what is no answer of the partner's: an error page, a gateway's refusal, "in
 * progress", "too many requests". Those leave the outcome unknown, however sure the status looks.
 */
export type AnswerReader<T> = (status: number, body: unknown) => T | undefined

export type AskPartner = <T>(request: PartnerRequest, read: AnswerReader<T>) => Promise<Asked<T>>

/**
 * The same client with room for a few calls at a time; a call that finds no room in its time was surely not made. What it
 * says of a call's time leaves the waiting out: that is no fault of the partner's.
 *
 * @param roomFor the room of a request: where several partners are behind one address, each has its own
 */
export const throughBulkhead =
  (
    ask: AskPartner,
    roomFor: (request: PartnerRequest) => Bulkhead,
    now: () => Millis = () => performance.now(),
  ): AskPartner =>
  async (request, read) => {
    const asked = await roomFor(request)(request.within, async (within) => {
      const began = now()
      const asked = await ask({ ...request, within }, read)
      return asked.known ? { ...asked, took: Math.round(now() - began) } : asked
    })
    return asked === 'full'
      ? {
          known: false,
          because: `${request.method} ${request.path} found no room within ${request.within} ms`,
          unasked: true,
        }
      : asked
  }

/** The least that is left for a try that is worth making. */
const shortestTry: Millis = 200
const pauses = { base: 100, cap: 1_000 } as const

/**
 * The same client, trying again within the call's own time what brought no answer at once: a connection that was refused, a
 * gateway that hiccupped. Only what is harmless to repeat is (a question, or a request with a key), after a pause with full
 * jitter, and only while the budget has a retry. What took its whole time is left to the queue.
 */
export const retryingPartner =
  (
    ask: AskPartner,
    {
      budget,
      random,
      sleep,
      now,
    }: {
      /** Who pays in is whoever lets the call through; here it is only drawn on. */
      readonly budget: Pick<RetryBudget, 'mayRetry'>
      readonly random: () => number
      readonly sleep: (ms: Millis) => Promise<unknown>
      readonly now: () => Millis
    },
  ): AskPartner =>
  async (request, read) => {
    const ends = now() + request.within
    const harmless = request.method === 'GET' || request.idempotencyKey !== undefined
    for (let attempt = 1; ; attempt++) {
      const left = Math.floor(ends - now())
      const asked = await ask({ ...request, within: left }, read)
      if (asked.known || asked.unasked || !harmless) return asked
      const pause = backoff(attempt, pauses, random())
      if (ends - now() - pause < shortestTry || !budget.mayRetry()) return asked
      await sleep(pause)
    }
  }

/** The same client with each call measured: how long it took, and whether it brought a definite answer. */
export const measuredPartner =
  (ask: AskPartner, { partner, measure, clock }: { partner: string; measure: Measure; clock: Clock }): AskPartner =>
  async (request, read) => {
    const began = clock()
    const asked = await ask(request, read)
    measure('PartnerCalls', 1, { partner })
    measure('PartnerTime', clock() - began, { partner })
    if (!asked.known) measure('PartnerCallsUnanswered', 1, { partner })
    return asked
  }

/** The same client with a span a call, a child of what is being done; the partner hears of it in `traceparent`. */
export const tracedPartner =
  (ask: AskPartner, { partner, tracer }: { partner: string; tracer: Tracer }): AskPartner =>
  async (request, read) => {
    const span = tracer.begin(`${request.method} ${partner}`, {
      kind: 'client',
      parent: currentTraceparent(),
      onlyBeside: true,
      attributes: {
        'http.request.method': request.method,
        'url.path': request.path.split('?')[0]!,
        'peer.service': partner,
      },
    })
    const asked = await onBehalfOf(span, () => ask(request, read))
    // What a partner says may name a person, and a span is read by many.
    span.end(asked.known ? undefined : 'no definite answer')
    return asked
  }

/**
 * A client of one partner's HTTP interface. A call ends within its time whatever the partner does, and what is not a
 * definite answer comes back as an unknown outcome, never as an exception: after a timeout the partner may have done it,
 * may be doing it, or may never have heard of it.
 *
 * @example
 * const acquirer = partnerCall({ baseUrl, sign, exchange: exchange(timing.partnerConnect) })
 * await acquirer({ method: 'POST', path: '/authorisations', body, idempotencyKey: key, within: seconds(3) }, readAuthorisation)
 */
export const partnerCall =
  ({
    baseUrl,
    sign,
    exchange,
  }: {
    readonly baseUrl: string
    readonly sign: Signer
    readonly exchange: Exchange
  }): AskPartner =>
  async (request, read) => {
    const { method, path, idempotencyKey, within } = request
    const what = `${method} ${path}`
    const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`)
    const content = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
    try {
      const headers = await sign({
        method,
        url,
        headers: {
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...content,
      })
      const traceparent = currentTraceparent()
      const { status, text } = await exchange(
        // Not signed: whoever stands between may go on from it with a span of its own.
        { method, url, headers: traceparent === undefined ? headers : { ...headers, traceparent }, ...content },
        within,
      )
      const answer = read(status, asJson(text))
      return answer === undefined
        ? { known: false, because: `${what} answered ${status} ${text.slice(0, 200)}` }
        : { known: true, answer }
    } catch (error) {
      return { known: false, because: `${what} failed: ${(error as Error).message}` }
    }
  }

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
