import { describe, expect, test } from 'vitest'
import type { Watched } from '../../../../functions/recovery/ledger/report.ts'
import { type LedgerOptions, type LedgerPorts, runLedger } from '../../../../functions/recovery/ledger/run.ts'
import type { LedgerStore } from '../../../../functions/recovery/ledger/store.ts'
import type { Finding, SentMessage } from '../../../../reactive/evidence.ts'
import { fromIso, iso, minutes } from '../../../../reactive/time.ts'
import { grace, message, now, platform } from './flows.ts'

/** A ledger's memory in memory, which counts what is written. */
const memory = (cursor?: number) => {
  const kept = { cursor, flows: new Map<string, Watched>(), writes: 0 }
  const store: LedgerStore = {
    cursor: async () => kept.cursor,
    advance: async (to) => {
      kept.cursor = Math.max(kept.cursor ?? 0, to)
    },
    watched: async () => [...kept.flows.values()],
    keep: async (flows, known, all) => {
      const before = new Map(known.map(({ message, drift }) => [message.id, JSON.stringify(drift)]))
      for (const flow of flows)
        if (all || before.get(flow.message.id) !== JSON.stringify(flow.drift)) {
          kept.writes += 1
          kept.flows.set(flow.message.id, flow)
        }
    },
    note: async () => {},
    forget: async (ids) => {
      for (const id of ids) {
        kept.writes += 1
        kept.flows.delete(id)
      }
    },
  }
  return { kept, store }
}

const keeping: LedgerOptions = { grace, mode: 'keep' }

/** A ledger over orders that were placed, and what the saga's records say of them. */
const ledger = (
  orders: readonly SentMessage[],
  records: Record<string, Omit<Finding, 'id'>> = {},
  { store, kept } = memory(now - minutes(5)),
) => {
  const clock = { now }
  const { ports } = platform(records)
  const all: LedgerPorts = {
    ...ports,
    store,
    senders: ['ordering'],
    sent: async (_, from, to) => orders.filter(({ at }) => at >= fromIso(from) && at < fromIso(to)),
    clock: () => clock.now,
    share: 1,
  }
  return { ports: all, kept, clock, run: (options = keeping) => runLedger(all, options) }
}
const order = (number: number, at = now - 120_000) => message(`ord_${number}/1`, 'placed', { at })

