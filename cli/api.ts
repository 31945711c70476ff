import { setTimeout as sleep } from 'node:timers/promises'
import type { Product, ProductList, PutProductBody } from '../events/http/inventory.ts'
import type {
  AcceptedOrder,
  Cancellation,
  OrderDocument,
  OrderPage,
  PlaceOrderBody,
  PricePage,
  Refund,
  ReturnNoted,
  Review,
  ReviewBody,
} from '../events/http/ordering.ts'
import type { ProblemDocument } from '../events/http/problem.ts'
import type {
  Cleared,
  DiscardedDocument,
  Edited,
  FailedCheck,
  FailedGroup,
  FailedGroups,
  FailedPage,
  FailedRecord,
  GroupCheck,
  Imported,
  PatchOperation,
  Redriven,
  RedrivePlan,
} from '../events/http/recovery.ts'
import type {
  ActBody,
  ActTaken,
  BulkActBody,
  BulkTaken,
  SagaDocument,
  SagaPage,
  SagaVersions,
} from '../events/http/sagas.ts'
import type { Parcel } from '../events/http/shipping.ts'
import type { Condition } from '../events/vocabulary.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { describeProblem } from './output.ts'

/** An answer of the API, whatever its status. `body` is undefined when it is not JSON. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** Absolute URL that a `Location` header names. */
  readonly location: string | undefined
}

export type ApiOptions = {
  /** Base URL without a slash at the end. */
  readonly apiUrl: string
  /** The bearer token, asked for at every request; undefined sends none. */
  readonly token: () => Promise<string | undefined>
  /** How often a request that may be repeated is tried in all, when the platform says that it is busy. */
  readonly attempts?: number
}

type RequestOptions = {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Repeating it changes nothing: it may be tried again when the platform is busy or the answer is lost. */
  readonly repeatable?: boolean
}

/** The API refused. `details` is its problem document; the exit code is that of a bad answer. */
export class Refusal extends Failure {
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(describeProblem(problem), { exitCode: exitCodes.refused, details: problem })
    this.problem = problem
  }
}

/** How an act is said: under which key, by which it is the same act however often it is said, and whether in earnest. */
export type Saying = { readonly key: string; readonly dryRun: boolean }

/** Throttled, or a gateway that could not reach what is behind it. */
const busy = [429, 502, 503, 504]

/**
 * The public API as functions. Each answers with the document that the API promises.
 *
 * Repeatable requests (reading, PUT, an operator's word on an order, and a placement under a key) are tried again with backoff while the platform is
 * busy; the others are sent once.
 *
 * @throws Refusal with the problem document when the API refuses; Failure when nobody answers.
 *
 * @example
 * const api = createApi({ apiUrl: system.apiUrl, token: async () => token })
 * const { orderId } = await api.placeOrder(body, 'key-1')
 */
