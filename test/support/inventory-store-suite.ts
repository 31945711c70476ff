import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { StockItem } from '../../functions/inventory/stock.ts'
import type { InventoryStore, Reservation } from '../../functions/inventory/store.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import { aProduct, at, commandIdOf, euros, shelfOf } from './inventory.ts'

type Opened = {
  readonly store: InventoryStore
  /** What a hand in the table would do. */
  readonly tamper: (sku: string, members: Record<string, unknown>) => Promise<void> | void
}

const newOrder = () => `ord_${randomBytes(10).toString('hex')}`
const keyOf = (orderId: string, attempt = 1): CommandKey => ({ orderId, commandId: commandIdOf(orderId, attempt) })
const reason = { code: 'out-of-stock', message: 'Out of stock.' }

/** What every store of inventory promises, whatever keeps it: the same tests for the fake and for the real thing. */
export const inventoryStoreSuite = (name: string, open: () => Opened) => {
  const shop = async (...products: Partial<StockItem & { stock: number }>[]) => {
    const { store, tamper } = open()
    const items = products.map((over) => aProduct(`T-${randomBytes(8).toString('hex').toUpperCase()}`, over))
    for (const item of items) expect(await store.create(item)).toBe('written')
    const itemOf = async (sku: string) => (await store.find(sku)) as StockItem
    return {
      store,
      tamper,
      skus: items.map(({ sku }) => sku),
      itemOf,
      shelves: (sku: string) => itemOf(sku).then(shelfOf),
      key: keyOf(newOrder()),
    }
  }
  const oneOf = (sku: string, quantity = 1) => [{ sku, quantity }]

  describe(`${name}: reservations`, () => {
    test('has no record of a command that never came', async () => {
      const { store, key } = await shop()
      expect(await store.load(key)).toBeUndefined()
      expect(await store.ofOrder(key.orderId)).toEqual([])
    })

    test('reserves, releases and keeps the lines on record', async () => {
      const { store, key, skus, shelves } = await shop({}, {})
      const lines = skus.map((sku, index) => ({ sku, quantity: index + 2 }))
      expect(await store.reserve(key, lines, at)).toBe('written')
      expect(await store.load(key)).toMatchObject({ state: 'done', lines })
      expect(await shelves(skus[0]!)).toEqual({ initial: 10, available: 8, committed: 2 })
      expect(await shelves(skus[1]!)).toEqual({ initial: 10, available: 7, committed: 3 })
      expect(await store.release(key, lines, at)).toBe('written')
      expect(await store.load(key)).toMatchObject({ state: 'undone', lines })
      expect(await shelves(skus[1]!)).toEqual({ initial: 10, available: 10, committed: 0 })
    })

    test('sells what is reserved, and leaves the stock item as it is', async () => {
      const { store, key, skus, itemOf } = await shop({})
      await store.reserve(key, oneOf(skus[0]!, 4), at)
      const before = await itemOf(skus[0]!)
      expect(await store.sell(key, at + 1)).toBe(true)
      expect(await store.load(key)).toMatchObject({ state: 'sold', lines: oneOf(skus[0]!, 4) })
      expect(await itemOf(skus[0]!)).toEqual(before)
      expect(before).toMatchObject({ initial: 10, available: 6, committed: 4 })
    })

    test('takes back what is sold, once, and restocks it', async () => {
      const { store, key, skus, shelves } = await shop({})
      const lines = oneOf(skus[0]!, 4)
      await store.reserve(key, lines, at)
      expect(await store.takeBack(key, 'resellable')).toBe(false)
      expect(await store.restock(key, lines, at)).toBe('recorded')
      await store.sell(key, at)
      expect(await store.takeBack(key, 'resellable')).toBe(true)
      expect(await store.takeBack(key, 'damaged')).toBe(false)
      expect(await store.restock(key, lines, at)).toBe('written')
      expect(await store.restock(key, lines, at)).toBe('recorded')
      expect(await store.load(key)).toMatchObject({ state: 'restocked', lines, condition: 'resellable' })
      expect(await shelves(skus[0]!)).toEqual({ initial: 10, available: 10, committed: 0 })
    })

    test('counts every move of an item', async () => {
      const { store, key, skus, itemOf } = await shop({})
      await store.reserve(key, oneOf(skus[0]!), at)
      await store.sell(key, at)
      await store.restock(key, oneOf(skus[0]!), at)
      expect((await itemOf(skus[0]!)).changes).toBe(3)
    })

    test('moves an order of fifty lines', async () => {
      const { store, key, skus, shelves } = await shop(...Array.from({ length: 50 }, () => ({})))
      const lines = skus.map((sku) => ({ sku, quantity: 1 }))
      expect(await store.reserve(key, lines, at)).toBe('written')
      expect(await shelves(skus[49]!)).toMatchObject({ committed: 1 })
      expect((await store.stockOf(skus)).size).toBe(50)
    })

    test('makes each move from one state only', async () => {
      const { store, skus, shelves } = await shop({ stock: 1_000 })
      const lines = oneOf(skus[0]!)
      const from: Record<string, (key: CommandKey) => Promise<unknown>> = {
        nothing: async () => {},
        refused: (key) => store.record(key, { state: 'refused', lines, reason, missing: [] }, at),
        tombstone: (key) => store.record(key, { state: 'tombstone', because: 'undone' }, at),
        done: (key) => store.reserve(key, lines, at),
        undone: async (key) => [await store.reserve(key, lines, at), await store.release(key, lines, at)],
        sold: async (key) => [await store.reserve(key, lines, at), await store.sell(key, at)],
        restocked: async (key) => [await from.sold!(key), await store.restock(key, lines, at)],
      }
      const moves = {
        reserve: { only: 'nothing', make: (key: CommandKey) => store.reserve(key, lines, at) },
        release: { only: 'done', make: (key: CommandKey) => store.release(key, lines, at) },
        sell: { only: 'done', make: async (key: CommandKey) => ((await store.sell(key, at)) ? 'written' : 'recorded') },
        restock: { only: 'sold', make: (key: CommandKey) => store.restock(key, lines, at) },
      }
      for (const [move, { only, make }] of Object.entries(moves)) {
        for (const [state, arrange] of Object.entries(from)) {
          const key = keyOf(newOrder())
          await arrange(key)
          const [record, shelf] = [await store.load(key), await shelves(skus[0]!)]
          const moved = await make(key)
          const expected = state === only ? 'written' : 'recorded'
          expect(`${move} from ${state}: ${moved}`).toBe(`${move} from ${state}: ${expected}`)
          if (moved === 'written') continue
          expect(await store.load(key)).toEqual(record)
          expect(await shelves(skus[0]!)).toEqual(shelf)
        }
      }
    })

    test('reserves nothing when one line is short', async () => {
      const { store, key, skus, shelves } = await shop({}, { stock: 1 })
      const lines = [
        { sku: skus[0]!, quantity: 1 },
        { sku: skus[1]!, quantity: 2 },
      ]
      expect(await store.reserve(key, lines, at)).toBe('stock')
      expect(await shelves(skus[0]!)).toMatchObject({ available: 10, committed: 0 })
      expect(await store.load(key)).toBeUndefined()
    })

    test('reserves nothing of what is not there, and does not put it there', async () => {
      const { store, key, skus } = await shop({})
      expect(await store.reserve(key, [...oneOf(skus[0]!), ...oneOf(`${skus[0]}-X`)], at)).toBe('stock')
      expect(await store.find(`${skus[0]}-X`)).toBeUndefined()
      expect([...(await store.stockOf([skus[0]!, `${skus[0]}-X`])).keys()]).toEqual(skus)
    })

    test('answers from the record before it looks at stock', async () => {
      const { store, key, skus } = await shop({ stock: 1 })
      await store.reserve(key, oneOf(skus[0]!), at)
      expect(await store.reserve(key, oneOf(skus[0]!), at)).toBe('recorded')
    })

    test.each(['available', 'committed', 'changes'])('counts with no %s that is a text', async (member) => {
      for (const move of ['reserve', 'release', 'restock'] as const) {
        const { store, tamper, key, skus, itemOf } = await shop({}, {})
        const lines = skus.map((sku) => ({ sku, quantity: 1 }))
        if (move !== 'reserve') await store.reserve(key, lines, at)
        if (move === 'restock') await store.sell(key, at)
        await tamper(skus[1]!, { [member]: 'twelve' })
        const before = [await store.load(key), await itemOf(skus[0]!), await itemOf(skus[1]!)]
        expect(`${move}: ${await store[move](key, lines, at)}`).toBe(`${move}: stock`)
        expect([await store.load(key), await itemOf(skus[0]!), await itemOf(skus[1]!)]).toEqual(before)
      }
    })

    test('gives back no more than is committed', async () => {
      const { store, key, skus, tamper, itemOf } = await shop({})
      await store.reserve(key, oneOf(skus[0]!, 3), at)
      await tamper(skus[0]!, { committed: 2 })
      expect(await store.release(key, oneOf(skus[0]!, 3), at)).toBe('stock')
      await store.sell(key, at)
      expect(await store.restock(key, oneOf(skus[0]!, 3), at)).toBe('stock')
      expect(await itemOf(skus[0]!)).toMatchObject({ available: 7, committed: 2 })
    })

    test('puts no record there by selling or taking back what is not there', async () => {
      const { store, key } = await shop()
      expect(await store.sell(key, at)).toBe(false)
      expect(await store.takeBack(key, 'damaged')).toBe(false)
      expect(await store.load(key)).toBeUndefined()
    })

    test('keeps the first record without effect and hands it to who comes second', async () => {
      const { store, key } = await shop()
      const refused = {
        state: 'refused',
        lines: oneOf('T-1'),
        reason,
        missing: [{ sku: 'T-1', requested: 1, available: 0 }],
      } as const
      expect(await store.record(key, refused, at)).toBeUndefined()
      expect(await store.record(key, { state: 'tombstone', because: 'expired' }, at)).toMatchObject(refused)
      expect(await store.load(key)).toMatchObject(refused)
    })

    test('lets only tombstones expire', async () => {
      const { store, key, skus } = await shop({})
      const other = keyOf(key.orderId, 2)
      const third = keyOf(key.orderId, 3)
      await store.record(key, { state: 'tombstone', because: 'expired' }, at)
      await store.record(other, { state: 'refused', lines: oneOf(skus[0]!), reason, missing: [] }, at)
      await store.reserve(third, oneOf(skus[0]!), at)
      const expiring = async (of: CommandKey) => 'expiresAt' in ((await store.load(of)) as Reservation)
      expect([await expiring(key), await expiring(other), await expiring(third)]).toEqual([true, false, false])
    })

    test('tells the reservations of one order', async () => {
      const { store, key, skus } = await shop({})
      const lines = oneOf(skus[0]!)
      await store.record(key, { state: 'refused', lines, reason, missing: [] }, at)
      await store.reserve(keyOf(key.orderId, 2), lines, at)
      await store.reserve(keyOf(newOrder()), lines, at)
      expect((await store.ofOrder(key.orderId)).map(({ commandId, state }) => [commandId, state])).toEqual([
        [key.commandId, 'refused'],
        [commandIdOf(key.orderId, 2), 'done'],
      ])
    })

    test('lets one of twenty orders have the last unit', async () => {
      const { store, skus, shelves } = await shop({ stock: 1 })
      const moved = await Promise.all(
        Array.from({ length: 20 }, () => store.reserve(keyOf(newOrder()), oneOf(skus[0]!), at)),
      )
      expect(moved.filter((how) => how === 'written')).toHaveLength(1)
      expect(await shelves(skus[0]!)).toEqual({ initial: 1, available: 0, committed: 1 })
    })

    test('takes effect once when a command is carried out twenty times at once', async () => {
      const { store, key, skus, shelves } = await shop({})
      const moved = await Promise.all(Array.from({ length: 20 }, () => store.reserve(key, oneOf(skus[0]!), at)))
      expect(moved.filter((how) => how === 'written')).toHaveLength(1)
      expect(await shelves(skus[0]!)).toMatchObject({ committed: 1 })
    })

    test('is sold once when that is asked twenty times at once', async () => {
      const { store, key, skus } = await shop({})
      await store.reserve(key, oneOf(skus[0]!), at)
      const sold = await Promise.all(Array.from({ length: 20 }, () => store.sell(key, at)))
      expect(sold.filter(Boolean)).toHaveLength(1)
    })
  })

  describe(`${name}: catalogue`, () => {
    const entry = { name: 'Green tea', price: euros(500), listedAt: '2026-11-22T09:00:00.000Z' }

    test('creates a product once', async () => {
      const { store, skus, itemOf } = await shop({})
      expect(await store.create(aProduct(skus[0]!, { stock: 99 }))).toBe('changed')
      expect(await itemOf(skus[0]!)).toEqual(aProduct(skus[0]!))
    })

    test('changes the entry and the units of a product', async () => {
      const { store, skus, itemOf } = await shop({ stock: 10, committed: 2 })
      const from = { revision: 1, initial: 10 }
      expect(await store.change(skus[0]!, from, { ...entry, revision: 2, difference: 5 })).toBe('written')
      expect(await itemOf(skus[0]!)).toEqual(
        aProduct(skus[0]!, { ...entry, revision: 2, changes: 2, stock: 15, committed: 2 }),
      )
    })

    test.each([
      ['another revision', { revision: 2, initial: 10 }, 0],
      ['another number of units', { revision: 1, initial: 9 }, 0],
      ['fewer available units than go', { revision: 1, initial: 10 }, -9],
    ])('changes nothing over %s', async (_, from, difference) => {
      const { store, skus, itemOf } = await shop({ stock: 10, committed: 2 })
      const before = await itemOf(skus[0]!)
      expect(await store.change(skus[0]!, from, { ...entry, revision: 2, difference })).toBe('changed')
      expect(await itemOf(skus[0]!)).toEqual(before)
    })

    test('takes away the last available unit', async () => {
      const { store, skus, shelves } = await shop({ stock: 10, committed: 2 })
      const change = { ...entry, revision: 2, difference: -8 }
      expect(await store.change(skus[0]!, { revision: 1, initial: 10 }, change)).toBe('written')
      expect(await shelves(skus[0]!)).toEqual({ initial: 2, available: 0, committed: 2 })
    })

    test.each(['available', 'initial', 'changes', 'revision'])('changes nothing over a damaged %s', async (member) => {
      const { store, skus, tamper, itemOf } = await shop({})
      await tamper(skus[0]!, { [member]: 'twelve' })
      const before = await itemOf(skus[0]!)
      const change = { ...entry, revision: 2, difference: 1 }
      expect(await store.change(skus[0]!, { revision: 1, initial: 10 }, change)).toBe('changed')
      expect(await itemOf(skus[0]!)).toEqual(before)
    })

    test.each([
      ['a number', 1],
      ['a text', 'twelve'],
      ['nothing', undefined],
    ])('replaces a product whose count of changes is still %s', async (_, changes) => {
      const { store, skus, tamper, itemOf } = await shop({})
      await tamper(skus[0]!, { changes })
      const next = aProduct(skus[0]!, { stock: 3, changes: 7 })
      expect(await store.replace(next, 'eleven')).toBe('changed')
      expect(await store.replace(next, changes)).toBe('written')
      expect(await itemOf(skus[0]!)).toEqual(next)
      expect(await store.replace(next, undefined)).toBe('changed')
    })

    test('shows every product once, page by page', async () => {
      const { store, skus } = await shop({}, {}, {}, {}, {})
      const seen: string[] = []
      let after: string | undefined
      do {
        const { items, next } = await store.page(2, after)
        expect(items.length).toBeLessThanOrEqual(2)
        seen.push(...items.map((item) => (item as StockItem).sku))
        after = next
      } while (after !== undefined)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toEqual(expect.arrayContaining(skus))
    })

    test('goes through the lines of what is held or sold, and nothing else', async () => {
      const { store, skus } = await shop({ stock: 100 })
      const [sku] = skus as [string]
      const undone = keyOf(newOrder())
      const sold = keyOf(newOrder())
      await store.reserve(keyOf(newOrder()), oneOf(sku, 1), at)
      await store.reserve(sold, oneOf(sku, 2), at)
      await store.sell(sold, at)
      await store.reserve(undone, oneOf(sku, 4), at)
      await store.release(undone, oneOf(sku, 4), at)
      await store.record(keyOf(newOrder()), { state: 'refused', lines: oneOf(sku, 8), reason, missing: [] }, at)
      await store.record(keyOf(newOrder()), { state: 'tombstone', because: 'expired' }, at)
      const found: number[] = []
      for await (const lines of store.committed())
        for (const line of lines) if (line.sku === sku) found.push(line.quantity)
      expect(found.sort()).toEqual([1, 2])
    })
  })
}
