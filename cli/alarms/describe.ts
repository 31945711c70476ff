import type { AlarmState } from '../../local/watch/evaluate.ts'
import type { HistoryEntry, WatchRecord } from '../../local/watch/records.ts'
import { table } from '../table.ts'

/** An alarm as it is shown. */
export type AlarmView = {
  readonly name: string
  readonly state: AlarmState
  readonly severity: string
  readonly owner: string
  /** What the platform does about it by itself; empty for nothing. */
  readonly remedy: string
  readonly reason: string
  /** Milliseconds of the watch's time since it came into this state; null when it never was looked at. */
  readonly for: number | null
  readonly meaning: string
  readonly runbook: string
  readonly history: readonly HistoryEntry[]
}

const rank: readonly AlarmState[] = ['ALARM', 'INSUFFICIENT_DATA', 'OK']

/** Those in ALARM first, each group by name. */
export const byState = (one: AlarmView, other: AlarmView): number =>
  rank.indexOf(one.state) - rank.indexOf(other.state) || one.name.localeCompare(other.name)

/** What an alarm of the templates says of itself: its name and its description. */
type Described = { readonly name: string; readonly description: string }

/**
 * Alarms with what the watch knows of them: those in ALARM first, each group by name.
 *
 * @param record of the watch, or undefined when it never ran.
 */
export const alarmViews = (
  alarms: readonly Described[],
  record: WatchRecord | undefined,
  history: readonly HistoryEntry[],
  now: number,
): AlarmView[] => {
  return alarms
    .map(({ name, description }): AlarmView => {
      const standing = record?.standings[name]
      const entries = history.filter(({ alarm }) => alarm === name)
      const last = entries.findLast(({ from, to }) => from !== to)
      return {
        name,
        state: standing?.state ?? 'INSUFFICIENT_DATA',
        ...partsOf(description),
        reason: standing?.reason ?? 'nobody has looked at it yet',
        for: last ? (now - last.at) * (record?.scale ?? 1) : null,
        history: entries,
      }
    })
    .sort(byState)
}

/** The parts of an alarm's description, as `infra/constructs/service-alarm.ts` puts them together. */
export const partsOf = (description: string) => {
  const [meaning = '', ...rest] = description.split(' | ')
  const said = Object.fromEntries(rest.map((part) => part.split(': ') as [string, string]))
  return {
    meaning,
    severity: said.severity ?? '',
    owner: said.owner ?? '',
    remedy: said.remedy ?? '',
    runbook: said.runbook ?? '',
  }
}

/** Alarms for a person: the ones that are on in full, the others by number. */
export const describeAlarms = (views: readonly AlarmView[], all: boolean): string => {
  const shown = all ? views : views.filter(({ state }) => state === 'ALARM')
  const count = (state: AlarmState) => views.filter((view) => view.state === state).length
  const rows = shown.map(({ name, state, severity, owner, for: span }) => [
    state,
    name,
    severity,
    owner,
    span === null ? '' : duration(span),
  ])
  return [
    ...(rows.length > 0 ? [table(['state', 'alarm', 'severity', 'owner', 'for'], rows)] : []),
    ...shown
      .filter(({ state }) => state === 'ALARM')
      .map(({ name, reason, runbook }) => `${name}\n  ${reason}${runbook ? `\n  ${runbook}` : ''}`),
    `${views.length} alarms: ${count('ALARM')} on, ${count('OK')} fine, ${count('INSUFFICIENT_DATA')} without data`,
  ].join('\n')
}

/** One alarm for a person, with what happened to it and why. */
export const describeAlarm = ({ name, state, meaning, severity, owner, runbook, reason, history }: AlarmView): string =>
  [
    `${name}: ${state}`,
    `  ${meaning}`,
    `  ${[severity, owner && `owner ${owner}`, runbook].filter(Boolean).join(', ')}`,
    `  ${reason}`,
    ...history.slice(-20).map(describeEntry),
  ].join('\n')

export const describeEntry = ({ at, alarm, from, to, reason, told, suppressedBy }: HistoryEntry): string => {
  const news = suppressedBy ? `, held back by ${suppressedBy}` : told ? ', told' : ''
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  return `${time} ${alarm}: ${from === to ? `still ${to}` : `${from} → ${to}`}${news}: ${reason}`
}

/** `90 s`, `12 min`, `3 h`. */
export const duration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
