import { describe, expect, test } from 'vitest'
import { saleOf } from '../../../functions/inventory/sale.ts'
import { TransientError } from '../../../reactive/errors.ts'
import {
  aProduct,
  at,
  commandIdOf,
  confirming,
  type Fault,
  memoryInventory,
  orderId,
  shelfOf,
} from '../../support/inventory.ts'

const key = { orderId, commandId: commandIdOf(orderId) }
const lines = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 1 },
]

const shop = async ({ held = true } = {}) => {
  const faults: Fault[] = []
  const house = memoryInventory([aProduct('A1'), aProduct('B2')], { fault: () => faults.shift() ?? 'none' })
  if (held) await house.store.reserve(key, lines, at)
  return {
    ...house,
    sell: saleOf({ store: house.store, clock: () => at }),
    failing: (...next: Fault[]) => void faults.push(...next),
  }
}

describe('an order that is confirmed', () => {
  test('turns what is reserved for it into sold', async () => {
    const { sell, items, record } = await shop()
    const before = items()
    await sell(confirming(lines))
    expect(record()).toMatchObject({ state: 'sold', lines })
    expect(items()).toEqual(before)
  })

  test('sells once, however often it is told', async () => {
    const { sell, record } = await shop()
    expect(await sell(confirming(lines))).toBeUndefined()
    for (let times = 0; times < 3; times++) expect(await sell(confirming(lines))).toBe('repeated')
    expect(record()).toMatchObject({ state: 'sold', lines })
  })

  test('sells what the reservation holds, past refused and undone attempts', async () => {
    const { sell, store, record } = await shop({ held: false })
    const reason = { code: 'out-of-stock', message: 'Out of stock.' }
    await store.record(key, { state: 'refused', lines, reason, missing: [] }, at)
    const second = { orderId, commandId: commandIdOf(orderId, 2) }
    await store.reserve(second, lines, at)
    await sell(confirming(lines))
    expect(record(second.commandId)?.state).toBe('sold')
    expect(record()?.state).toBe('refused')
  })

  test('touches no other order', async () => {
    const { sell, store, record } = await shop()
    const other = 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb'
    await store.reserve({ orderId: other, commandId: commandIdOf(other) }, lines, at)
    await sell(confirming(lines))
    expect(record(commandIdOf(other), other)?.state).toBe('done')
  })

  test('is tried again, and never taken for done, when nothing is reserved for it', async () => {
    const { sell, store } = await shop({ held: false })
    await expect(sell(confirming(lines))).rejects.toBeInstanceOf(TransientError)
    await store.record(key, { state: 'tombstone', because: 'undone' }, at)
    await expect(sell(confirming(lines))).rejects.toThrow(`confirms ${orderId}, for which nothing is reserved`)
  })

  test('goes to the desk when it holds two reservations', async () => {
    const { sell, store, records } = await shop()
    await store.reserve({ orderId, commandId: commandIdOf(orderId, 2) }, lines, at)
    await expect(sell(confirming(lines))).rejects.toMatchObject({ code: 'reserved-twice' })
    expect(records().map(({ state }) => state)).toEqual(['done', 'done'])
  })

  test('is sold over a damaged stock record', async () => {
    const { sell, tamper, record } = await shop()
    tamper('B2', { committed: 'some' })
    await sell(confirming(lines))
    expect(record()?.state).toBe('sold')
  })

  test('is tried again when its reservation changes under it', async () => {
    const { store } = await shop()
    const sell = saleOf({
      store: {
        ...store,
        sell: async (...args) => {
          await store.release(key, lines, at)
          return store.sell(...args)
        },
      },
      clock: () => at,
    })
    await expect(sell(confirming(lines))).rejects.toBeInstanceOf(TransientError)
  })

  test.each((['before', 'after', 'conflict'] as const).flatMap((fault) => [0, 1].map((nth) => [fault, nth] as const)))(
    'is sold once when call fails %s at %i and the message comes again',
    async (fault, nth) => {
      const { sell, failing, item, record } = await shop()
      failing(...Array.from({ length: nth }, () => 'none' as const), fault)
      await expect(sell(confirming(lines))).rejects.toThrow()
      await sell(confirming(lines))
      expect(record()?.state).toBe('sold')
      expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 8, committed: 2 })
    },
  )
})
