import { type DeskRecord, type Outcome, type Status, statuses } from './record.ts'

/** How many records a group has of each status, and how many failures they stand for. */
export type Counts = Readonly<Record<Status, number>> & { readonly failures: number }

/** Records that failed for the same cause, as far as a fingerprint can tell. Its counts are committed with its records. */
export type Group = Counts & {
  readonly fingerprint: string
  readonly class: DeskRecord['failure']['class']
  readonly code: string
  readonly messageType?: string
  readonly consumer?: string
  readonly queue?: string
  /** What the first of them said. */
  readonly reason: string
  readonly firstSeen: string
  readonly lastSeen: string
  readonly auto?: AutoState
}

/** What the desk has tried by itself for a group. */
export type AutoState = { readonly tries: number; readonly since: string; readonly lastAt: string }

/** What a commit changes of a group: differences of its counts, and what it is described by where one has failed. */
export type GroupChange = { readonly by: Partial<Counts>; readonly described?: DeskRecord }

/** What a commit changes of a staged redrive. */
export type PlanChange = Readonly<Partial<Record<'sent' | Outcome, number>>>

export type Change = { readonly before: DeskRecord | undefined; readonly after: DeskRecord }

/**
 * What these commits change of their groups. It follows from the records alone, and is committed in the same transaction,
 * so the counts of a group are those of its records, whatever crashes or races.
 *
 * @example
 * groupChanges([{ before: open, after: redriving }]) // Map { fingerprint → { by: { open: -1, redriving: 1 } } }
 */
export const groupChanges = (changes: readonly Change[]): Map<string, GroupChange> => {
  const groups = new Map<string, { by: Record<string, number>; described?: DeskRecord }>()
  const add = (record: DeskRecord, what: string, amount: number) => {
    const group = groups.get(record.fingerprint) ?? { by: {} }
    group.by[what] = (group.by[what] ?? 0) + amount
    // What was done about an older one is no news of when the group has failed last.
    if (what === 'failures' && record.lastSeen >= (group.described?.lastSeen ?? '')) group.described = record
    groups.set(record.fingerprint, group)
  }
  for (const { before, after } of changes) {
    if (before) add(before, before.status, -1)
    add(after, after.status, 1)
    const failures = after.count - (before?.count ?? 0)
    if (failures !== 0) add(after, 'failures', failures)
  }
  return new Map(
    [...groups]
      .map(([fingerprint, group]) => [fingerprint, { ...group, by: withoutZeros(group.by) }] as const)
      .filter(([, { by }]) => Object.keys(by).length > 0),
  )
}

/** What these commits change of the staged redrives that their acts were a part of. */
export const planChanges = (changes: readonly Change[]): Map<string, PlanChange> => {
  const plans = new Map<string, Record<string, number>>()
  for (const { before, after } of changes)
    for (const act of after.history) {
      if (act.plan === undefined) continue
      const known = before?.history.find(({ actId }) => actId === act.actId)
      const counts = plans.get(act.plan) ?? {}
      if (!known) counts.sent = (counts.sent ?? 0) + 1
      if (act.outcome !== known?.outcome) {
        if (known?.outcome) counts[known.outcome] = (counts[known.outcome] ?? 0) - 1
        if (act.outcome) counts[act.outcome] = (counts[act.outcome] ?? 0) + 1
      }
      plans.set(act.plan, counts)
    }
  return new Map(
    [...plans]
      .map(([plan, counts]) => [plan, withoutZeros(counts)] as const)
      .filter(([, by]) => Object.keys(by).length),
  )
}

/** The counts of a group that nothing is known of. */
export const noCounts: Counts = Object.fromEntries([...statuses, 'failures'].map((name) => [name, 0])) as Counts

const withoutZeros = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, amount]) => amount !== 0))
