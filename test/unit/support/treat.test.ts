import { describe, expect, test } from 'vitest'
import { contextOf } from '../../../functions/support/context.ts'
import { type Memory, nothingYet } from '../../../functions/support/decide.ts'
import type { Consumption, Lease } from '../../../functions/support/lease.ts'
import { newsOf } from '../../../functions/support/news.ts'
import { operatorVerbs } from '../../../functions/support/operators.ts'
import type { Entry } from '../../../functions/support/ports.ts'
import { reconcile } from '../../../functions/support/reconcile.ts'
import { type SupportTools, treat } from '../../../functions/support/treat.ts'

const minutes = (n: number): number => n * 60_000

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const queue = 'payments-commands'
const alarm = 'neverstop-dev-acquirer-partner-unanswered'
const news = (state: 'ALARM' | 'OK', remedy = `close-valve:${queue}`, name = alarm) => ({
  alarm: name,
  state,
  previous: state === 'OK' ? ('ALARM' as const) : ('OK' as const),
  reason: 'because',
  description: `it is down | severity: critical | owner: payments${remedy ? ` | remedy: ${remedy}` : ''} | runbook: docs/runbooks/partner-unanswered.md`,
})

/** Support over memory, with a clock in the hand and everything that it did in plain sight. */
const support = () => {
  const memories = new Map<string, { memory: Memory; version: number }>()
  const leases = new Map<string, Lease>()
  const consumers = new Map<string, Consumption>([[queue, { enabled: true, concurrency: 20 }]])
  const notes: Entry[] = []
  const told: string[] = []
  const redrives: string[] = []
  const world = { now: 0, raced: false, broken: false, back: false }
  const tools: SupportTools = {
    stage: 'dev',
    store: {
      memory: async (name) => memories.get(name) ?? { memory: nothingYet, version: 0 },
      remember: async (name, memory, version) => {
        if (world.raced) return false
        memories.set(name, { memory, version: version + 1 })
        return true
      },
      lease: async (name) => leases.get(name),
      leases: async () => [...leases.values()],
      putLease: async (lease) => void leases.set(lease.queue, lease),
      dropLease: async ({ queue: name, kind, until }) => {
        const found = leases.get(name)
        return found?.kind === kind && found.until === until && leases.delete(name)
      },
      note: async (entry) => void notes.push(entry),
      notes: async (name, since) => notes.filter((entry) => entry.alarm === name && entry.at >= since),
    },
    consumers: {
      read: async (name) => consumers.get(name)!,
      set: async (name, wanted) => {
        if (world.broken) throw new Error('AccessDenied')
        consumers.set(name, wanted)
      },
    },
    operators: {
      redriveTransient: async (reason) => redrives.push(reason),
      retryStuck: async () => 3,
      impact: async () => ({ orders: 2, more: false, money: { EUR: 4_650 } }),
    },
    tell: async (kind, subject, text) => void told.push(`${kind}: ${subject}\n${text}`),
    deployed: () => ({ concurrency: 20 }),
    isBack: async () => world.back,
    sagaPatience: minutes(60),
    clock: () => world.now,
    log: quiet,
  }
  return { tools, treats: treat(tools), world, memories, leases, consumers, notes, told, redrives }
}

describe('an alarm with a remedy', () => {
  test('closes the valve, and writes down that it did', async () => {
    const { treats, consumers, notes, told } = support()
    await treats(news('ALARM'))
    expect(consumers.get(queue)).toEqual({ enabled: false, concurrency: 2 })
    expect(notes).toMatchObject([
      { outcome: 'done', what: 'payments-commands takes nothing until 1970-01-01T00:01:00.000Z' },
    ])
    expect(told).toEqual([])
  })
  test('is carried out by the next attempt when the first one died after its decision', async () => {
    const { treats, tools, consumers, memories } = support()
    const die = treat({
      ...tools,
      store: {
        ...tools.store,
        putLease: () => Promise.reject(new Error('x')),
        note: () => Promise.reject(new Error('died')),
      },
    })
    await expect(die(news('ALARM'))).rejects.toThrow('died')
    expect(consumers.get(queue)!.enabled).toBe(true)
    await treats(news('ALARM'))
    expect(consumers.get(queue)!.enabled).toBe(false)
    expect(memories.get(alarm)!.memory).toEqual({ applied: [0], onSince: 0 })
  })
  test('asks stuck sagas again', async () => {
    const { treats, notes } = support()
    await treats(news('ALARM', 'retry-sagas'))
    expect(notes[0]!.what).toBe('3 sagas ask again')
  })
  test('gives a saturated consumer more', async () => {
    const { treats, consumers } = support()
    await treats(news('ALARM', `more-concurrency:${queue}`))
    expect(consumers.get(queue)).toEqual({ enabled: true, concurrency: 40 })
  })
  test('whose remedy fails pages, with what, since when, impact, what was tried and the runbook', async () => {
    const { treats, world, told, notes } = support()
    world.broken = true
    await treats(news('ALARM'))
    expect(notes).toMatchObject([{ outcome: 'failed', what: 'close-valve failed: AccessDenied' }])
    expect(told).toHaveLength(1)
    for (const part of [
      'page: Remedy of neverstop-dev-acquirer-partner-unanswered',
      'needs a person: close-valve failed: AccessDenied',
      'What: neverstop-dev-acquirer-partner-unanswered: it is down.',
      'Since: 1970-01-01T00:00:00.000Z. because',
      'Impact: 2 orders are under way, 46.50 EUR',
      'Tried: 1970-01-01T00:00:00.000Z close-valve failed: AccessDenied (failed)',
      'Runbook: docs/runbooks/partner-unanswered.md',
    ])
      expect(told[0]).toContain(part)
  })
  test('that is given up pages until a person is known to be told', async () => {
    const { treats, tools, world, told, memories } = support()
    memories.set(alarm, { memory: { applied: [0, 10, 20, 30, 40].map((minute) => minutes(minute)) }, version: 1 })
    world.now = minutes(50)
    const mute = treat({ ...tools, tell: () => Promise.reject(new Error('the topic is throttled')) })
    await expect(mute(news('ALARM'))).rejects.toThrow('throttled')

    await treats(news('ALARM'))
    expect(told.map((text) => text.split('\n')[1])).toEqual([
      `The remedy of ${alarm} needs a person: close-valve was applied 5 times within an hour and does not help; it is given up for an hour.`,
    ])
    await treats(news('ALARM'))
    expect(told).toHaveLength(1)
  })
  test('that comes at the same time as another of its kind is treated once', async () => {
    const { treats, world, consumers } = support()
    world.raced = true
    await expect(treats(news('ALARM'))).rejects.toThrow('is being treated by somebody else')
    expect(consumers.get(queue)!.enabled).toBe(true)
  })
})