describe('a run of the ledger', () => {
  test('writes nothing down about flows that are settled', async () => {
    const { run, kept } = ledger([order(1), order(2)], {
      'saga ord_1/1': { as: 'handled' },
      'saga ord_2/1': { as: 'expired' },
    })
    expect(await run()).toMatchObject({ flows: { begun: 2, settled: 2, watched: 0 }, drift: [], behindMs: 0 })
    expect(kept.writes).toBe(0)
    expect(kept.cursor).toBe(now - grace)
  })

  test('names what is missing: the message, where, by whom, since when, what to do', async () => {
    const { run } = ledger([order(1)])
    const { drift } = await run()
    expect(drift).toEqual([
      {
        id: 'ord_1/1',
        type: 'placed',
        subscriber: 'saga-inbox',
        sender: 'ordering',
        subject: 'ord_1',
        since: iso(now - 120_000),
        root: 'ord_1/1',
        remedy: expect.stringContaining('./neverstop ledger resend ord_1/1 saga-inbox'),
      },
    ])
  })

  test('looks at a flow again until it is settled, and then forgets it', async () => {
    const records: Record<string, Omit<Finding, 'id'>> = {}
    const { run, kept, clock } = ledger([order(1)], records)
    expect((await run()).drift).toHaveLength(1)
    clock.now += minutes(1)
    expect((await run()).drift).toHaveLength(1)
    expect(kept.writes).toBe(1)

    records['saga ord_1/1'] = { as: 'handled' }
    clock.now += minutes(1)
    expect(await run()).toMatchObject({ drift: [], flows: { begun: 0, settled: 1, watched: 0 } })
    expect(kept.flows.size).toBe(0)
  })

  test('watches what is under way without calling it missing', async () => {
    const { run, kept } = ledger([order(1)], { 'saga ord_1/1': { as: 'under-way' } })
    expect(await run()).toMatchObject({ drift: [], flows: { watched: 1 }, pairs: { 'under-way': 1 } })
    expect(kept.flows.size).toBe(1)
  })

  test('leaves alone what is younger than the grace period, and comes back for it', async () => {
    const { run, clock } = ledger([order(1, now - 10_000)])
    expect(await run()).toMatchObject({ flows: { begun: 0 }, drift: [] })
    clock.now += minutes(2)
    expect(await run()).toMatchObject({ flows: { begun: 1 }, drift: [{ id: 'ord_1/1' }] })
  })

  test('misses nothing between two runs, and sees nothing twice', async () => {
    const orders = Array.from({ length: 50 }, (_, index) => order(index, now + index * 7_000))
    const settled = Object.fromEntries(orders.map(({ id }) => [`saga ${id}`, { as: 'handled' as const }]))
    const { run, clock } = ledger(orders, settled)
    let begun = 0
    for (let round = 0; round < 12; round++) {
      clock.now += minutes(1)
      begun += (await run()).flows.begun
    }
    expect(begun).toBe(50)
  })

  test('catches up by and by when it was away', async () => {
    const { run, kept } = ledger([], {}, memory(now - minutes(100)))
    expect(await run()).toMatchObject({ behindMs: minutes(100) - grace - minutes(30) })
    await run()
    await run()
    expect((await run()).behindMs).toBe(0)
    expect(kept.cursor).toBe(now - grace)
  })

  test('catches up when its senders cannot say at once what they sent meanwhile', async () => {
    const start = now - grace - minutes(30)
    const orders = Array.from({ length: 180 }, (_, index) => order(index, start + index * 10_000))
    const settled = Object.fromEntries(orders.map(({ id }) => [`saga ${id}`, { as: 'handled' as const }]))
    const { ports, kept } = ledger(orders, settled, memory(start))
    const short: LedgerPorts = {
      ...ports,
      sent: async (...span) => {
        const said = await ports.sent(...span)
        if (said.length > 100) throw new Error('the answer is larger than 6 MB')
        return said
      },
    }
    expect(await runLedger(short, keeping)).toMatchObject({ flows: { settled: 180 }, unanswered: [], behindMs: 0 })
    expect(kept.cursor).toBe(now - grace)
  })

  test('leaves the rest of a long backlog to its next runs', async () => {
    const start = now - grace - minutes(30)
    const orders = Array.from({ length: 9_000 }, (_, index) => order(index, start + index * 200))
    const settled = Object.fromEntries(orders.map(({ id }) => [`saga ${id}`, { as: 'handled' as const }]))
    const { run } = ledger(orders, settled, memory(start))
    const first = await run()
    expect(first).toMatchObject({ flows: { begun: 3_000, settled: 3_000 }, behindMs: minutes(20) })
    expect(first.to).toBe(iso(start + minutes(10)))
    expect((await run()).flows.begun + (await run()).flows.begun).toBe(6_000)
  })

  test('begins ten minutes ago when it has never run', async () => {
    const { run } = ledger([order(1, now - grace - minutes(11)), order(2, now - grace - minutes(9))], {}, memory())
    expect((await run()).flows.begun).toBe(1)
  })

  test('keeps its beginning when its first runs die, however long that goes on', async () => {
    const store = memory()
    const old = order(1, now - grace - minutes(9))
    const { ports, clock, run } = ledger([old], {}, store)
    const dies = { ...ports, store: { ...ports.store, keep: () => Promise.reject(new Error('out of time')) } }
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(runLedger(dies, keeping)).rejects.toThrow('out of time')
      clock.now += minutes(1)
    }
    expect((await run()).drift.map(({ id }) => id)).toContain(old.id)
  })

  test('asks a sender that did not answer for the same span again', async () => {
    const { ports, kept } = ledger([order(1)])
    const deaf: LedgerPorts = {
      ...ports,
      senders: ['inventory', 'ordering'],
      sent: async (sender, from, to) => {
        if (sender === 'inventory') throw new Error('it failed: throttled')
        return ports.sent(sender, from, to)
      },
    }
    const report = await runLedger(deaf, keeping)
    expect(report).toMatchObject({ unanswered: ['inventory: it failed: throttled'], drift: [{ id: 'ord_1/1' }] })
    expect(kept.cursor).toBe(now - minutes(5))
    // The span is looked at again, and the flow that was seen before is the same one.
    expect((await runLedger(ports, keeping)).flows).toMatchObject({ begun: 1, watched: 1 })
  })

  test('keeps what it knew of flows for which there was no time', async () => {
    const { run, kept, clock } = ledger(Array.from({ length: 2_100 }, (_, index) => order(index)))
    expect((await run()).drift).toHaveLength(2_100)
    clock.now += minutes(1)
    const second = await run()
    expect(second.flows.postponed).toBe(100)
    expect(second.drift).toHaveLength(2_100)
    const firstOnes = new Set(
      [...kept.flows.values()].filter(({ lookedAt }) => lookedAt < clock.now).map((it) => it.message.id),
    )
    clock.now += minutes(1)
    await run()
    // Who had to wait is first the next time.
    for (const id of firstOnes) expect(kept.flows.get(id)!.lookedAt).toBe(clock.now)
  })

  test('that only looks says the same and keeps nothing', async () => {
    const { run, kept } = ledger([order(1)])
    expect((await run({ grace, mode: 'look' })).drift).toHaveLength(1)
    expect(kept).toMatchObject({ cursor: now - minutes(5), writes: 0 })
  })

  test('that looks with less patience sees what the ledger would see later', async () => {
    const { run } = ledger([order(1, now - 10_000)])
    expect((await run({ grace: 1_000, mode: 'look' })).drift).toHaveLength(1)
  })

  test('counts what it costs in questions', async () => {
    const { run } = ledger([order(1), order(2)], {
      'saga ord_1/1': { as: 'handled' },
      'saga ord_2/1': { as: 'handled' },
    })
    // One to the sender, one to the saga, however many orders.
    expect((await run()).questions).toBe(2)
  })
})
