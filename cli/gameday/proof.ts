import type { WatchedAlarm } from '../../local/watch/alarms.ts'
import { childrenOf } from '../../local/watch/composite.ts'
import type { Notification } from '../../local/watch/mailbox.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import { partsOf } from '../alarms/describe.ts'
import { firesWithin, kindOf } from './faults.ts'
import type { Scenario } from './scenarios.ts'

/** What became of one alarm. Spans are minutes of the watch's time. */
export type Proof = {
  readonly alarm: string
  readonly kind: string
  readonly severity: string
  readonly fault: string
  /** Where the fault was made. What is said in numbers goes through the same collection as what is measured. */
  readonly by: Scenario['by']
  readonly within: number
  readonly fired?: number
  readonly cleared?: number
  /** Whether its own topic, or nobody because it speaks through its owner's composite, was told. */
  readonly notified: 'told' | 'through its owner' | 'not told'
  readonly remedy?: { readonly named: string; readonly acted?: string }
  readonly proven: boolean
}

export type Gameday = {
  readonly scale: number
  readonly seconds: number
  readonly proofs: readonly Proof[]
  /** What the faults brought on, and what of that came right once they were mended. Others may have left more on. */
  readonly composites: { readonly fired: readonly string[]; readonly cleared: readonly string[] }
  /** The pages that people got: the alarms that spoke while the faults lasted, by severity. */
  readonly pages: Readonly<Record<string, readonly string[]>>
  readonly unproven: readonly string[]
}

type Seen = {
  readonly scenarios: readonly Scenario[]
  readonly all: readonly WatchedAlarm[]
  readonly history: readonly HistoryEntry[]
  readonly mail: readonly Notification[]
  /** What support did about an alarm, by its name. */
  readonly remedies: ReadonlyMap<string, string>
  /** When the faults began, and when their mending did. */
  readonly moments: { readonly struck: number; readonly over: number }
  readonly scale: number
  /** How much later than documented an alarm may fire, in milliseconds of the clock. */
  readonly grace: number
  readonly seconds: number
}

const minute = 60_000

/** The composites that an alarm which is tried may bring on. */
export const parentsOf = (scenarios: readonly Scenario[], all: readonly WatchedAlarm[]): string[] => {
  const tried = new Set(scenarios.map(({ alarm }) => alarm.name))
  return all.flatMap((alarm) =>
    alarm.kind === 'composite' && childrenOf(alarm.rule).some((it) => tried.has(it)) ? [alarm.name] : [],
  )
}

/** What a game day has proven, from what was seen of it. */
export const gamedayOf = (seen: Seen): Gameday => {
  const { scenarios, all, mail, moments, scale, seconds } = seen
  const proofs = scenarios.map((scenario) => proofOf(scenario, seen))
  const parents = parentsOf(scenarios, all)
  const fired = parents.filter((name) => turned(seen, name, 'ALARM', moments.struck))
  const cleared = fired.filter((name) => seen.history.findLast(({ alarm }) => alarm === name)?.to === 'OK')
  const during = mail.filter(({ to, at }) => to === 'ALARM' && at >= moments.struck && at < moments.over)
  return {
    scale,
    seconds,
    proofs,
    composites: { fired, cleared },
    pages: Object.fromEntries(
      [...Map.groupBy(during, ({ severity }) => severity)].map(([severity, its]) => [
        severity,
        its.map(({ alarm }) => alarm),
      ]),
    ),
    unproven: proofs.filter(({ proven }) => !proven).map(({ alarm }) => alarm),
  }
}

/** What several rounds have proven, one after the other. */
export const inAll = (rounds: readonly Gameday[]): Gameday => {
  const unique = (names: readonly string[]) => [...new Set(names)]
  return {
    scale: rounds[0]!.scale,
    seconds: rounds.reduce((sum, { seconds }) => sum + seconds, 0),
    proofs: rounds.flatMap(({ proofs }) => proofs),
    composites: {
      fired: unique(rounds.flatMap(({ composites }) => composites.fired)),
      cleared: unique(rounds.flatMap(({ composites }) => composites.cleared)),
    },
    pages: Object.fromEntries(
      [
        ...Map.groupBy(
          rounds.flatMap(({ pages }) => Object.entries(pages)),
          ([severity]) => severity,
        ),
      ].map(([severity, told]) => [severity, told.flatMap(([, alarms]) => alarms)]),
    ),
    unproven: rounds.flatMap(({ unproven }) => unproven),
  }
}

/** The first turn of an alarm since a moment, if there was one. */
const turned = ({ history }: Pick<Seen, 'history'>, alarm: string, to: 'ALARM' | 'OK', since: number) =>
  history.find((entry) => entry.alarm === alarm && entry.to === to && entry.from !== to && entry.at >= since)

const proofOf = ({ alarm, means, by, takes }: Scenario, seen: Seen): Proof => {
  const { mail, remedies, moments, scale, grace } = seen
  const spans = (from: number, at: number) => Math.round((((at - from) * scale) / minute) * 10) / 10
  const fired = turned(seen, alarm.name, 'ALARM', moments.struck)
  const cleared = fired && turned(seen, alarm.name, 'OK', fired.at)
  const told = mail.some(({ alarm: name, to, at }) => name === alarm.name && to === 'ALARM' && at >= moments.struck)
  const notified = alarm.actions.ALARM.length === 0 ? 'through its owner' : told ? 'told' : 'not told'
  const { severity, remedy } = partsOf(alarm.description)
  const acted = remedies.get(alarm.name)
  const within = firesWithin(alarm)
  return {
    alarm: alarm.name,
    kind: kindOf(alarm),
    severity,
    fault: means,
    by,
    within,
    ...(fired ? { fired: spans(moments.struck, fired.at) } : {}),
    ...(cleared ? { cleared: spans(moments.over, cleared.at) } : {}),
    notified,
    ...(remedy ? { remedy: { named: remedy, ...(acted ? { acted } : {}) } } : {}),
    proven:
      fired !== undefined &&
      cleared !== undefined &&
      fired.at - moments.struck <= (within * minute) / scale + takes + grace &&
      notified !== 'not told' &&
      (!remedy || acted !== undefined),
  }
}
