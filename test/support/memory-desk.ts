import { summaryOf } from '../../functions/recovery/documents.ts'
import {
  type Change,
  type Group,
  type GroupChange,
  groupChanges,
  noCounts,
  planChanges,
} from '../../functions/recovery/groups.ts'
import type { Payloads } from '../../functions/recovery/payloads.ts'
import type { Plan } from '../../functions/recovery/plan.ts'
import type { PlanStore } from '../../functions/recovery/plan-store.ts'
import type { DeskRecord } from '../../functions/recovery/record.ts'
import { type DeskStore, positionOf } from '../../functions/recovery/store.ts'

/** What stands between a caller and the tables: nothing, or a simulated network. `effect` happens in one go. */
export type Reach = <T>(what: string, effect: () => T, kind?: 'read' | 'write') => Promise<T>

const near: Reach = async (_what, effect) => effect()

/** The desk's tables in memory. What is in them is shared by whoever reaches them. */
export const deskTables = (...records: DeskRecord[]) => {
  const tables = {
    records: new Map<string, DeskRecord>(),
    groups: new Map<string, Group>(),
    plans: new Map<string, Plan>(),
    newestPlans: new Map<string, string>(),
  }
  apply(
    tables,
    records.map((after) => ({ before: undefined, after })),
  )
  return tables
}

export type DeskTables = ReturnType<typeof deskTables>

/** One transaction: records, the counts of their groups, the counts of their plans. */
const apply = (tables: DeskTables, changes: readonly Change[]) => {
  for (const { after } of changes) tables.records.set(after.recordId, after)
  for (const [fingerprint, change] of groupChanges(changes))
    tables.groups.set(fingerprint, grown(tables.groups.get(fingerprint), fingerprint, change))
  for (const [planId, by] of planChanges(changes)) {
    const plan = { ...tables.plans.get(planId)! } as Record<string, unknown>
    for (const [name, amount] of Object.entries(by)) plan[name] = Number(plan[name] ?? 0) + amount
    tables.plans.set(planId, plan as unknown as Plan)
  }
}

const grown = (group: Group | undefined, fingerprint: string, { by, described }: GroupChange): Group => {
  const counts = Object.fromEntries(
    Object.keys(noCounts).map((name) => [
      name,
      (group?.[name as keyof typeof noCounts] ?? 0) + (by[name as keyof typeof by] ?? 0),
    ]),
  ) as typeof noCounts
  if (!described) return { ...group!, ...counts }
  return {
    ...group,
    ...counts,
    fingerprint,
    class: described.failure.class,
    code: described.failure.code,
    reason: summaryOf(described).reason.slice(0, 500),
    ...(described.identity ? { messageType: described.identity.type } : {}),
    ...(described.consumer ? { consumer: described.consumer } : {}),
    ...(described.origin ? { queue: described.origin } : {}),
    firstSeen: group?.firstSeen ?? described.firstSeen,
    lastSeen: described.lastSeen,
  }
}

/**
 * The desk's store over tables in memory, with the tables' promise: a commit counts only when nobody committed in
 * between. `interfereOnce` runs between the read and the commit of one update.
 */
