import { randomUUID } from 'node:crypto'
import { Failure } from '../../local/failure.ts'
import { dearSku } from '../catalogue.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost, until } from '../wait.ts'

/** An order may take so long until it can be refunded: one whose answer was lost is asked for again at its deadline. Milliseconds. */
const patience = 120_000

/** What customers do on a game day, and what an operator does for them. */
export const customersOf = (system: System) => {
  const customer = signIn(system, { role: 'customer', subject: 'hopeful' })
  const operator = signIn(system, { role: 'operator', subject: 'gameday' })
  return {
    /** Places so many orders, paid with a token of the acquirer's. Resolves to their ids. */
    order: async (count: number, token = 'tok_ok'): Promise<string[]> => {
      const placed = await atMost(4, Array.from({ length: count }), () =>
        customer.placeOrder(orderOf(dearSku, token), randomUUID()),
      )
      return placed.map(({ orderId }) => orderId)
    },

    /** Refunds an order once it is confirmed. */
    refund: async (orderId: string): Promise<void> => {
      const confirmed = await until(
        async () => ((await operator.order(orderId)).status === 'confirmed' ? true : undefined),
        { within: patience },
      )
      if (!confirmed)
        throw new Failure(`${orderId} was not confirmed within ${patience / 1_000} s, and cannot be refunded`)
      await operator.refund(orderId, 'the game day wants it back')
    },

    /** So many customers ask for their orders and order something, and take a refusal as it comes. */
    askAround: async (count: number): Promise<void> => {
      await atMost(6, Array.from({ length: count }), async () => {
        const someone = signIn(system, { role: 'customer', subject: `passer-by-${randomUUID()}` })
        await Promise.all([
          someone.request('GET', '/orders'),
          someone.request('POST', '/orders', { body: unsellable, headers: { 'Idempotency-Key': randomUUID() } }),
        ])
      })
    },
  }
}

const orderOf = (sku: string, token: string) => ({
  lines: [{ sku, quantity: 1 }],
  payment: { token },
  shipTo: { name: 'Hopeful', street: '1 Mill Lane', city: 'Antwerp', postcode: '2000', country: 'BE' },
})

/** An order that nobody would take: only how it is refused matters. */
const unsellable = orderOf('NOTHING-LIKE-IT', 'tok_ok')
