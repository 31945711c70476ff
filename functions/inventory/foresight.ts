import type { Line } from '../../events/vocabulary.ts'
import { rehearsal, wouldDo, wouldRefuse } from '../../reactive/rehearsal.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { decideReservation } from './decide.ts'
import { type CommandBook, inventory, inventoryCommands } from './service.ts'
import { readShelves } from './stock.ts'
import type { Moved, ReservationBook } from './store.ts'

type Reading = Pick<ReservationBook, 'load' | 'stockOf' | 'ofOrder'>

/** What inventory would make of commands if they came now, with the stock as it is now. */
export const inventoryForesight = ({
  store,
  clock,
  timing,
}: {
  readonly store: Reading
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon'>
}) =>
  rehearsal({
    contracts: inventoryCommands,
    serve: (message, reply) => inventory({ store: reservationsToRead(store), reply, clock, timing })(message),
  })

/** Reservations that are read and never moved: each move ends the rehearsal where its transaction would be made. */
const reservationsToRead = ({ load, stockOf, ofOrder }: Reading): CommandBook => {
  const back = async (lines: readonly Line[], because: string): Promise<Moved> => {
    const stock = await stockOf(lines.map(({ sku }) => sku))
    const enough = lines.every(({ sku, quantity }) => {
      const shelves = readShelves(stock.get(sku))
      return shelves.sound && shelves.value.committed >= quantity
    })
    return enough ? wouldDo(because) : 'stock'
  }
  return {
    load,
    stockOf,
    ofOrder,
    record: async (key, next) => {
      const found = await load(key)
      if (found) return found
      if (next.state === 'refused')
        return wouldRefuse(`its saga would be told: ${next.reason.code}: ${next.reason.message}`)
      return next.because === 'expired'
        ? wouldRefuse('expired: it comes too late, and its saga would be told so')
        : wouldDo('there is nothing to release, and its saga would be told so')
    },
    reserve: async (key, lines) => {
      if (await load(key)) return 'recorded'
      const { decision } = decideReservation(lines, await stockOf(lines.map(({ sku }) => sku)))
      return decision === 'reserve' ? wouldDo('the units would be held') : 'stock'
    },
    release: async (key, lines) =>
      (await load(key))?.state === 'done' ? back(lines, 'the units would be let go') : 'recorded',
    takeBack: async () => wouldDo('the goods would be noted as back'),
    restock: async (_, lines) => back(lines, 'the goods would be back on the shelves'),
  }
}