export const memoryStore = (tables: DeskTables, reach: Reach = near) => {
  let between: (() => Promise<unknown>) | undefined
  const updateAll: DeskStore['updateAll'] = async (wanted) => {
    for (;;) {
      const ids = [...wanted.keys()]
      const before = await reach(
        `read ${ids.join(' ')}`,
        () => new Map(ids.map((id) => [id, tables.records.get(id)])),
        'read',
      )
      const results: DeskRecord[] = []
      const changes: Change[] = []
      for (const [id, become] of wanted) {
        const after = become(before.get(id))
        if (!after) continue
        results.push(after)
        if (after !== before.get(id)) changes.push({ before: before.get(id), after })
      }
      const interfere = between
      between = undefined
      await interfere?.()
      if (changes.length === 0) return results
      const committed = await reach(`commit ${changes.map(({ after }) => after.recordId).join(' ')}`, () => {
        const lost = changes.some(
          ({ before, after }) => tables.records.get(after.recordId)?.version !== before?.version,
        )
        if (!lost) apply(tables, changes)
        return !lost
      })
      if (committed) return results
    }
  }

  const desk: DeskStore = {
    load: (id) => reach(`load ${id}`, () => tables.records.get(id), 'read'),
    updateAll,
    update: async (id, change) => (await updateAll(new Map([[id, change]])))[0],
    page: ({ status, class: failureClass, type, group, before, limit }) =>
      reach(
        'list',
        () => {
          const items = [...tables.records.values()]
            .map(summaryOf)
            .filter((one) => status === undefined || one.status === status)
            .filter((one) => failureClass === undefined || one.class === failureClass)
            .filter((one) => type === undefined || one.messageType === type)
            .filter((one) => group === undefined || one.fingerprint === group)
            .filter((one) => before === undefined || positionOf(one) < before)
            .sort((a, b) => positionOf(b).localeCompare(positionOf(a)))
          const shown = items.slice(0, limit)
          return { items: shown, ...(items.length > shown.length ? { next: positionOf(shown.at(-1)!) } : {}) }
        },
        'read',
      ),
    members: (fingerprint, { after, before, limit }) =>
      reach(
        `members of ${fingerprint}`,
        () =>
          [...tables.records.values()]
            .filter((record) => record.fingerprint === fingerprint && record.status === 'open')
            .map((record) => ({
              recordId: record.recordId,
              position: positionOf(record),
              firstSeen: record.firstSeen,
            }))
            .filter(({ position }) => position > after && position <= before)
            .sort((a, b) => a.position.localeCompare(b.position))
            .slice(0, limit),
        'read',
      ),
    lapsed: (status, before, most) =>
      reach(
        `lapsed ${status}`,
        () =>
          [...tables.records.values()]
            .filter((record) => record.status === status && (record.leaseUntil ?? '~') <= before)
            .map(({ recordId }) => recordId)
            .slice(0, most),
        'read',
      ),
    group: (fingerprint) => reach(`group ${fingerprint}`, () => tables.groups.get(fingerprint), 'read'),
    groups: ({ all }) =>
      reach(
        'groups',
        () =>
          [...tables.groups.values()]
            .filter(({ open, redriving, redriven }) => all || open + redriving + redriven > 0)
            .sort((a, b) => b.lastSeen.localeCompare(a.lastSeen)),
        'read',
      ),
    tryGroup: (fingerprint, before, after) =>
      reach(`try ${fingerprint}`, () => {
        const group = tables.groups.get(fingerprint)!
        if (group.auto?.lastAt !== before?.lastAt) return false
        tables.groups.set(fingerprint, { ...group, auto: after })
        return true
      }),
  }
  return {
    ...desk,
    tables,
    only: () => [...tables.records.values()][0],
    size: () => tables.records.size,
    interfereOnce: (interfere: () => Promise<unknown>) => {
      between = interfere
    },
  }
}

/** A desk of its own. */
export const memoryDesk = (...records: DeskRecord[]) => memoryStore(deskTables(...records))

/** The store of staged redrives over the same tables. */
export const memoryPlans = (tables: DeskTables, reach: Reach = near): PlanStore => {
  const save = (plan: Plan): boolean => {
    const known = tables.plans.get(plan.planId)
    if (known?.version !== plan.version) return false
    const { sent, handled, failed, unobserved } = known
    tables.plans.set(plan.planId, { ...plan, sent, handled, failed, unobserved, version: plan.version + 1 })
    return true
  }
  const newest = (fingerprint: string) => tables.plans.get(tables.newestPlans.get(fingerprint) ?? '')
  return {
    load: (planId) => reach(`load ${planId}`, () => tables.plans.get(planId), 'read'),
    newest: (fingerprint) => reach(`newest plan of ${fingerprint}`, () => newest(fingerprint), 'read'),
    start: (plan, after) =>
      reach(`start ${plan.planId}`, () => {
        if (tables.plans.has(plan.planId) || newest(plan.fingerprint)?.planId !== after?.planId) return false
        tables.plans.set(plan.planId, plan)
        tables.newestPlans.set(plan.fingerprint, plan.planId)
        return true
      }),
    save: (plan) => reach(`save ${plan.planId}`, () => save(plan)),
    claim: (planId, now) =>
      reach(`claim ${planId}`, () => {
        const plan = tables.plans.get(planId)
        if (plan?.status !== 'running' || (plan.dueAt ?? 0) > now || (plan.leaseUntil ?? 0) > now) return undefined
        save({ ...plan, leaseUntil: now + 10_000 })
        return tables.plans.get(planId)
      }),
    due: (before) =>
      reach(
        'due plans',
        () => [...tables.plans.values()].filter(({ dueAt }) => dueAt !== undefined && dueAt < before),
        'read',
      ),
  }
}

/** The desk's bucket in memory. */
export const memoryPayloads = (limit = 48 * 1024) => {
  const objects = new Map<string, string>()
  const store: Payloads = {
    keep: async (recordId, payload) => {
      const content = 'text' in payload ? payload.text : 'base64' in payload ? payload.base64 : undefined
      if (content === undefined || content.length <= limit) return payload
      const kept = `payloads/${recordId}/${content.length}`
      objects.set(kept, content)
      return { kind: payload.kind as 'envelope' | 'bytes', kept, bytes: content.length }
    },
    fetch: async (payload) => {
      if (!('kept' in payload)) return payload
      const content = objects.get(payload.kept)
      if (content === undefined) throw new Error(`There is no object ${payload.kept}.`)
      return payload.kind === 'envelope' ? { kind: 'envelope', text: content } : { kind: 'bytes', base64: content }
    },
    forget: async (payload) => {
      if (payload && 'kept' in payload) objects.delete(payload.kept)
    },
  }
  return { ...store, objects }
}
