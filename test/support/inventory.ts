import { seal } from '../../events/envelope.ts'
import type { PutProductBody } from '../../events/http/inventory.ts'
import { ReleaseStock, ReserveStock } from '../../events/inventory.ts'
import { OrderConfirmed } from '../../events/ordering.ts'
import type { Condition, Line } from '../../events/vocabulary.ts'
import { type StockItem, stockItem } from '../../functions/inventory/stock.ts'
import type { InventoryStore, Moved, Put, Reservation } from '../../functions/inventory/store.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import { TransientError } from '../../reactive/errors.ts'
import { days, type EpochMs, fromIso, iso, minutes } from '../../reactive/time.ts'

export const at = fromIso('2026-11-21T14:00:00.000Z')
export const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
export const euros = (amount: number) => ({ amount, currency: 'EUR' })
export const aSheet: PutProductBody = { name: 'Breakfast tea', price: euros(450), stock: 10 }

/** A product with its units where the test wants them. */
export const aProduct = (sku: string, over: Partial<StockItem & { stock: number }> = {}): StockItem => {
  const { stock = 10, committed = 0, ...rest } = over
  return {
    ...stockItem({ sku, ...aSheet, revision: 1, changes: 1, stock, committed, now: at }),
    ...rest,
  }
}

export const commandIdOf = (order: string, attempt = 1) => `fulfil-order:${order}/reserve-stock/do/${attempt}`

const addressing = (order: string, time: EpochMs) => ({
  source: '/saga/fulfil-order',
  subject: order,
  time: iso(time),
  firstsent: iso(time),
  correlationid: order,
})

type Sending = { readonly order?: string; readonly attempt?: number; readonly time?: EpochMs }

/** ReserveStock as the saga sends it: five minutes to answer, unless the test says otherwise. */
export const reserving = (
  lines: readonly Line[],
  { order = orderId, attempt = 1, time = at, deadline }: Sending & { deadline?: EpochMs } = {},
) =>
  seal(ReserveStock({ orderId: order, lines: [...lines] }), {
    ...addressing(order, time),
    id: commandIdOf(order, attempt),
    deadline: iso(deadline ?? time + minutes(5)),
  })

export const releasing = ({ order = orderId, attempt = 1, time = at }: Sending = {}) =>
  seal(ReleaseStock({ orderId: order }), {
    ...addressing(order, time),
    id: commandIdOf(order, attempt).replace('/do/', '/undo/'),
    undoes: commandIdOf(order, attempt),
  })

export const confirming = (lines: readonly Line[], { order = orderId, time = at } = {}) =>
  seal(OrderConfirmed({ orderId: order, customerId: 'alice', lines: [...lines], total: euros(900) }), {
    ...addressing(order, time),
    source: '/ordering',
    id: `${order}/2`,
  })

/** How a call ends besides well: not made, made but its answer lost, or in the way of another transaction. */
export type Fault = 'none' | 'before' | 'after' | 'conflict'

export type Shelf = Pick<StockItem, 'available' | 'committed'>
type Options = {
  /** Asked before every call; tests interleave callers with it. */
  readonly turn?: (call: string) => Promise<unknown>
  readonly fault?: (call: string) => Fault
}

/**
 * Inventory's two tables in memory, as unkind as the real ones: everything is copied, every write is conditional, units
 * are only taken from a shelf that is a number and has them, and calls may fail before or after they took effect.
 */
