import { describe, expect, test } from 'vitest'
import { type Bulkhead, bulkhead, compartments } from '../../../reactive/bulkhead.ts'
import { type AskPartner, throughBulkhead } from '../../../reactive/partner-call.ts'

/** Work that lasts until it is told to end. */
const works = () => {
  const ends: (() => void)[] = []
  let busiest = 0
  let busy = 0
  return {
    work: async () => {
      busiest = Math.max(busiest, ++busy)
      await new Promise<void>((resolve) => ends.push(resolve))
      busy--
      return 'done'
    },
    end: async () => {
      ends.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
    begun: () => ends.length,
    busiest: () => busiest,
  }
}

describe('a bulkhead', () => {
  test('lets in as many as it has places, and the others in order as places are left', async () => {
    const { work, end, begun, busiest } = works()
    const room = bulkhead(2)
    const order: number[] = []
    const all = [1, 2, 3, 4, 5].map((who) => room(5_000, work).then(() => order.push(who)))
    expect(begun()).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun()).toBe(2)
    for (let left = 0; left < 5; left++) await end()
    await Promise.all(all)
    expect(order).toEqual([1, 2, 3, 4, 5])
    expect(busiest()).toBe(2)
  })

  test('sends away who found no place in time, and serves the next', async () => {
    const { work, end } = works()
    const room = bulkhead(1)
    const first = room(5_000, work)
    const impatient = room(120, work)
    const patient = room(5_000, work)
    expect(await impatient).toBe('full')
    await end()
    await end()
    expect(await Promise.all([first, patient])).toEqual(['done', 'done'])
  })

  test('counts the wait into the time, and starts nothing that could not finish', async () => {
    let now = 0
    const { work, end } = works()
    const room = bulkhead(1, () => now)
    const first = room(1_000, work)
    const told: number[] = []
    const second = room(1_000, async (left) => void told.push(left))
    const third = room(1_000, async (left) => void told.push(left))
    await new Promise((resolve) => setImmediate(resolve))
    now = 700
    await end()
    await Promise.all([first, second, third])
    expect(told).toEqual([300, 300])
    const fourth = room(1_000, work)
    const fifth = room(1_000, work)
    await new Promise((resolve) => setImmediate(resolve))
    now = 1_650
    await end()
    expect(await fifth).toBe('full')
    await fourth
  })

  test('gets its place back from one that fails', async () => {
    const room = bulkhead(1)
    await expect(room(1_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await room(1_000, async () => 'done')).toBe('done')
  })
})

describe('a partner behind a bulkhead', () => {
  const request = { method: 'POST', path: '/captures', within: 120 } as const
  const only = (room: Bulkhead) => () => room

  test('is asked with the time that is left', async () => {
    const seen: number[] = []
    const ask: AskPartner = async ({ within }, read) => {
      seen.push(within)
      return { known: true, answer: read(201, {})! }
    }
    const few = throughBulkhead(ask, only(bulkhead(1)))
    expect(await few(request, () => 'yes')).toEqual({ known: true, answer: 'yes', took: expect.any(Number) })
    expect(seen[0]).toBeLessThanOrEqual(120)
    // Timers of abort signals take whole milliseconds only.
    expect(seen[0]).toBe(Math.floor(seen[0]!))
  })

  test('took as long as the partner, without the wait for room', async () => {
    let now = 0
    const ask = (async () => {
      now += 40
      return { known: true, answer: 'yes' }
    }) as AskPartner
    const waiting: Bulkhead = async (within, act) => {
      now += 1_000
      return act(within)
    }
    expect(
      await throughBulkhead(
        ask,
        () => waiting,
        () => now,
      )(request, () => 'yes'),
    ).toMatchObject({ took: 40 })
  })

  test('leaves the outcome open when there was no room', async () => {
    const { work, end } = works()
    const few = throughBulkhead((async () => ({ known: true, answer: await work() })) as AskPartner, only(bulkhead(1)))
    const first = few({ ...request, within: 5_000 }, () => 'yes')
    expect(await few(request, () => 'yes')).toEqual({
      known: false,
      because: 'POST /captures found no room within 120 ms',
      unasked: true,
    })
    await end()
    await first
  })
})

describe('compartments', () => {
  test('leave the others room when one is full: a carrier that hangs does not hold up the other', async () => {
    const roomOf = compartments(2)
    const hanging = works()
    const slow = Array.from({ length: 2 }, () => roomOf('swift')(60_000, hanging.work))
    expect(await roomOf('swift')(150, async () => 'through')).toBe('full')
    expect(await roomOf('steady')(150, async () => 'through')).toBe('through')
    await hanging.end()
    await hanging.end()
    await Promise.all(slow)
  })

  test('are the same for the same name', () => {
    const roomOf = compartments(2)
    expect(roomOf('swift')).toBe(roomOf('swift'))
    expect(roomOf('swift')).not.toBe(roomOf('steady'))
  })
})
