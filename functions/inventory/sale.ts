import type { DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import type { OrderConfirmed } from '../../events/ordering.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import type { Clock } from '../../reactive/time.ts'
import { disagreeing } from './damage.ts'
import type { ReservationBook } from './store.ts'

type Ports = { readonly store: Pick<ReservationBook, 'ofOrder' | 'sell' | 'stockOf'>; readonly clock: Clock }

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
    const held = reservations.flatMap(({ orderId, commandId, ...record }) =>
      record.state === 'done' ? [{ key: { orderId, commandId }, lines: record.lines }] : [],
    )
    const [reservation, ...others] = held
    if (!reservation) {
      if (reservations.some(({ state }) => state === 'sold' || state === 'restocked')) return 'repeated'
      throw new TransientError(`${id} confirms ${orderId}, for which nothing is reserved.`)
    }
    if (others.length > 0) {
      const ids = held.map(({ key }) => key.commandId).join(', ')
      throw new PermanentError(
        'reserved-twice',
        `${id} confirms ${orderId}, which holds ${held.length} reservations (${ids}). Release all but one, then put this back.`,
      )
    }
    const { key, lines } = reservation
    const moved = await store.sell(key, lines, clock())
    if (moved === 'stock') throw disagreeing(key.commandId, lines, await store.stockOf(lines.map(({ sku }) => sku)))
    if (moved === 'recorded')
      throw new TransientError(`${key.commandId} has changed meanwhile; ${id} will be tried again.`)
    return undefined
  }
