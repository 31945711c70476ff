import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { inventory } from '../../../functions/inventory/service.ts'
import type { StockItem } from '../../../functions/inventory/stock.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { days, type EpochMs, minutes } from '../../../reactive/time.ts'
import {
  aProduct,
  at,
  commandIdOf,
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

const shop = (products: readonly StockItem[] = [aProduct('A1'), aProduct('B2')]) => {
  const faults: Fault[] = []
  const calls: string[] = []
  const replies: Message[] = []
  let now: EpochMs = at
  const house = memoryInventory(products, {
    fault: (call) => {
      calls.push(call)
      return faults.shift() ?? 'none'
    },
  })
  const serve = inventory({
    store: house.store,
    reply: async (reply) => void replies.push(reply),
    clock: () => now,
    timing: { horizon: days(30) },
  })
  const said = () => replies.map(({ type, data }) => [type.split('.')[1], data] as const)
  return {
    ...house,
    serve,
    calls,
    said,
    /** What was said, without the details. */
    words: () => said().map(([word]) => word),
    replies,
    wait: (time: number) => {
      now += time
    },
    failing: (...next: Fault[]) => void faults.push(...next),
  }
}

describe('reserving stock', () => {
  test('moves the units of every line and says so to the saga', async () => {
    const { serve, item, record, replies } = shop()
    await serve(reserving(lines))
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 8, committed: 2 })
    expect(shelfOf(item('B2'))).toEqual({ initial: 10, available: 9, committed: 1 })
    expect(record()).toMatchObject({ state: 'done', lines })
    expect(replies).toMatchObject([
      {
        type: 'inventory.StockReserved.v1',
        id: `${key.commandId}/StockReserved`,
        source: '/inventory',
        causationid: key.commandId,
        correlationid: orderId,
        data: { orderId },
      },
    ])
  })

  test('takes one transaction and no read when all goes well', async () => {
    const { serve, calls } = shop()
    await serve(reserving(lines))
    expect(calls).toEqual(['reserve'])
  })

  test('takes the units of a SKU on several lines together', async () => {
    const { serve, item, words } = shop()
    const six = { sku: 'A1', quantity: 6 }
    await serve(reserving([six, six]))
    expect(words()).toEqual(['StockRefused'])
    expect(item('A1')?.available).toBe(10)
  })

  test('takes nothing when one line is short, and says what is missing', async () => {
    const { serve, item, said } = shop([aProduct('A1'), aProduct('B2', { stock: 0, name: 'Teapot' })])
    await serve(reserving(lines))
    expect(item('A1')?.available).toBe(10)
    expect(said()).toEqual([
      [
        'StockRefused',
        {
          orderId,
          reason: { code: 'out-of-stock', message: 'Teapot is out of stock.' },
          missing: [{ sku: 'B2', requested: 1, available: 0 }],
        },
      ],
    ])
  })

  test('refuses what is not in the catalogue', async () => {
    const { serve, said } = shop([aProduct('A1')])
    await serve(reserving(lines))
    expect(said()).toMatchObject([['StockRefused', { reason: { code: 'unknown-product' } }]])
  })

  test('takes the units once, however often the command comes', async () => {
    const { serve, item, words } = shop()
    for (let times = 0; times < 3; times++) await serve(reserving(lines))
    expect(item('A1')?.committed).toBe(2)
    expect(words()).toEqual(['StockReserved', 'StockReserved', 'StockReserved'])
  })

  test('repeats a refusal word for word, though there is stock by now', async () => {
    const { serve, said, tamper, item } = shop([aProduct('A1'), aProduct('B2', { stock: 0 })])
    await serve(reserving(lines))
    tamper('B2', { initial: 5, available: 5 })
    await serve(reserving(lines))
    expect(said()[1]).toEqual(said()[0])
    expect(item('B2')?.available).toBe(5)
  })

  test('says done after the deadline when it was done before', async () => {
    const { serve, words, wait } = shop()
    await serve(reserving(lines))
    wait(minutes(6))
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved', 'StockReserved'])
  })

  test('buries a command that comes too late, so that it stays refused', async () => {
    const { serve, said, wait, record, item } = shop()
    wait(minutes(5) + 1)
    await serve(reserving(lines))
    await serve(reserving(lines, { deadline: at + days(1) }))
    expect(record()).toMatchObject({
      state: 'tombstone',
      because: 'expired',
      expiresAt: at + minutes(5) + 1 + days(31),
    })
    expect(said()).toMatchObject([
      ['StockRefused', { reason: { code: 'expired' } }],
      ['StockRefused', { reason: { code: 'expired' } }],
    ])
    expect(item('A1')?.available).toBe(10)
  })

  test('refuses a command that comes after its undo', async () => {
    const { serve, words, item } = shop()
    await serve(releasing())
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReleased', 'StockRefused'])
    expect(item('A1')?.available).toBe(10)
  })

  test('refuses a repetition after the undo and takes nothing again', async () => {
    const { serve, words, item } = shop()
    await serve(reserving(lines))
    await serve(releasing())
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved', 'StockReleased', 'StockRefused'])
    expect(item('A1')?.available).toBe(10)
  })

  test('leaves an unrecorded command from before the horizon to a person', async () => {
    const { serve, words, wait, item } = shop()
    wait(days(30) + 1)
    await expect(serve(reserving(lines, { deadline: at + days(99) }))).rejects.toMatchObject({ code: 'before-horizon' })
    expect(words()).toEqual([])
    expect(item('A1')?.available).toBe(10)
  })

  test('still answers from the record before the horizon', async () => {
    const { serve, words, wait } = shop()
    await serve(reserving(lines))
    wait(days(31))
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved', 'StockReserved'])
  })

  test.each([
    ['a shelf that is a text', { available: 'twelve' }],
    ['a shelf that the units would go to', { committed: 'none' }],
    ['a count of changes that is a text', { changes: 'many' }],
  ])('sends the command to the desk over %s, and carries it out once it is repaired', async (_, members) => {
    const { serve, words, tamper, record, item } = shop()
    tamper('B2', members)
    const refusal = await serve(reserving(lines)).catch((error) => error)
    expect(refusal).toBeInstanceOf(PermanentError)
    expect(refusal).toMatchObject({
      code: 'damaged-stock-record',
      message: expect.stringContaining('PUT /products/B2'),
    })
    expect(words()).toEqual([])
    expect(record()).toBeUndefined()
    expect(item('A1')?.available).toBe(10)
    tamper('B2', aProduct('B2'))
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved'])
  })

  test('answers from the record although stock is damaged by now', async () => {
    const { serve, words, tamper } = shop()
    await serve(reserving(lines))
    tamper('A1', { available: 'twelve' })
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved', 'StockReserved'])
  })

  test('looks again when stock that was short has come back meanwhile', async () => {
    const house = memoryInventory([aProduct('A1', { stock: 0 })])
    const replies: Message[] = []
    const store = {
      ...house.store,
      stockOf: async (skus: readonly string[]) => {
        house.tamper('A1', aProduct('A1'))
        return house.store.stockOf(skus)
      },
    }
    const reply = async (message: Message) => void replies.push(message)
    const serve = inventory({ store, reply, clock: () => at, timing: { horizon: days(30) } })
    await serve(reserving([{ sku: 'A1', quantity: 1 }]))
    expect(replies.map(({ type }) => type)).toEqual(['inventory.StockReserved.v1'])
  })

  test('gives up for now when stock comes and goes for ever', async () => {
    const house = memoryInventory([aProduct('A1')])
    const store = { ...house.store, reserve: async () => 'stock' as const }
    const serve = inventory({ store, reply: async () => {}, clock: () => at, timing: { horizon: days(30) } })
    await expect(serve(reserving([{ sku: 'A1', quantity: 1 }]))).rejects.toBeInstanceOf(TransientError)
    expect(house.records()).toEqual([])
  })

  test('lets the answer of the first win when two refuse at once', async () => {
    const house = memoryInventory([aProduct('A1', { stock: 0 })])
    const other = { state: 'refused', lines, reason: { code: 'out-of-stock', message: 'First.' }, missing: [] } as const
    const replies: Message[] = []
    const serve = inventory({
      store: {
        ...house.store,
        record: async (key, record, now) => {
          await house.store.record(key, other, now)
          return house.store.record(key, record, now)
        },
      },
      reply: async (message) => void replies.push(message),
      clock: () => at,
      timing: { horizon: days(30) },
    })
    await serve(reserving([{ sku: 'A1', quantity: 1 }]))
    expect(replies.map(({ data }) => data)).toEqual([{ orderId, reason: other.reason, missing: [] }])
  })
})