test('an alarm of another stage, whose name may begin like ours, is none of ours', async () => {
  const { treats, consumers, memories, told } = support()
  const theirs = news('ALARM', `close-valve:${queue}`, 'neverstop-dev-anna-acquirer-partner-unanswered')
  const { description } = theirs
  await treats({ ...theirs, description: description.replace(' | ', ' | stage: dev-anna | ') })
  expect(consumers.get(queue)!.enabled).toBe(true)
  expect([...memories.keys(), ...told]).toEqual([])
  await treats({ ...news('ALARM'), description: description.replace(' | ', ' | stage: dev | ') })
  expect(consumers.get(queue)!.enabled).toBe(false)
})

describe('the context of a page', () => {
  test('follows the page of an owner, once', async () => {
    const { treats, told } = support()
    await treats(news('ALARM', '', 'neverstop-dev-payments-service-unhealthy'))
    expect(told.map((text) => text.split('\n')[0])).toEqual([
      'context: Context of neverstop-dev-payments-service-unhealthy',
    ])
  })
  test('says so when nobody can tell the impact, and when nothing was tried', () => {
    const text = contextOf(newsOf(news('ALARM'), 0), { since: 0, impact: undefined, tried: [] })
    expect(text).toContain('Impact: unknown; the order API does not tell')
    expect(text).toContain('Tried: nothing')
  })
  test('counts at least what one page shows', () => {
    const impact = { orders: 100, more: true, money: { EUR: 100, GBP: 250 } }
    expect(contextOf(newsOf(news('ALARM'), 0), { since: 0, impact, tried: [] })).toContain(
      'at least 100 orders are under way, at least 1.00 EUR and 2.50 GBP',
    )
  })
})

