import type { DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import type { OrderConfirmed } from '../../events/ordering.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import type { Clock } from '../../reactive/time.ts'
import type { SaleBook } from './store.ts'

type Ports = { readonly store: Pick<SaleBook, 'ofOrder' | 'sell'>; readonly clock: Clock }

/**
 * What is reserved for a confirmed order becomes sold. By choreography: nobody commands it and nobody is answered.
 * Repeating it changes nothing, and says `repeated`.
 *
 * @throws TransientError when nothing is reserved for the order: a confirmed order always has a reservation, so what
 * stays without one belongs on the desk, where somebody finds out why.
 *
 * @example
 * await saleOf({ store, clock: Date.now })(orderConfirmed)
 */
export const saleOf =
  ({ store, clock }: Ports) =>
  async ({ id, data: { orderId } }: Message<DataOf<typeof OrderConfirmed>>): Promise<Repeated | undefined> => {
    const reservations = await store.ofOrder(orderId)
    const held = reservations.flatMap(({ orderId, commandId, state }) =>
      state === 'done' ? [{ orderId, commandId }] : [],
    )
    const [key, ...others] = held
    if (!key) {
      if (reservations.some(({ state }) => state === 'sold' || state === 'restocked')) return 'repeated'
      throw new TransientError(`${id} confirms ${orderId}, for which nothing is reserved.`)
    }
    if (others.length > 0) {
      const ids = held.map(({ commandId }) => commandId).join(', ')
      throw new PermanentError(
        'reserved-twice',
        `${id} confirms ${orderId}, which holds ${held.length} reservations (${ids}). Release all but one, then put this back.`,
      )
    }
    if (!(await store.sell(key, clock())))
      throw new TransientError(`${key.commandId} has changed meanwhile; ${id} will be tried again.`)
    return undefined
  }
