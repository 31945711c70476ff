import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginRedrive, completeRedrive, lapse, noteHandled } from '../../../functions/recovery/acts.ts'
import { type Change, groupChanges, planChanges } from '../../../functions/recovery/groups.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { anArrival } from './arrivals.ts'

const at = (second: number) => new Date(Date.parse('2026-11-01T10:00:00.000Z') + second * 1_000).toISOString()

/** Anything that may happen to a record, by name. */
const happenings: Record<string, (record: DeskRecord, n: number) => DeskRecord> = {
  fails: (record, n) =>
    takeIn(
      record,
      anArrival({
        arrivalId: `m-${n}`,
        at: at(n),
        failure: { class: n % 3 ? 'transient' : 'permanent', code: `c-${n % 2}`, message: 'm' },
      }),
    ),
  redrives: (record, n) => {
    const plan = n % 2 ? { plan: 'p-1' } : {}
    const begun = beginRedrive(record, { actId: `a-${n}`, by: 'o', reason: 'r', at: at(n), ...plan }, at(n + 5))
    return 'refused' in begun ? record : begun
  },
  sends: (record, n) => completeRedrive(record, record.history.at(-1)?.actId ?? '', at(n), at(n + 5)),
  handles: (record, n) => noteHandled(record, record.history.at(n % 2 ? -1 : 0)?.actId ?? '', at(n)),
  lapses: (record, n) => lapse(record, at(n + 100)),
}

describe('the counts of groups and plans', () => {
  test('are those of the records, whatever happens to them', () => {
    const happening = fc.tuple(fc.nat(2), fc.constantFrom(...Object.keys(happenings)))
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (story) => {
        const records = new Map<number, DeskRecord>()
        const counted: Record<string, Record<string, number>> = {}
        const plan: Record<string, number> = {}
        story.forEach(([which, what], n) => {
          const before = records.get(which)
          const identity = { id: `id-${which}`, type: 't', subject: 's', correlationId: 'c' }
          const after = before
            ? happenings[what]!(before, n)
            : takeIn(undefined, anArrival({ arrivalId: `first-${n}`, at: at(n), identity }))
          if (after === before) return
          records.set(which, after)
          const changes: Change[] = [{ before, after }]
          for (const [fingerprint, { by }] of groupChanges(changes))
            for (const [name, amount] of Object.entries(by)) {
              counted[fingerprint] ??= {}
              counted[fingerprint][name] = (counted[fingerprint][name] ?? 0) + amount
            }
          for (const [, by] of planChanges(changes))
            for (const [name, amount] of Object.entries(by)) plan[name] = (plan[name] ?? 0) + amount
        })

        const recounted: Record<string, Record<string, number>> = {}
        for (const { fingerprint, status } of records.values()) {
          recounted[fingerprint] ??= {}
          recounted[fingerprint][status] = (recounted[fingerprint][status] ?? 0) + 1
        }
        for (const fingerprint of Object.keys({ ...counted, ...recounted })) {
          const { failures: _, ...statuses } = counted[fingerprint] ?? {}
          const held = Object.fromEntries(Object.entries(statuses).filter(([, amount]) => amount !== 0))
          expect(held).toEqual(recounted[fingerprint] ?? {})
        }
        const all = (name: string) => Object.values(counted).reduce((sum, counts) => sum + (counts[name] ?? 0), 0)
        expect(all('failures')).toBe([...records.values()].reduce((sum, { count }) => sum + count, 0))

        const acts = [...records.values()].flatMap(({ history }) => history).filter((act) => act.plan === 'p-1')
        expect(plan.sent ?? 0).toBe(acts.length)
        for (const outcome of ['handled', 'failed', 'unobserved'] as const)
          expect(plan[outcome] ?? 0).toBe(acts.filter((act) => act.outcome === outcome).length)
      }),
      { numRuns: 300 },
    )
  })

  test('of several records in one commit are one change of their group', () => {
    const [one, two] = ['x', 'y'].map((id) =>
      takeIn(undefined, anArrival({ identity: { id, type: 't', subject: 's', correlationId: 'c' } })),
    )
    const changes = groupChanges([
      { before: undefined, after: one! },
      { before: undefined, after: two! },
    ])
    expect([...changes.values()]).toMatchObject([{ by: { open: 2, failures: 2 } }])
  })

  test('do not change when a record is only looked at or written to', () => {
    const record = takeIn(undefined, anArrival())
    expect(groupChanges([{ before: record, after: { ...record, version: 2 } }]).size).toBe(0)
  })
})