export const createApi = (options: ApiOptions) => {
  const request = (method: string, path: string, requestOptions: RequestOptions = {}): Promise<Answer> =>
    send(options, method, path, requestOptions)

  const expect = async <T>(method: string, path: string, requestOptions: RequestOptions = {}): Promise<T> => {
    const answer = await request(method, path, { repeatable: method !== 'POST', ...requestOptions })
    if (answer.status >= 200 && answer.status < 300) return answer.body as T
    throw new Refusal(problemOf(answer, `${method} ${path}`))
  }

  return {
    /** Any request, any answer: nothing is refused here and nothing tried again unless it says `repeatable`. */
    request,
    placeOrder: (body: PlaceOrderBody, key?: string) =>
      expect<AcceptedOrder>('POST', '/orders', {
        body,
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key }, repeatable: true }),
      }),
    order: (orderId: string) => expect<OrderDocument>('GET', `/orders/${encodeURIComponent(orderId)}`),
    orders: (query: Query = {}) => expect<OrderPage>('GET', `/orders${queryString(query)}`),
    cancel: (orderId: string) => expect<Cancellation>('POST', `/orders/${encodeURIComponent(orderId)}/cancel`),
    review: (orderId: string, word: ReviewBody) =>
      expect<Review>('POST', `/orders/${encodeURIComponent(orderId)}/review`, { body: word, repeatable: true }),
    refund: (orderId: string, reason: string) =>
      expect<Refund>('POST', `/orders/${encodeURIComponent(orderId)}/refund`, { body: { reason }, repeatable: true }),
    sendBack: (orderId: string, reason: string) =>
      expect<ReturnNoted>('POST', `/orders/${encodeURIComponent(orderId)}/return`, {
        body: { reason },
        repeatable: true,
      }),
    inspect: (orderId: string, condition: Condition) =>
      expect<ReturnNoted>('POST', `/orders/${encodeURIComponent(orderId)}/inspection`, {
        body: { condition },
        repeatable: true,
      }),
    receiveParcel: (orderId: string, trackingNumber?: string) =>
      expect<Parcel>('POST', `/returns/${encodeURIComponent(orderId)}/parcel`, {
        body: trackingNumber === undefined ? {} : { trackingNumber },
        repeatable: true,
      }),
    products: (query: Query = {}) => expect<ProductList>('GET', `/products${queryString(query)}`),
    product: (sku: string) => expect<Product>('GET', `/products/${encodeURIComponent(sku)}`),
    putProduct: (sku: string, body: PutProductBody) =>
      expect<Product>('PUT', `/products/${encodeURIComponent(sku)}`, { body }),
    prices: (query: Query = {}) => expect<PricePage>('GET', `/prices${queryString(query)}`),
    failed: (query: Query = {}) => expect<FailedPage>('GET', `/failed${queryString(query)}`),
    /** `reveal` is why what is personal must be seen. */
    failedRecord: (id: string, reveal?: string) =>
      expect<FailedRecord>('GET', `${failed(id)}${queryString({ reveal })}`),
    failedCheck: (id: string) => expect<FailedCheck>('GET', `${failed(id)}/check`),
    failedGroups: (query: Query = {}) => expect<FailedGroups>('GET', `/failed/groups${queryString(query)}`),
    causeCleared: (reason: string) => expect<Cleared>('POST', '/failed/cleared', { body: { reason } }),
    failedGroup: (fingerprint: string) => expect<FailedGroup>('GET', group(fingerprint)),
    groupCheck: (fingerprint: string) => expect<GroupCheck>('GET', `${group(fingerprint)}/check`),
    redriveGroup: (fingerprint: string, terms: { reason: string; rate?: number; stopAt?: number }) =>
      expect<RedrivePlan>('POST', `${group(fingerprint)}/redrive`, { body: terms }),
    stopGroup: (fingerprint: string, reason: string) =>
      expect<RedrivePlan>('POST', `${group(fingerprint)}/stop`, { body: { reason } }),
    editFailed: (id: string, body: { reason: string; patch: readonly PatchOperation[]; dryRun?: boolean }) =>
      expect<Edited>('POST', `${failed(id)}/edit`, { body }),
    discardFailed: (
      id: string,
      body: { reason: string; erase?: boolean; answer?: 'refused' | 'none'; dryRun?: boolean },
    ) => expect<DiscardedDocument>('POST', `${failed(id)}/discard`, { body, repeatable: true }),
    importFailed: (reason: string, records: readonly unknown[], dryRun = false) =>
      expect<Imported>('POST', '/failed/import', { body: { reason, records, dryRun }, repeatable: true }),
    redrive: (id: string, reason: string) => expect<Redriven>('POST', `${failed(id)}/redrive`, { body: { reason } }),
    sagas: (query: Query = {}) => expect<SagaPage>('GET', `/sagas${queryString(query)}`),
    saga: (sagaId: string) => expect<SagaDocument>('GET', `/sagas/${encodeURIComponent(sagaId)}`),
    sagaVersions: () => expect<SagaVersions>('GET', '/sagas/versions'),
    actOnSaga: (sagaId: string, body: ActBody, saying: Saying) =>
      expect<ActTaken>('POST', `/sagas/${encodeURIComponent(sagaId)}/acts${rehearsed(saying)}`, acting(body, saying)),
    actOnSagas: (body: BulkActBody, saying: Saying) =>
      expect<BulkTaken>('POST', `/sagas/acts${rehearsed(saying)}`, acting(body, saying)),
  }
}

export type Api = ReturnType<typeof createApi>

/** Parameters of a list; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

/**
 * All items of a list, page after page, until `enough` says so.
 *
 * @example
 * for await (const order of everyItem((cursor) => api.orders({ cursor, limit: 100 }))) …
 */
export async function* everyItem<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next?: string | undefined }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined
  do {
    const { items, next } = await page(cursor)
    yield* items
    cursor = next
  } while (cursor !== undefined)
}

const failed = (id: string) => `/failed/${encodeURIComponent(id)}`
const group = (fingerprint: string) => `/failed/groups/${encodeURIComponent(fingerprint)}`
const rehearsed = ({ dryRun }: Saying): string => (dryRun ? '?dryRun=true' : '')
const acting = (body: unknown, { key }: Saying): RequestOptions => ({
  body,
  headers: { 'idempotency-key': key },
  repeatable: true,
})

const queryString = (query: Query): string => {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size > 0 ? `?${given}` : ''
}

const send = async (options: ApiOptions, method: string, path: string, request: RequestOptions): Promise<Answer> => {
  const attempts = request.repeatable ? (options.attempts ?? 6) : 1
  for (let attempt = 1; ; attempt++) {
    const answer = await sendOnce(options, method, path, request).catch((error: unknown) => error as Error)
    // A token that cannot be had is no answer of the API, and asking again does not help.
    if (answer instanceof Failure) throw answer
    const again = answer instanceof Error || busy.includes(answer.status)
    if (!again || attempt >= attempts) {
      if (answer instanceof Error) throw unanswered(options.apiUrl, answer)
      return answer
    }
    const asked = answer instanceof Error ? 0 : Number(answer.headers.get('retry-after') ?? 0) * 1_000
    // Full jitter, so that many who were refused together do not come back together.
    await sleep(Math.max(asked, Math.random() * 100 * 2 ** attempt))
  }
}

const sendOnce = async ({ apiUrl, token }: ApiOptions, method: string, path: string, request: RequestOptions) => {
  const bearer = await token()
  const raw = typeof request.body === 'string' || request.body === undefined
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { body: raw ? (request.body as string) : JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await response.text()
  const location = response.headers.get('location')
  return {
    status: response.status,
    headers: response.headers,
    body: jsonOf(text),
    location: location === null ? undefined : new URL(location, response.url).href,
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const problemOf = ({ status, body }: Answer, request: string): ProblemDocument => {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemDocument>
  return { ...said, type: said.type ?? 'about:blank', title: said.title ?? `${request} was refused`, status }
}

const unanswered = (apiUrl: string, error: Error) => {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return new Failure(`the API at ${apiUrl} does not answer (${error.message}${cause})`, {
    remedy: "'./neverstop status' tells whether the system runs",
    cause: error,
  })
}
