import { describe, expect, test } from 'vitest'
import { Refusal } from '../../../../cli/api.ts'
import { evenly, learnEnds } from '../../../../cli/load/ends.ts'
import type { OrderDocument, OrderPage } from '../../../../events/http/ordering.ts'

const since = '2026-01-01T00:00:00.000Z'
const placedAt = '2026-01-01T00:01:00.000Z'
type Known = Pick<OrderDocument, 'status' | 'endedAt' | 'reason'>

/** A system whose lists show these orders, newest first, and whose records say the same. */
const system = (orders: Record<string, Known>, { failFirst = 0 } = {}) => {
  const asked = { lists: 0, records: [] as string[] }
  let failures = failFirst
  return {
    asked,
    orders: async (): Promise<OrderPage> => {
      asked.lists += 1
      if (failures-- > 0) throw new Refusal({ type: 'about:blank', title: 'busy', status: 503 })
      return {
        items: Object.entries(orders).map(([orderId, { status, reason }]) => ({
          orderId,
          status,
          placedAt,
          customerId: 'alice',
          total: { amount: 1, currency: 'EUR' },
          ...(reason ? { reason } : {}),
        })),
      }
    },
    order: async (orderId: string): Promise<OrderDocument> => {
      asked.records.push(orderId)
      const known = orders[orderId]
      if (!known) throw new Refusal({ type: 'about:blank', title: 'no such order', status: 404 })
      return { orderId, placedAt, ...known } as OrderDocument
    },
  }
}
const patience = { since, within: 5_000, signal: new AbortController().signal }

describe('the ends of orders', () => {
  test('are learnt from a list, and their times from their records', async () => {
    const api = system({
      ord_1: { status: 'confirmed', endedAt: '2026-01-01T00:01:02.500Z' },
      ord_2: {
        status: 'rejected',
        endedAt: '2026-01-01T00:01:01.000Z',
        reason: { code: 'declined', message: 'The card was declined' },
      },
      ord_other: { status: 'placed' },
    })
    const ends = await learnEnds(api, ['ord_1', 'ord_2'], patience)
    expect([...ends]).toEqual([
      ['ord_1', { status: 'confirmed', millis: 2_500 }],
      ['ord_2', { status: 'rejected', because: 'declined The card was declined', millis: 1_000 }],
    ])
    expect(api.asked).toEqual({ lists: 1, records: ['ord_1', 'ord_2'] })
  })

  test('of what the system does not know are missing', async () => {
    expect((await learnEnds(system({}), ['ord_1'], { ...patience, within: 0 })).size).toBe(0)
  })

  test('are awaited while patience lasts', async () => {
    const ends = await learnEnds(system({ ord_1: { status: 'placed' } }), ['ord_1'], { ...patience, within: 0 })
    expect([...ends]).toEqual([['ord_1', { status: 'placed' }]])
  })

  test('are not awaited by somebody who has gone', async () => {
    const gone = new AbortController()
    gone.abort()
    const api = system({ ord_1: { status: 'placed' } })
    await learnEnds(api, ['ord_1'], { ...patience, within: 60_000, signal: gone.signal })
    expect(api.asked.lists).toBe(1)
  })

  test('are learnt by a later look when a system is too busy for the first', async () => {
    const api = system({ ord_1: { status: 'confirmed', endedAt: placedAt } }, { failFirst: 1 })
    const told: number[] = []
    const ends = await learnEnds(api, ['ord_1'], { ...patience, told: (ended) => told.push(ended) })
    expect(ends.get('ord_1')).toEqual({ status: 'confirmed', millis: 0 })
    expect(told).toEqual([1])
  })

  test('of no orders cost nothing', async () => {
    const api = system({})
    expect((await learnEnds(api, [], patience)).size).toBe(0)
    expect(api.asked).toEqual({ lists: 0, records: [] })
  })
})

test('a sample is spread over the whole', () => {
  expect(evenly([1, 2, 3, 4, 5, 6], 3)).toEqual([1, 3, 5])
  expect(evenly([1, 2], 3)).toEqual([1, 2])
  const numbers = Array.from({ length: 1_000 }, (_, index) => index)
  expect(evenly(numbers, 7)).toHaveLength(7)
})