describe('releasing stock', () => {
  test('puts every unit back and says so', async () => {
    const { serve, item, record, words } = shop()
    await serve(reserving(lines))
    await serve(releasing())
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 10, committed: 0 })
    expect(record()).toMatchObject({ state: 'undone', lines })
    expect(words()).toEqual(['StockReserved', 'StockReleased'])
  })

  test('puts the units back once, however often it is asked', async () => {
    const { serve, item, words } = shop()
    await serve(reserving(lines))
    for (let times = 0; times < 3; times++) await serve(releasing())
    expect(item('A1')?.available).toBe(10)
    expect(words()).toEqual(['StockReserved', 'StockReleased', 'StockReleased', 'StockReleased'])
  })

  test('keeps a refusal and says undone', async () => {
    const { serve, record, words } = shop([])
    await serve(reserving(lines))
    await serve(releasing())
    expect(record()).toMatchObject({ state: 'refused' })
    expect(words()).toEqual(['StockRefused', 'StockReleased'])
  })

  test('never expires', async () => {
    const { serve, item, wait } = shop()
    await serve(reserving(lines))
    wait(days(60))
    await serve(releasing())
    expect(item('A1')?.available).toBe(10)
  })

  test('leaves an undo from before the horizon that meets nothing to a person', async () => {
    const { serve, wait, records } = shop()
    wait(days(31))
    await expect(serve(releasing())).rejects.toMatchObject({ code: 'before-horizon' })
    expect(records()).toEqual([])
  })

  test('releases the command that it names and no other of the same order', async () => {
    const { serve, record } = shop()
    await serve(reserving(lines, { attempt: 1 }))
    await serve(reserving(lines, { attempt: 2 }))
    await serve(releasing({ attempt: 2 }))
    expect(record(commandIdOf(orderId, 1))?.state).toBe('done')
    expect(record(commandIdOf(orderId, 2))?.state).toBe('undone')
  })

  test('refuses to work without knowing what it undoes', async () => {
    const { serve } = shop()
    const { undoes: _, ...stray } = releasing()
    await expect(serve(stray)).rejects.toMatchObject({ code: 'undoes-nothing' })
  })

  test('does not take back what is sold', async () => {
    const { serve, store, words, item } = shop()
    await serve(reserving(lines))
    await store.sell(key, at)
    await expect(serve(releasing())).rejects.toMatchObject({ code: 'already-sold' })
    expect(words()).toEqual(['StockReserved'])
    expect(item('A1')?.committed).toBe(2)
  })

  test('still says done of what is sold', async () => {
    const { serve, store, words } = shop()
    await serve(reserving(lines))
    await store.sell(key, at)
    await serve(reserving(lines))
    expect(words()).toEqual(['StockReserved', 'StockReserved'])
  })

  test.each([
    ['a damaged record', { available: 'twelve' }, 'damaged-stock-record'],
    ['fewer committed units than the reservation holds', { committed: 1, available: 9 }, 'stock-disagrees'],
  ])('sends the undo to the desk over %s, and puts nothing back', async (_, members, code) => {
    const { serve, tamper, record, item } = shop()
    await serve(reserving(lines))
    tamper('A1', members)
    await expect(serve(releasing())).rejects.toMatchObject({ code })
    expect(record()?.state).toBe('done')
    expect(item('B2')?.committed).toBe(1)
  })

  test('sends the undo to the desk when a stock record is gone', async () => {
    const house = memoryInventory([aProduct('B2')])
    house.tamperRecord(key, { state: 'done', lines })
    const serve = inventory({
      store: house.store,
      reply: async () => {},
      clock: () => at,
      timing: { horizon: days(30) },
    })
    await expect(serve(releasing())).rejects.toMatchObject({ code: 'stock-record-lost' })
  })
})