describe('the life of a closed valve', () => {
  test('its own silence is no recovery; a probe that went well is', async () => {
    const { treats, tools, world, consumers, leases, redrives } = support()
    await treats(news('ALARM'))
    await treats(news('OK'))
    expect(redrives).toEqual([])

    world.now = minutes(1)
    expect(await reconcile(tools)).toMatchObject({ probed: [queue], set: [queue] })
    expect(consumers.get(queue)).toEqual({ enabled: true, concurrency: 2 })

    world.now = minutes(4)
    expect(await reconcile(tools)).toMatchObject({ ended: [queue] })
    expect(consumers.get(queue)).toEqual({ enabled: true, concurrency: 20 })
    expect(leases.size).toBe(0)
    expect(redrives).toEqual(['payments-commands works again'])
  })
  test('a valve is opened to probe as soon as its partner answers again, without waiting for its time', async () => {
    const { treats, tools, world, consumers, leases } = support()
    await treats(news('ALARM'))
    world.now = 10_000
    expect((await reconcile(tools)).probed).toEqual([])
    world.back = true
    expect(await reconcile(tools)).toMatchObject({ probed: [queue], set: [queue] })
    expect(consumers.get(queue)).toEqual({ enabled: true, concurrency: 2 })
    expect(leases.get(queue)).toMatchObject({ kind: 'probing', until: 10_000 + minutes(3) })
    expect((await reconcile(tools)).probed).toEqual([])
  })
  test('a probe that fails closes it for longer', async () => {
    const { treats, tools, world, leases } = support()
    await treats(news('ALARM'))
    world.now = minutes(1)
    await reconcile(tools)
    world.now = minutes(2)
    await treats(news('ALARM'))
    expect(leases.get(queue)).toMatchObject({ kind: 'closed', until: minutes(4), times: 2 })
  })
  test('a deployment that opens it is put right, and repeating that changes nothing', async () => {
    const { treats, tools, world, consumers } = support()
    await treats(news('ALARM'))
    consumers.set(queue, { enabled: true, concurrency: 20 })
    world.now = 30_000
    expect((await reconcile(tools)).set).toEqual([queue])
    expect(consumers.get(queue)!.enabled).toBe(false)
    expect((await reconcile(tools)).set).toEqual([])
  })
  test('one that cannot be reconciled keeps no other in force', async () => {
    const { tools, world, consumers, leases } = support()
    const gone = { queue: 'gone', kind: 'lowered', concurrency: 2, until: 0, times: 1, alarm } as const
    leases.set('gone', gone)
    leases.set(queue, { ...gone, queue, kind: 'closed' })
    consumers.set(queue, { enabled: false, concurrency: 2 })
    world.now = minutes(1)
    const deployed = (name: string) => {
      if (name === 'gone') throw new Error('No consumer of gone is known')
      return { concurrency: 20 }
    }
    await expect(reconcile({ ...tools, deployed })).rejects.toThrow('gone: No consumer of gone is known')
    expect(consumers.get(queue)).toEqual({ enabled: true, concurrency: 2 })
  })
  test('one that is closed while the one before it ends stays on record, so that it opens again', async () => {
    const { treats, tools, world, consumers, leases } = support()
    leases.set(queue, { queue, kind: 'lowered', concurrency: 2, until: 0, times: 1, alarm })
    consumers.set(queue, { enabled: true, concurrency: 2 })
    world.now = minutes(1)
    const { set } = tools.consumers
    let raced = false
    await reconcile({
      ...tools,
      consumers: {
        ...tools.consumers,
        set: async (name, wanted) => {
          await set(name, wanted)
          if (!raced) await treats(news('ALARM'))
          raced = true
        },
      },
    })
    expect(consumers.get(queue)!.enabled).toBe(false)
    expect(leases.get(queue)).toMatchObject({ kind: 'closed' })
    world.now = minutes(2)
    await reconcile(tools)
    expect(consumers.get(queue)!.enabled).toBe(true)
  })
  test('what was parked goes back although the desk could not be asked when the probe ended', async () => {
    const { tools, world, leases, redrives } = support()
    leases.set(queue, { queue, kind: 'probing', concurrency: 2, until: 0, times: 1, alarm })
    world.now = minutes(1)
    const busy = { ...tools.operators, redriveTransient: () => Promise.reject(new Error('the desk is busy')) }
    await expect(reconcile({ ...tools, operators: busy })).rejects.toThrow('busy')
    await reconcile(tools)
    expect(redrives).toEqual(['payments-commands works again'])
    expect(leases.size).toBe(0)
  })
  test('the end of a cause puts back what it had parked', async () => {
    const { treats, redrives } = support()
    await treats(news('OK', `less-concurrency:${queue}`))
    expect(redrives).toHaveLength(1)
  })
})

describe("operators' verbs", () => {
  const asked: object[] = []
  const verbs = (answer: (path: string) => unknown) =>
    operatorVerbs(
      async (call) => {
        asked.push(call)
        return answer(call.path)
      },
      { desk: 'desk', sagas: 'sagas', orders: 'orders' },
    )
  test('tell the desk that a cause has cleared, and leave the choice and the budget to its policy', async () => {
    asked.length = 0
    const tried = [{ fingerprint: 'a', plan: 'a-1' }]
    const left = [{ fingerprint: 'b', because: 'poison failures are for people' }]
    expect(await verbs(() => ({ tried, left })).redriveTransient('why')).toBe(1)
    expect(asked).toEqual([{ function: 'desk', method: 'POST', path: '/failed/cleared', body: { reason: 'why' } }])
  })
  test('ask sagas again that should have ended, a few at a time', async () => {
    asked.length = 0
    expect(await verbs(() => ({ taken: [{}, {}] })).retryStuck('why', 0)).toBe(2)
    expect(asked).toMatchObject([
      {
        path: '/sagas/acts',
        body: { verb: 'retry', limit: 25, where: { state: 'unfinished', startedBefore: '1970-01-01T00:00:00.000Z' } },
      },
    ])
  })
  test('count orders under way and what they come to, by currency', async () => {
    const order = (status: string, amount: number, currency = 'EUR') => ({ status, total: { amount, currency } })
    const items = [order('placed', 100), order('placed', 50, 'GBP'), order('placed', 1), order('confirmed', 7)]
    expect(await verbs(() => ({ items, next: 'more' })).impact()).toEqual({
      orders: 3,
      more: true,
      money: { EUR: 101, GBP: 50 },
    })
  })
  test('say what was answered instead of an answer', async () => {
    await expect(verbs(() => ({ error: 'no' })).redriveTransient('why')).rejects.toThrow()
  })
})
