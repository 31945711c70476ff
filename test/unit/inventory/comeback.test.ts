import { describe, expect, test } from 'vitest'
import { Restock, Restocked, TakeBack, TakenBack } from '../../../events/inventory.ts'
import { comeback } from '../../../functions/inventory/comeback.ts'
import { saleOf } from '../../../functions/inventory/sale.ts'
import { inventory } from '../../../functions/inventory/service.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { days } from '../../../reactive/time.ts'
import { commandOf, replies } from '../../support/deliveries.ts'
import {
  aProduct,
  at,
  commandIdOf,
  confirming,
  type Fault,
  memoryInventory,
  orderId,
  releasing,
  reserving,
  shelfOf,
} from '../../support/inventory.ts'

const key = { orderId, commandId: commandIdOf(orderId) }
const lines = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 1 },
]
const about = { id: `return-order:${orderId}/restock/do/1`, orderId }

const shop = async ({ sold = true } = {}) => {
  const faults: Fault[] = []
  const house = memoryInventory([aProduct('A1'), aProduct('B2')], { fault: () => faults.shift() ?? 'none' })
  if (sold) {
    await house.store.reserve(key, lines, at)
    await house.store.sell(key, at)
  }
  const heard = replies()
  return {
    ...house,
    ...heard,
    back: comeback({ store: house.store, clock: () => at }),
    serve: inventory({ store: house.store, reply: heard.reply, clock: () => at, timing: { horizon: days(30) } }),
    failing: (...next: Fault[]) => void faults.push(...next),
  }
}

describe('what comes back', () => {
  test('keeps the condition that was said first, and counts as sold', async () => {
    const { back, record, item } = await shop()
    expect(await back.takeBack(about, 'damaged')).toBe(true)
    expect(await back.takeBack(about, 'resellable')).toBe(false)
    expect(record()).toMatchObject({ state: 'sold', condition: 'damaged' })
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 8, committed: 2 })
  })

  test('goes back on the shelves once, however often and however simultaneously it is asked', async () => {
    const { back, item, record } = await shop()
    await back.takeBack(about, 'resellable')
    await Promise.allSettled(Array.from({ length: 5 }, () => back.restock(about)))
    expect(await back.restock(about)).toBe(false)
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 10, committed: 0 })
    expect(shelfOf(item('B2'))).toEqual({ initial: 10, available: 10, committed: 0 })
    expect(record()).toMatchObject({ state: 'restocked', lines, condition: 'resellable' })
  })

  test.each(['before', 'after', 'conflict'] as const)(
    'is moved once when a write fails (%s) and the command comes again',
    async (fault) => {
      const { back, item, failing } = await shop()
      failing('none', fault)
      await expect(back.restock(about)).rejects.toThrow()
      await back.restock(about)
      expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 10, committed: 0 })
    },
  )

  test('waits for what is not sold yet', async () => {
    const { back, store } = await shop({ sold: false })
    await expect(back.restock(about)).rejects.toThrow(TransientError)
    await store.reserve(key, lines, at)
    await expect(back.takeBack(about, 'damaged')).rejects.toThrow(TransientError)
  })

  test('meets a damaged stock record: a person has to repair it first', async () => {
    const { back, tamper, record } = await shop()
    tamper('A1', { committed: 'two' })
    await expect(back.restock(about)).rejects.toThrow(PermanentError)
    expect(record()).toMatchObject({ state: 'sold' })
  })
})

describe('the commands of a return', () => {
  test('are answered each time', async () => {
    const { serve, said } = await shop()
    const command = <Data>(draft: Parameters<typeof commandOf<Data>>[0]) => commandOf(draft, at)
    expect(await serve(command(TakeBack({ orderId, condition: 'resellable' })))).toBeUndefined()
    expect(await serve(command(Restock({ orderId })))).toBeUndefined()
    expect(await serve(command(Restock({ orderId })))).toBe('repeated')
    expect(said()).toEqual([
      [TakenBack.contractName, { orderId }],
      [Restocked.contractName, { orderId }],
      [Restocked.contractName, { orderId }],
    ])
  })

  test('leave the reservation’s own commands as they were', async () => {
    const { serve, item, back, words } = Object.assign(await shop(), { words: () => [] as string[] })
    await back.restock(about)
    await serve(reserving(lines))
    expect(words()).toEqual([])
    await expect(serve(releasing())).rejects.toThrow(PermanentError)
    await saleOf({ store: (await shop()).store, clock: () => at })(confirming(lines))
    expect(shelfOf(item('A1')).available).toBe(10)
  })

  test('are over when a confirmation comes late: nothing is sold twice', async () => {
    const { back, store, item } = await shop()
    await back.restock(about)
    expect(await saleOf({ store, clock: () => at })(confirming(lines))).toBe('repeated')
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 10, committed: 0 })
  })
})
