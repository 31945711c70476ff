import type { APIGatewayProxyResult } from 'aws-lambda'
import {
  idempotencyKey,
  inspectionBody,
  listOrdersQuery,
  listPricesQuery,
  placeOrderBody,
  refundBody,
  returnBody,
  reviewBody,
} from '../../events/http/ordering.ts'
import { defaultPage } from '../../events/http/paging.ts'
import { sku } from '../../events/vocabulary.ts'
import type { Priority } from '../../reactive/admission.ts'
import { type Gate, openGate } from '../../reactive/gate.ts'
import { type Caller, type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import type { ordering, Refused, Shed } from './service.ts'

type Service = ReturnType<typeof ordering>
type Codes = Refused['refused'] | 'bad-cursor' | 'not-allowed'

/** How a refusal is said in HTTP. The domain does not know these numbers. */
const answers: Readonly<Record<Codes, readonly [status: number, title: string]>> = {
  'no-such-order': [404, 'No such order'],
  'key-reused': [422, 'Idempotency-Key used for another order'],
  'unknown-product': [422, 'Unknown product'],
  'mixed-currencies': [422, 'Mixed currencies'],
  'total-too-large': [422, 'Total too large'],
  'already-confirmed': [409, 'Too late to cancel'],
  'already-rejected': [409, 'Already rejected'],
  'already-cancelled': [409, 'Already cancelled'],
  'no-review-needed': [409, 'No review needed'],
  'already-reviewed': [409, 'Already reviewed'],
  'not-confirmed': [409, 'Not confirmed'],
  'return-settled': [409, 'Return settled already'],
  'no-open-return': [409, 'No open return'],
  'already-inspected': [409, 'Already inspected'],
  'refund-not-open': [409, 'No open refund'],
  'bad-cursor': [400, 'Bad cursor'],
  'not-allowed': [403, 'Not allowed'],
}

/**
 * The routes of `/orders` and `/prices`.
 *
 * `Location` is a relative reference, which a client resolves against the address it used: neither the stage's prefix nor
 * a custom domain is known here (RFC 9110 §10.2.2).
 */
export const orderRoutes = (service: Service, gate: Pick<Gate, 'level'> = openGate): readonly Route[] => [
  route('POST', '/orders', { access: 'signed-in', body: placeOrderBody }, async (request) => {
    const { caller, body, header, note } = request
    const key = header('idempotency-key')
    const readable = key === undefined ? undefined : idempotencyKey.safeParse(key)
    if (readable?.success === false) {
      const detail = readable.error.issues.map(({ message }) => message).join('; ')
      return problem(400, 'Malformed Idempotency-Key', `The Idempotency-Key ${detail}.`, {
        code: 'bad-idempotency-key',
        errors: [{ parameter: 'Idempotency-Key', detail }],
      })
    }
    const placed = await service.place({
      caller,
      body,
      key,
      traceparent: request.traceparent,
      priority: priorityOf(caller, header('priority')),
    })
    if ('shed' in placed) return shedding(placed)
    if ('refused' in placed) return refusal(placed)
    note({ order: placed.orderId, correlation_id: placed.orderId })
    return json(202, placed, { location: `orders/${placed.orderId}` })
  }),

  route('GET', '/orders', { access: 'signed-in', query: listOrdersQuery }, async ({ caller, query }) => {
    if ((await gate.level()) >= 2) return switchedOff('lists of orders')
    const { limit = defaultPage, cursor, customer } = query
    const page = await service.list({ caller, limit, cursor, customer })
    return 'refused' in page ? refusal(page) : json(200, page)
  }),

  route('GET', '/orders/{id}', { access: 'signed-in' }, async ({ caller, params: { id = '' }, note }) => {
    note({ order: id, correlation_id: id })
    const order = await service.show(caller, id)
    return 'refused' in order ? refusal(order) : json(200, order)
  }),

  route('POST', '/orders/{id}/cancel', { access: 'signed-in' }, async (request) => {
    const { caller, params, note } = request
    const { id = '' } = params
    note({ order: id, correlation_id: id })
    const noted = await service.cancel(caller, id, request.traceparent)
    return 'refused' in noted ? refusal(noted) : json(202, noted, { location: `../${id}` })
  }),

  route('POST', '/orders/{id}/review', { access: 'operator', body: reviewBody }, async (request) => {
    const { caller, body, params, note } = request
    const { id = '' } = params
    note({ order: id, correlation_id: id })
    const noted = await service.review(caller, id, body, request.traceparent)
    return 'refused' in noted ? refusal(noted) : json(202, noted, { location: `../${id}` })
  }),

  route('POST', '/orders/{id}/refund', { access: 'operator', body: refundBody }, async (request) => {
    const { caller, body, params, note } = request
    const { id = '' } = params
    note({ order: id, correlation_id: id })
    const noted = await service.refund(caller, id, body.reason, request.traceparent)
    return 'refused' in noted ? refusal(noted) : json(202, noted, { location: `../${id}` })
  }),

  route('POST', '/orders/{id}/return', { access: 'signed-in', body: returnBody }, async (request) => {
    const { caller, body, params, note } = request
    const { id = '' } = params
    note({ order: id, correlation_id: id })
    const noted = await service.sendBack(caller, id, body.reason, request.traceparent)
    return 'refused' in noted ? refusal(noted) : json(202, noted, { location: `../${id}` })
  }),

  route('POST', '/orders/{id}/inspection', { access: 'operator', body: inspectionBody }, async (request) => {
    const { caller, body, params, note } = request
    const { id = '' } = params
    note({ order: id, correlation_id: id })
    const noted = await service.inspect(caller, id, body.condition, request.traceparent)
    return 'refused' in noted ? refusal(noted) : json(202, noted, { location: `../${id}` })
  }),

  route('GET', '/prices', { access: 'signed-in', query: pricesQuery }, async ({ query }) => {
    if ((await gate.level()) >= 2) return switchedOff('the price list')
    const { limit = defaultPage, cursor } = query
    return json(200, await service.prices(limit, cursor))
  }),
]

/** The price list goes on after a product, so its cursor is one. */
const pricesQuery = listPricesQuery.extend({ cursor: sku.optional() })

/**
 * How urgent a new order is. An operator's comes first; a customer may say with RFC 9218 that theirs can wait (urgency 4 to
 * 7: a batch that is imported overnight), but not that it cannot.
 */
const priorityOf = ({ role }: Caller, header: string | undefined): Priority => {
  if (role === 'operator') return 'high'
  return /(?:^|,)\s*u=[4-7]\s*(?:[,;]|$)/.test(header ?? '') ? 'low' : 'normal'
}

const shedding = ({ shed: { because, retryAfter } }: Shed): APIGatewayProxyResult => {
  const headers = { 'retry-after': String(retryAfter) }
  return because === 'over-share'
    ? problem(
        429,
        'Too many orders',
        `You place more orders than your share while all cannot be served. Try the same request again in ${retryAfter} s.`,
        { code: 'over-share', headers },
      )
    : problem(
        503,
        'Overloaded',
        `There are more orders than can be confirmed in time. Nothing was recorded; try the same request again in ${retryAfter} s.`,
        { code: 'overloaded', headers },
      )
}

/** What is optional goes first, so that orders that are under way have the room. */
const switchedOff = (what: string): APIGatewayProxyResult =>
  problem(503, 'Switched off for a while', `There is much to do, so ${what} cannot be had now. Single orders can.`, {
    code: 'browned-out',
    headers: { 'retry-after': '30' },
  })

const refusal = ({ refused, because, lines }: Refused<Codes>): APIGatewayProxyResult => {
  const [status, title] = answers[refused]
  const errors = lines?.map((index) => ({ pointer: `/lines/${index}/sku`, detail: 'is not in the catalogue' }))
  return problem(status, title, because, { code: refused, ...(errors ? { errors } : {}) })
}