export const memoryInventory = (
  products: readonly StockItem[] = [],
  { turn = async () => {}, fault = () => 'none' }: Options = {},
) => {
  const stock = new Map(products.map((item) => [item.sku, JSON.stringify(item)]))
  const records = new Map<string, string>()
  const itemOf = (sku: string): Record<string, unknown> | undefined => copy(stock.get(sku))
  const nameOf = ({ orderId, commandId }: CommandKey) => `${orderId}|${commandId}`
  const recordOf = (key: CommandKey): Reservation | undefined => copy(records.get(nameOf(key)))
  const keep = (key: CommandKey, record: Reservation & { expiresAt?: number }) =>
    void records.set(nameOf(key), JSON.stringify({ ...key, ...record }))

  const read = async <T>(call: string, look: () => T): Promise<T> => {
    await turn(call)
    if (fault(call) !== 'none') throw new Error(`${call}: no answer`)
    return look()
  }
  const write = async <T>(call: string, effect: () => T): Promise<T> => {
    await turn(call)
    const how = fault(call)
    if (how === 'before') throw new Error(`${call}: no answer`)
    if (how === 'conflict') throw new TransientError(`${call} met another transaction`)
    const outcome = effect()
    if (how === 'after') throw new Error(`${call}: no answer`)
    return outcome
  }

  const move = (
    call: string,
    key: CommandKey,
    expected: Reservation['state'] | undefined,
    next: 'done' | 'undone' | 'restocked',
    lines: readonly Line[],
    [from, to]: readonly [keyof Shelf, keyof Shelf],
  ): Promise<Moved> =>
    write(call, () => {
      if (recordOf(key)?.state !== expected) return 'recorded'
      const moved = lines.map(({ sku, quantity }) => {
        const item = itemOf(sku)
        const taken = item?.[from]
        const { [to]: given, changes = 0 } = item ?? {}
        if (typeof taken !== 'number' || typeof given !== 'number' || typeof changes !== 'number') return undefined
        if (taken < quantity) return undefined
        return { ...item, sku, [from]: taken - quantity, [to]: given + quantity, changes: changes + 1 }
      })
      if (moved.includes(undefined)) return 'stock'
      for (const item of moved) stock.set(item!.sku, JSON.stringify(item))
      const { condition } = (recordOf(key) ?? {}) as { condition?: Condition }
      keep(key, { state: next, lines, ...(condition ? { condition } : {}) })
      return 'written'
    })

  const store: InventoryStore = {
    load: (key) => read(`load ${key.commandId}`, () => recordOf(key)),
    stockOf: (skus) =>
      read('stockOf', () => new Map(skus.flatMap((sku) => (stock.has(sku) ? [[sku, itemOf(sku)] as const] : [])))),
    record: (key, record, now) =>
      write(`record ${record.state}`, () => {
        const found = recordOf(key)
        if (!found) keep(key, { ...record, ...(record.state === 'tombstone' ? { expiresAt: now + days(31) } : {}) })
        return found
      }),
    reserve: (key, lines) => move('reserve', key, undefined, 'done', lines, ['available', 'committed']),
    release: (key, lines) => move('release', key, 'done', 'undone', lines, ['committed', 'available']),
    sell: (key) =>
      write('sell', () => {
        const record = recordOf(key)
        if (record?.state !== 'done') return false
        keep(key, { ...record, state: 'sold' })
        return true
      }),
    takeBack: (key, condition) =>
      write('takeBack', () => {
        const record = recordOf(key)
        if (record?.state !== 'sold' || record.condition) return false
        keep(key, { ...record, condition })
        return true
      }),
    restock: (key, lines) => move('restock', key, 'sold', 'restocked', lines, ['committed', 'available']),
    ofOrder: (orderId) =>
      read('ofOrder', () =>
        [...records.values()].map((text) => copy(text)).filter((record) => record.orderId === orderId),
      ),

    find: (sku) => read(`find ${sku}`, () => itemOf(sku)),
    page: (limit, after) =>
      read('page', () => {
        const skus = [...stock.keys()]
        const begin = after === undefined ? 0 : skus.indexOf(after) + 1
        const page = skus.slice(begin, begin + limit)
        // A full page says that there may be more, even when there is not: so does the table.
        return { items: page.map(itemOf), ...(page.length === limit ? { next: page.at(-1)! } : {}) }
      }),
    create: (item) => write('create', () => put(item, !stock.has(item.sku))),
    change: (sku, from, { difference, ...entry }) =>
      write('change', () => {
        const item = itemOf(sku)
        const { revision, initial, available, changes = 0 } = item ?? {}
        const allowed =
          revision === from.revision &&
          initial === from.initial &&
          typeof available === 'number' &&
          typeof changes === 'number' &&
          available >= -difference
        return put(
          {
            ...item,
            ...entry,
            initial: from.initial + difference,
            available: (available as number) + difference,
            changes: (changes as number) + 1,
          },
          allowed,
        )
      }),
    replace: (item, from) =>
      write('replace', () => put(item, JSON.stringify(itemOf(item.sku)?.changes) === JSON.stringify(from))),
    committed: async function* () {
      for (const name of [...records.keys()]) {
        const record: Reservation = await read('committed', () => copy(records.get(name)))
        if (record.state === 'done' || record.state === 'sold') yield record.lines
      }
    },
  }
  const put = (item: Record<string, unknown>, allowed: boolean): Put => {
    if (!allowed) return 'changed'
    stock.set(String(item.sku), JSON.stringify(item))
    return 'written'
  }

  return {
    store,
    item: (sku: string) => itemOf(sku) as StockItem | undefined,
    items: () => [...stock.keys()].map((sku) => itemOf(sku) as StockItem),
    record: (commandId = commandIdOf(orderId), order = orderId) => recordOf({ orderId: order, commandId }),
    records: (): (CommandKey & Reservation & { expiresAt?: number })[] =>
      [...records.values()].map((text) => copy(text)),
    /** What a hand in the table would do; `undefined` takes a member away. */
    tamper: (sku: string, members: Record<string, unknown>) =>
      void stock.set(sku, JSON.stringify({ ...itemOf(sku), sku, ...members })),
    tamperRecord: keep,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what comes out of a table is whatever lies in it
const copy = (text: string | undefined): any => (text === undefined ? undefined : JSON.parse(text))

export const shelfOf = (item: StockItem | undefined): Shelf & { initial: number } => {
  const { initial, available, committed } = item!
  return { initial, available, committed }
}
