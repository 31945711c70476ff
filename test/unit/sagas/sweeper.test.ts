import type { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { portionsOf } from '../../../reactive/portions.ts'
import { minutes, seconds } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Wake } from '../../../sagas/engine/ports.ts'
import { sqsCongestion } from '../../../sagas/engine/sqs-congestion.ts'
import { sweeper } from '../../../sagas/engine/sweeper.ts'
import { observedInMemory } from '../../support/observation.ts'

const now = Date.UTC(2026, 0, 1)
const timing = timings.standard

/** Overdue sagas in one shard, and who was woken. */
const aStage = (due: Readonly<Record<string, number>>, behind: readonly string[] = []) => {
  const leases = new Map<string, number>()
  const woken: Wake[] = []
  const stage = { now, pages: 0, failing: false, unreadable: new Set<string>(), unleasable: new Set<string>() }
  const { observation, valuesOf } = observedInMemory('/saga')
  const run = sweeper({
    store: {
      overdue: async function* (shard, before) {
        if (stage.unreadable.has(shard)) throw new Error('the table does not answer')
        const found = Object.entries(due)
          .filter(([, at]) => shard === '3' && at <= before)
          .map(([sagaId, dueAt]) => ({ sagaId, dueAt }))
        for (const page of portionsOf(found, 30)) {
          stage.pages += 1
          yield page
        }
      },
      lease: async (sagaId, at, until) => {
        if (stage.unleasable.has(sagaId)) throw new Error('the lease is not answered')
        if ((leases.get(sagaId) ?? 0) >= at) return undefined
        leases.set(sagaId, until)
        return { subject: sagaId.slice(-1), correlationId: 'c' }
      },
    },
    transport: {
      wake: async (wakes) => {
        if (stage.failing) return new Map(wakes.map((its) => [its, new Error('the queue does not answer')]))
        woken.push(...wakes)
        return new Map()
      },
    },
    congestion: async (places) => places.some((place) => behind.includes(place)),
    clock: () => stage.now,
    timing,
  })
  return { stage, sweep: () => run(observation.measure), woken, valuesOf }
}

