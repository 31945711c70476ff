import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { beginRedrive, completeRedrive, noteHandled } from '../../functions/recovery/acts.ts'
import { type Plan, startOf } from '../../functions/recovery/plan.ts'
import type { PlanStore } from '../../functions/recovery/plan-store.ts'
import { type DeskRecord, takeIn } from '../../functions/recovery/record.ts'
import type { Becoming, DeskStore } from '../../functions/recovery/store.ts'
import { iso } from '../../reactive/time.ts'

const start = Date.parse('2026-11-01T12:00:00.000Z')
const at = (second: number) => iso(start + second * 1_000)

/** Records of one cause that no other test has. */
const aGroup = () => {
  const code = randomBytes(6).toString('hex')
  return (n: number): DeskRecord =>
    takeIn(undefined, {
      arrivalId: `${code}-${n}`,
      at: at(n),
      deadLetterQueue: 'q-dead',
      origin: 'q',
      consumer: '/c',
      build: null,
      receives: 1,
      sent: null,
      firstReceived: null,
      failure: { class: 'permanent', code, message: 'It is damaged.' },
      payload: { kind: 'bytes', base64: Buffer.from(`${code}-${n}`).toString('base64') },
      identity: null,
    })
}

const created = (...records: DeskRecord[]): ReadonlyMap<string, Becoming> =>
  new Map(records.map((record) => [record.recordId, (before) => before ?? record]))

const redriving = (record: DeskRecord | undefined, plan?: string): DeskRecord => {
  const begun = beginRedrive(
    record!,
    { actId: plan ?? 'a', by: 'o', reason: 'r', at: at(100), ...(plan ? { plan } : {}) },
    at(160),
  )
  if ('refused' in begun) throw new Error(begun.detail)
  return begun
}

