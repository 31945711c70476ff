import type { Line } from '../../events/vocabulary.ts'
import { unitsOf } from '../../functions/inventory/decide.ts'
import type { StockItem } from '../../functions/inventory/stock.ts'
import type { Moved, Reservation, ReservationBook } from '../../functions/inventory/store.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import { TransientError } from '../../reactive/errors.ts'
import { kept } from './kept.ts'
import type { Process, World } from './world.ts'

export type StockTable = {
  readonly stock: Map<string, StockItem>
  readonly reservations: Map<string, { readonly key: CommandKey; readonly record: Reservation }>
}

type Shelf = 'available' | 'committed'

/** How many units of a product the reservations hold, and how many they have sold. */
export const takenOf = ({ reservations }: StockTable, sku: string) => {
  const unitsIn = (state: 'done' | 'sold') =>
    [...reservations.values()].reduce(
      (sum, { record }) => (record.state === state ? sum + unitsOf(sku, record.lines) : sum),
      0,
    )
  return { reserved: unitsIn('done'), sold: unitsIn('sold') }
}

/** Inventory's tables: every move one transaction, which may lose against another on the same stock. */
export const simulatedStock = (world: World, table: StockTable, process: Process): ReservationBook => {
  const { stock, reservations } = table
  const found = ({ commandId }: CommandKey): Reservation | undefined => reservations.get(commandId)?.record
  const keep = (key: CommandKey, record: Reservation) => reservations.set(key.commandId, kept({ key, record }))
  const transaction = <T>(what: string, effect: () => T): Promise<T> =>
    world.call(process, what, () => {
      if (world.strikes('conflict')) throw new TransientError(`${what} met another transaction`)
      return effect()
    })
  /** All lines and the record, or nothing. */
  const move = (
    key: CommandKey,
    from: Reservation['state'] | undefined,
    to: 'done' | 'undone' | 'restocked',
    lines: readonly Line[],
    [taken, given]: readonly [Shelf, Shelf],
  ): Promise<Moved> =>
    transaction(`${key.commandId} ${from ?? 'nothing'} → ${to}`, () => {
      const known = found(key)
      if (known?.state !== from) return 'recorded'
      const next = lines.map(({ sku, quantity }) => {
        const item = stock.get(sku)
        return item && { ...item, [taken]: item[taken] - quantity, [given]: item[given] + quantity }
      })
      // A condition on a value that is no number does not hold.
      if (next.some((item) => !(item && item.available >= 0 && item.committed >= 0))) return 'stock'
      for (const item of next) stock.set(item!.sku, kept(item!))
      const condition = known && 'condition' in known ? { condition: known.condition } : {}
      keep(key, { state: to, lines, ...condition } as Reservation)
      return 'written'
    })

  return {
    load: (key) => world.call(process, `load ${key.commandId}`, () => found(key), 'read'),
    stockOf: (skus) =>
      world.call(
        process,
        `read ${skus.join(' ')}`,
        () => new Map(skus.flatMap((sku) => (stock.has(sku) ? [[sku, stock.get(sku)] as const] : []))),
        'read',
      ),
    record: (key, record) =>
      transaction(`record ${key.commandId} ${record.state}`, () => {
        const known = found(key)
        if (!known) keep(key, record)
        return known
      }),
    reserve: (key, lines) => move(key, undefined, 'done', lines, ['available', 'committed']),
    release: (key, lines) => move(key, 'done', 'undone', lines, ['committed', 'available']),
    sell: (key) =>
      transaction(`sell ${key.commandId}`, () => {
        const known = found(key)
        if (known?.state !== 'done') return false
        keep(key, { ...known, state: 'sold' })
        return true
      }),
    takeBack: (key, condition) =>
      transaction(`take back ${key.commandId}`, () => {
        const known = found(key)
        if (known?.state !== 'sold' || known.condition) return false
        keep(key, { ...known, condition })
        return true
      }),
    restock: (key, lines) => move(key, 'sold', 'restocked', lines, ['committed', 'available']),
    ofOrder: (orderId) =>
      world.call(
        process,
        `query ${orderId}`,
        () =>
          [...reservations.values()]
            .filter(({ key }) => key.orderId === orderId)
            .map(({ key, record }) => ({ ...key, ...record })),
        'read',
      ),
  }
}
