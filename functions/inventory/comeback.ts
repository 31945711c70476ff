import type { Condition, Line } from '../../events/vocabulary.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import { TransientError } from '../../reactive/errors.ts'
import type { Clock } from '../../reactive/time.ts'
import { disagreeing } from './damage.ts'
import type { ReservationBook } from './store.ts'

type Ports = {
  readonly store: Pick<ReservationBook, 'ofOrder' | 'takeBack' | 'restock' | 'stockOf'>
  readonly clock: Clock
}

/**
 * What was sold comes back. The record of the sale is the inbox: an order is sold once, so that its goods are taken back
 * and restocked once, whoever asks and however often.
 *
 * @throws TransientError while nothing of the order is sold: the confirmation may still be under way.
 *
 * @example
 * await comeback({ store, clock: Date.now }).takeBack(restock, 'damaged')
 */
export const comeback = ({ store, clock }: Ports) => {
  const saleOf = async ({ id, orderId }: About) => {
    for (const { commandId, ...record } of await store.ofOrder(orderId))
      if (record.state === 'sold' || record.state === 'restocked')
        return { key: { orderId, commandId }, ...record } satisfies { key: CommandKey; lines: readonly Line[] }
    throw new TransientError(`${id} is about what was sold with ${orderId}, but nothing is; it will be tried again.`)
  }

  return {
    /**
     * Notes the condition, the first that is said; false when it was noted before. The goods count as sold for as long as
     * they are not restocked.
     */
    takeBack: async (about: About, condition: Condition): Promise<boolean> => {
      const sale = await saleOf(about)
      return sale.state === 'sold' && sale.condition === undefined && store.takeBack(sale.key, condition)
    },

    /** Puts the goods back on the shelves; false when they were before. */
    restock: async (about: About): Promise<boolean> => {
      const { key, state, lines } = await saleOf(about)
      if (state === 'restocked') return false
      const moved = await store.restock(key, lines, clock())
      if (moved === 'stock') throw disagreeing(key.commandId, lines, await store.stockOf(lines.map(({ sku }) => sku)))
      // Somebody else has restocked it meanwhile, which the next look tells.
      if (moved === 'recorded')
        throw new TransientError(`${key.commandId} has changed meanwhile; ${about.id} will be tried again.`)
      return true
    },
  }
}

/** The command that asks, and the order that it is about. */
type About = { readonly id: string; readonly orderId: string }
