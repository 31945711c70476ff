import { describe, expect, test } from 'vitest'
import { type Message, seal } from '../../../events/envelope.ts'
import { Restock, TakeBack } from '../../../events/inventory.ts'
import { inventoryForesight } from '../../../functions/inventory/foresight.ts'
import { inventory } from '../../../functions/inventory/service.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { days, iso } from '../../../reactive/time.ts'
import {
  aProduct,
  at,
  commandIdOf,
  confirming,
  memoryInventory,
  orderId,
  releasing,
  reserving,
} from '../../support/inventory.ts'

const lines = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 1 },
]
const products = () => [aProduct('A1'), aProduct('B2')]
const key = { orderId, commandId: commandIdOf(orderId) }
const returning = <C extends typeof TakeBack | typeof Restock>(contract: C) =>
  seal(contract === TakeBack ? TakeBack({ orderId, condition: 'damaged' }) : Restock({ orderId }), {
    id: `return-order:${orderId}/restock/do/1`,
    source: '/saga/return-order',
    subject: orderId,
    time: iso(at),
    correlationid: orderId,
  })

type House = ReturnType<typeof memoryInventory>
const ports = { clock: () => at, timing: { horizon: days(30) } }
const reserved = async ({ store }: House) => void (await store.reserve(key, lines, at))
const sold = async (house: House) => {
  await reserved(house)
  await house.store.sell(key, at)
}
const nothing = async () => {}

/** The foresight, and then what really comes of the message: the reply, what came back, and whether it was a repetition. */
const foreseenAndDone = async (message: Message, before: (house: House) => Promise<unknown>, stock = products()) => {
  const house = memoryInventory(stock)
  await before(house)
  const [word] = await inventoryForesight({ store: house.store, ...ports })([JSON.stringify(message)])
  const replies: string[] = []
  const serve = inventory({ store: house.store, reply: async ({ type }) => void replies.push(type), ...ports })
  try {
    const outcome = await serve(message as Parameters<typeof serve>[0])
    const says = outcome === 'repeated' ? 'repeats' : /Refused/.test(replies.join()) ? 'refuses' : 'passes'
    return { word: word!, says }
  } catch (error) {
    return { word: word!, says: error instanceof PermanentError ? 'refuses' : 'not-asked' }
  }
}

describe('what inventory would make of a command, and then makes of it', () => {
  test.each<[string, Message, (house: House) => Promise<unknown>, string]>([
    ['holds what is there', reserving(lines), nothing, 'the units would be held'],
    ['has held it already', reserving(lines), reserved, 'it would be answered StockReserved from its record'],
    ['refuses what is not there', reserving([{ sku: 'A1', quantity: 11 }]), nothing, 'out-of-stock'],
    ['refuses what comes too late', reserving(lines, { deadline: at - 1 }), nothing, 'expired'],
    ['lets go what is held', releasing(), reserved, 'the units would be let go'],
    ['has nothing to let go', releasing(), nothing, 'there is nothing to release'],
    ['does not let go what is sold', releasing(), sold, 'already-sold'],
    ['puts back what was sold', returning(Restock), sold, 'back on the shelves'],
    ['notes that it is back', returning(TakeBack), sold, 'noted as back'],
    ['cannot tell before anything is sold', returning(Restock), reserved, 'nothing is; it will be tried again'],
  ])('%s', async (_, message, before, because) => {
    const { word, says } = await foreseenAndDone(message, before)
    expect(word.because).toContain(because)
    expect(word.says).toBe(says)
  })

  test('gives back to the desk what meets a damaged stock record', async () => {
    const damagedItem = { ...aProduct('A1'), available: 'twelve' as never }
    const { word, says } = await foreseenAndDone(reserving(lines), nothing, [damagedItem, aProduct('B2')])
    expect(word).toMatchObject({ says: 'refuses', because: expect.stringContaining('damaged-stock-record') })
    expect(says).toBe('refuses')
  })

  test('cannot tell of an event before it is sent', async () => {
    const [word] = await inventoryForesight({ store: memoryInventory(products()).store, ...ports })([
      JSON.stringify(confirming(lines)),
    ])
    expect(word).toMatchObject({ says: 'not-asked', because: expect.stringContaining('unknown-type') })
  })

  test('moves nothing while it is asked', async () => {
    const house = memoryInventory(products())
    const messages = [reserving(lines), releasing(), returning(TakeBack)]
    await inventoryForesight({ store: house.store, ...ports })(messages.map((message) => JSON.stringify(message)))
    expect(house.record()).toBeUndefined()
    expect(house.item('A1')).toEqual(aProduct('A1'))
  })
})