describe('a store that fails', () => {
  const scenarios = ['reserve', 'refuse', 'expire', 'release', 'bury'] as const
  const play = async (scenario: (typeof scenarios)[number], fault: Fault, nth: number) => {
    const house = shop(scenario === 'refuse' ? [aProduct('A1')] : undefined)
    if (scenario === 'release') await house.serve(reserving(lines))
    if (scenario === 'expire') house.wait(minutes(6))
    const message = scenario === 'release' || scenario === 'bury' ? releasing() : reserving(lines)
    const spoken = house.words().length
    house.failing(...Array.from({ length: nth }, () => 'none' as const), fault)
    const first = await house.serve(message as never).then(
      () => 'answered',
      () => 'threw',
    )
    if (first === 'threw') {
      expect(house.words()).toHaveLength(spoken)
      await house.serve(message as never)
    }
    return { words: house.words().slice(spoken), record: house.record()?.state, shelf: shelfOf(house.item('A1')) }
  }

  const faults = ['before', 'after', 'conflict'] as const
  const cases = scenarios.flatMap((scenario) =>
    faults.flatMap((fault) => [0, 1, 2].map((nth) => [scenario, fault, nth] as const)),
  )
  test.each(cases)('ends %s as if nothing had happened, failing %s call %i', async (scenario, fault, nth) => {
    expect(await play(scenario, fault, nth)).toEqual(await play(scenario, 'none', nth))
  })
})