describe('the sweeper', () => {
  test('wakes what is overdue, after its own timer has had its chance', async () => {
    const { sweep, woken } = aStage({ 'a:1': now - minutes(2), 'a:2': now - seconds(1), 'a:3': now + minutes(1) })
    expect(await sweep()).toEqual({ overdue: 1, woken: 1 })
    expect(woken.map(({ sagaId }) => sagaId)).toEqual(['a:1'])
  })

  test('does not wake again while a wake-up is under way, and does when its lease has expired', async () => {
    const { stage, sweep, woken } = aStage({ 'a:1': now - minutes(2) })
    await sweep()
    expect(await sweep()).toEqual({ overdue: 1, woken: 0 })
    stage.now += timing.wakeLease + 1
    expect(await sweep()).toEqual({ overdue: 1, woken: 1 })
    expect(woken).toHaveLength(2)
  })

  test('wakes at most fifty a shard, so that a recovering system is not met by all at once', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`a:${index}`, now - minutes(2)]))
    const { sweep, woken } = aStage(many)
    expect(await sweep()).toEqual({ overdue: 80, woken: 50 })
    expect(woken).toHaveLength(50)
  })

  test('goes past what it woke before, so that nobody waits behind what cannot move', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`a:${index}`, now - minutes(2)]))
    const { sweep, woken } = aStage(many)
    await sweep()
    expect(await sweep()).toEqual({ overdue: 80, woken: 30 })
    expect(new Set(woken.map(({ sagaId }) => sagaId)).size).toBe(80)
  })

  test('goes past sagas whose inbox has fallen behind', async () => {
    const behind = Array.from({ length: 80 }, (_, index) => [`a:${index}`, now - minutes(3)])
    const { sweep, woken } = aStage({ ...Object.fromEntries(behind), 'b:1': now - minutes(2) }, ['saga-a'])
    expect(await sweep()).toEqual({ overdue: 81, woken: 1 })
    expect(woken.map(({ sagaId }) => sagaId)).toEqual(['b:1'])
  })

  test('looks only so far, however much is asleep', async () => {
    const many = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`a:${index}`, now - minutes(2)]))
    const { sweep, stage } = aStage(many)
    expect(await sweep()).toEqual({ overdue: 600, woken: 50 })
    expect(stage.pages).toBe(20)
  })

  test('says what kept it from waking, and wakes when the lease is over', async () => {
    const { sweep, stage, woken } = aStage({ 'a:1': now - minutes(2) })
    stage.failing = true
    await expect(sweep()).rejects.toThrow('the queue does not answer')
    stage.failing = false
    stage.now += timing.wakeLease + 1
    expect(await sweep()).toEqual({ overdue: 1, woken: 1 })
    expect(woken).toHaveLength(1)
  })

  test('sweeps every other shard when one cannot be read, measures what it finds there, and then says which', async () => {
    const { sweep, stage, woken, valuesOf } = aStage({ 'a:1': now - minutes(2) })
    stage.unreadable.add('0')
    await expect(sweep()).rejects.toThrow('Shard 0 was not swept: the table does not answer')
    expect(woken.map(({ sagaId }) => sagaId)).toEqual(['a:1'])
    expect(valuesOf('SagasOverdue')).toEqual([1])
  })

  test('wakes whatever it has leased, also when another lease of the same shard fails', async () => {
    const { sweep, stage, woken } = aStage({
      'a:1': now - minutes(2),
      'a:2': now - minutes(2),
      'a:3': now - minutes(2),
    })
    stage.unleasable.add('a:2')
    await expect(sweep()).rejects.toThrow('Shard 3 was not swept: the lease is not answered')
    expect(woken.map(({ sagaId }) => sagaId)).toEqual(['a:1', 'a:3'])
  })

  test('leaves the sagas alone whose inbox has fallen behind', async () => {
    const { sweep, woken } = aStage({ 'a:1': now - minutes(2), 'b:1': now - minutes(2) }, ['saga-a'])
    expect(await sweep()).toEqual({ overdue: 2, woken: 1 })
    expect(woken.map(({ sagaId }) => sagaId)).toEqual(['b:1'])
  })
})

describe('congestion', () => {
  const queues = { 'saga-a': 'url-a', inventory: 'url-i' }
  const aQueue = (waiting: Readonly<Record<string, number | Error>>, putBack = 0) => {
    const stage = { now, looks: 0 }
    const sqs = {
      send: async ({ input }: GetQueueAttributesCommand) => {
        stage.looks += 1
        const found = waiting[input.QueueUrl!]!
        if (found instanceof Error) throw found
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(found),
            ApproximateNumberOfMessagesDelayed: String(putBack),
          },
        }
      },
    } as unknown as SQSClient
    return { stage, congested: sqsCongestion(sqs, queues, () => stage.now) }
  }

  test('is where at least a hundred messages wait, in any of the places', async () => {
    expect(await aQueue({ 'url-a': 100, 'url-i': 0 }).congested(['saga-a'])).toBe(true)
    expect(await aQueue({ 'url-a': 0, 'url-i': 4_000 }).congested(['saga-a', 'inventory'])).toBe(true)
    expect(await aQueue({ 'url-a': 99, 'url-i': 0 }).congested(['saga-a', 'inventory'])).toBe(false)
  })

  test('is where messages were put back because a partner is away, too', async () => {
    expect(await aQueue({ 'url-a': 40 }, 60).congested(['saga-a'])).toBe(true)
    expect(await aQueue({ 'url-a': 40 }, 59).congested(['saga-a'])).toBe(false)
  })

  test('is looked at once in five seconds', async () => {
    const { stage, congested } = aQueue({ 'url-a': 100 })
    await Promise.all([congested(['saga-a']), congested(['saga-a'])])
    expect(stage.looks).toBe(1)
    stage.now += seconds(5)
    await congested(['saga-a'])
    expect(stage.looks).toBe(2)
  })

  test('is not assumed of a place that cannot be looked at, or is not known', async () => {
    const { congested } = aQueue({ 'url-a': new Error('denied') })
    expect(await congested(['saga-a'])).toBe(false)
    expect(await congested(['nowhere'])).toBe(false)
  })
})
