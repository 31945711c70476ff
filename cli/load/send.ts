import type { AcceptedOrder } from '../../events/http/ordering.ts'
import { Failure } from '../../local/failure.ts'
import type { Answer, Api } from '../api.ts'
import type { Answered } from './generate.ts'
import type { Planned } from './mix.ts'

/**
 * Sends one request of a load run, once: what is busy or gone is an answer here, and asking again would be load that
 * nobody planned.
 *
 * @param run makes the idempotency keys of this run its own.
 */
export const senderOf =
  (apiOf: (customer: string) => Pick<Api, 'request'>, run: string) =>
  async (planned: Planned): Promise<Answered> => {
    const { request } = apiOf(planned.customer)
    try {
      if (planned.wish === 'products') return verdictOf(await request('GET', '/products?limit=20'))
      if (planned.wish === 'own orders') return verdictOf(await request('GET', '/orders?limit=20'))
      const { body, index } = planned
      return verdictOf(
        await request('POST', '/orders', { body, headers: { 'idempotency-key': `load-${run}-${index}` } }),
      )
    } catch (error) {
      if (error instanceof Failure) return { is: 'failed', why: error.message }
      throw error
    }
  }

/** What an answer of the API means for the load. */
export const verdictOf = ({ status, body }: Pick<Answer, 'status' | 'body'>): Answered => {
  if (status === 202) return { is: 'admitted', status, orderId: (body as AcceptedOrder).orderId }
  if (status >= 200 && status < 300) return { is: 'served', status }
  if (status === 429 || status === 503) return { is: 'shed', status }
  const { title } = (typeof body === 'object' && body !== null ? body : {}) as { title?: string }
  return { is: status >= 500 ? 'failed' : 'refused', status, why: title ?? `status ${status}` }
}