/** What the desk promises of its tables, whoever keeps them. */
export const deskStoreSuite = (name: string, stores: () => { desk: DeskStore; plans: PlanStore }) => {
  describe(name, () => {
    const { desk, plans } = stores()

    test('keeps what was committed, several records and the counts of their group at once', async () => {
      const record = aGroup()
      await desk.updateAll(created(record(1), record(2), record(3)))
      expect(await desk.load(record(1).recordId)).toEqual(record(1))
      expect(await desk.group(record(1).fingerprint)).toMatchObject({ open: 3, failures: 3, redriven: 0, handled: 0 })
    })

    test('of many who count in one group at once loses none', async () => {
      const record = aGroup()
      await Promise.all(Array.from({ length: 8 }, (_, n) => desk.updateAll(created(record(n)))))
      expect(await desk.group(record(0).fingerprint)).toMatchObject({ open: 8, failures: 8 })
    })

    test('of two who change a record at once gives the second what the first has made of it', async () => {
      const record = aGroup()(1)
      await desk.updateAll(created(record))
      const seen: number[] = []
      const change: Becoming = (before) => {
        seen.push(before!.version)
        return { ...before!, version: before!.version + 1, count: before!.count + 1 }
      }
      await Promise.all([desk.update(record.recordId, change), desk.update(record.recordId, change)])
      expect(await desk.load(record.recordId)).toMatchObject({ version: 3, count: 3 })
      expect(Math.max(...seen)).toBe(2)
    })

    test('writes nothing when nothing changes', async () => {
      const record = aGroup()(1)
      await desk.updateAll(created(record))
      await desk.update(record.recordId, (before) => before)
      expect(await desk.update(`f_${'z'.repeat(26)}`, (before) => before)).toBeUndefined()
      expect((await desk.load(record.recordId))?.version).toBe(1)
    })

    test('lists a group by status, the newest first, page by page', async () => {
      const record = aGroup()
      await desk.updateAll(created(...[1, 2, 3, 4, 5].map(record)))
      await desk.update(record(3).recordId, (before) => redriving(before))
      const group = record(1).fingerprint
      const first = await desk.page({ group, status: 'open', limit: 3 })
      expect(first.items.map(({ id }) => id)).toEqual([5, 4, 2].map((n) => record(n).recordId))
      const second = await desk.page({ group, status: 'open', limit: 3, before: first.next })
      expect(second.items.map(({ id }) => id)).toEqual([record(1).recordId])
      expect(second.next).toBeUndefined()
      expect((await desk.page({ group, limit: 10 })).items).toHaveLength(5)
    })

    test('gives the open members of a group in the order of their failures, from a position and up to a time', async () => {
      const record = aGroup()
      await desk.updateAll(created(...[1, 2, 3, 4].map(record)))
      await desk.update(record(2).recordId, (before) => redriving(before))
      const members = (after: string, limit: number) =>
        desk.members(record(1).fingerprint, { after, before: at(4), limit })
      const [one, ...others] = await members('', 10)
      expect([one, ...others].map((member) => member?.recordId)).toEqual([1, 3].map((n) => record(n).recordId))
      expect((await members(one!.position, 10)).map(({ recordId }) => recordId)).toEqual([record(3).recordId])
      expect(await members('', 1)).toHaveLength(1)
    })

    test('finds leases that are over, and no others', async () => {
      const record = aGroup()
      await desk.updateAll(created(record(1), record(2)))
      await desk.update(record(1).recordId, (before) => completeRedrive(redriving(before), 'a', at(101), at(200)))
      await desk.update(record(2).recordId, (before) => completeRedrive(redriving(before), 'a', at(101), at(300)))
      const found = await desk.lapsed('redriven', at(250), 10_000)
      expect(found).toContain(record(1).recordId)
      expect(found).not.toContain(record(2).recordId)
    })

    test('lists groups that have something open, and all when asked for', async () => {
      const record = aGroup()(1)
      await desk.updateAll(created(record))
      const listed = async (all: boolean) =>
        (await desk.groups({ all })).some(({ fingerprint }) => fingerprint === record.fingerprint)
      expect(await listed(false)).toBe(true)
      await desk.update(record.recordId, (before) => ({ ...before!, version: 2, status: 'discarded' }))
      expect([await listed(false), await listed(true)]).toEqual([false, true])
    })

    test('says when a group has failed last, whatever is done about its older records since', async () => {
      const record = aGroup()
      await desk.updateAll(created(record(1), record(2)))
      await desk.update(record(1).recordId, (before) => redriving(before))
      expect(await desk.group(record(1).fingerprint)).toMatchObject({ open: 1, redriving: 1, lastSeen: at(2) })
    })

    test('lets one of two try a group by itself', async () => {
      const record = aGroup()(1)
      await desk.updateAll(created(record))
      const state = (second: number) => ({ tries: 1, since: at(0), lastAt: at(second) })
      const both = await Promise.all([
        desk.tryGroup(record.fingerprint, undefined, state(1)),
        desk.tryGroup(record.fingerprint, undefined, state(2)),
      ])
      expect(both.filter(Boolean)).toHaveLength(1)
      const { auto } = (await desk.group(record.fingerprint))!
      expect(await desk.tryGroup(record.fingerprint, state(99), state(3))).toBe(false)
      expect(await desk.tryGroup(record.fingerprint, auto, state(3))).toBe(true)
    })

    describe('a staged redrive', () => {
      const begun = async (): Promise<{ plan: Plan; record: DeskRecord }> => {
        const record = aGroup()(1)
        await desk.updateAll(created(record))
        const { fingerprint } = record
        const terms = { fingerprint, by: 'o', reason: 'r', rate: 5, stopAt: 0.2 }
        const plan = startOf({ ...terms, planId: `${fingerprint}-1` }, start)
        expect(await plans.start(plan, undefined)).toBe(true)
        return { plan, record }
      }

      test('is begun once after each other, whoever tries', async () => {
        const { plan } = await begun()
        expect(await plans.newest(plan.fingerprint)).toEqual(plan)
        expect(await plans.start(plan, undefined)).toBe(false)
        const next = { ...plan, planId: `${plan.fingerprint}-2` }
        const both = await Promise.all([plans.start(next, plan), plans.start({ ...next, by: 'p' }, plan)])
        expect(both.filter(Boolean)).toHaveLength(1)
        expect((await plans.newest(plan.fingerprint))?.planId).toBe(next.planId)
      })

      test('is claimed by one, until it is saved or the claim is over', async () => {
        const { plan } = await begun()
        const [one, other] = await Promise.all([plans.claim(plan.planId, start), plans.claim(plan.planId, start)])
        const claimed = (one ?? other)!
        expect([one, other].filter(Boolean)).toHaveLength(1)
        expect(await plans.claim(plan.planId, start + 5_000)).toBeUndefined()
        expect(await plans.claim(plan.planId, start + 20_000)).toBeDefined()
        expect(await plans.save(claimed)).toBe(false)
      })

      test('is counted with its records, and saving it does not touch the counts', async () => {
        const { plan, record } = await begun()
        const claimed = (await plans.claim(plan.planId, start))!
        await desk.update(record.recordId, (before) => redriving(before, plan.planId))
        await desk.update(record.recordId, (before) => noteHandled(before!, plan.planId, at(120)))
        expect(await plans.save({ ...claimed, stage: 'ten', cursor: 'c' })).toBe(true)
        expect(await plans.load(plan.planId)).toMatchObject({
          sent: 1,
          handled: 1,
          failed: 0,
          stage: 'ten',
          cursor: 'c',
        })
        expect(await desk.group(record.fingerprint)).toMatchObject({ open: 0, redriving: 0, handled: 1 })
      })

      test('is due until it has ended', async () => {
        const { plan } = await begun()
        const isDue = async (before: number) => (await plans.due(before)).some(({ planId }) => planId === plan.planId)
        expect([await isDue(start), await isDue(start + 1)]).toEqual([false, true])
        const { dueAt: _, ...rest } = plan
        expect(await plans.save({ ...rest, status: 'done' })).toBe(true)
        expect(await isDue(start + 1)).toBe(false)
        expect(await plans.claim(plan.planId, start + 60_000)).toBeUndefined()
      })
    })
  })
}
