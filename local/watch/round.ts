import { datapointsOf, type WatchedAlarm } from './alarms.ts'
import { type ActionMemory, type ActionStep, childrenOf, holds, stepActions, untold } from './composite.ts'
import { type AlarmState, evaluate } from './evaluate.ts'
import type { MetricStore } from './store.ts'

/** What is remembered of one alarm. Times are epoch milliseconds of the watch's time. */
export type Standing = {
  readonly state: AlarmState
  readonly reason: string
  /** When it came into this state. */
  readonly since: number
  readonly actions: ActionMemory
}

export type Standings = Readonly<Record<string, Standing>>

/** An alarm that came into another state, or whose held-back actions are due now. */
export type Change = {
  readonly alarm: WatchedAlarm
  readonly from: AlarmState
  readonly to: AlarmState
  readonly reason: string
  /** Milliseconds that it was in the state before. */
  readonly lasted: number
  /** False when only its actions are due, or only held back. */
  readonly transition: boolean
  /** Whether its actions are performed now. */
  readonly acts: boolean
  readonly suppressedBy?: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod'
  /** The cloud evaluates the alarm, and has performed its actions by itself. */
  readonly byCloud?: true
}

/** What the cloud says of the alarms that it evaluates itself, by their names. */
export type Reported = ReadonlyMap<string, { readonly state: AlarmState; readonly reason: string }>

const unknown = (now: number): Standing => ({
  state: 'INSUFFICIENT_DATA',
  reason: 'Unchecked: Initial alarm creation',
  since: now,
  actions: untold,
})

/**
 * One evaluation of all alarms: metric alarms over what was collected up to the last whole minute, then composites over
 * them. Pure: the same numbers give the same states.
 *
 * @param alarms in the order of {@link inOrder}.
 * @param watchedSince when collecting began: an alarm to which silence is the fault is left as it was until its periods
 * have been listened to.
 * @param reported the alarms that somebody else evaluates: they are believed, so that composites stand on all of them.
 * @returns what every alarm is now, and what changed.
 */
export const evaluateAll = (
  alarms: readonly WatchedAlarm[],
  store: Pick<MetricStore, 'datapoints'>,
  before: Standings,
  now: number,
  watchedSince = Number.NEGATIVE_INFINITY,
  reported: Reported = new Map(),
): { standings: Standings; changes: Change[] } => {
  const standings: Record<string, Standing> = {}
  const changes: Change[] = []
  const end = Math.floor(now / 60_000) * 60_000
  for (const alarm of alarms) {
    const was = before[alarm.name] ?? unknown(now)
    const said = reported.get(alarm.name)
    const verdict = said
      ? said
      : alarm.kind === 'metric' && tooEarly(alarm, end - watchedSince)
        ? { state: was.state, reason: was.reason }
        : alarm.kind === 'metric'
          ? evaluate(alarm, datapointsOf(alarm, store, end), was.state)
          : composed(alarm, (name) => standings[name]?.state ?? 'INSUFFICIENT_DATA')
    const transition = verdict.state !== was.state
    const suppression = alarm.kind === 'composite' ? alarm.suppression : undefined
    const { memory, perform, suppressedBy }: ActionStep = said
      ? { memory: was.actions }
      : stepActions(
          was.actions,
          {
            state: verdict.state,
            at: now,
            suppressorOn: suppression !== undefined && standings[suppression.by]?.state === 'ALARM',
          },
          suppression,
        )
    standings[alarm.name] = {
      state: verdict.state,
      reason: transition ? verdict.reason : was.reason,
      since: transition ? now : was.since,
      actions: memory,
    }
    if (transition || perform !== undefined)
      changes.push({
        alarm,
        from: was.state,
        to: verdict.state,
        reason: transition ? verdict.reason : was.reason,
        lasted: now - was.since,
        transition,
        acts: perform !== undefined,
        ...(said ? { byCloud: true as const } : {}),
        ...(suppressedBy === undefined ? {} : { suppressedBy }),
      })
  }
  return { standings, changes }
}

const tooEarly = (alarm: Extract<WatchedAlarm, { kind: 'metric' }>, watched: number) => {
  const { missing, evaluationPeriods, source } = alarm
  const period = source.kind === 'metric' ? source.query.period : source.period
  return missing === 'breaching' && watched < evaluationPeriods * period
}

const composed = (alarm: Extract<WatchedAlarm, { kind: 'composite' }>, stateOf: (name: string) => AlarmState) => {
  const on = holds(alarm.rule, stateOf)
  const children = childrenOf(alarm.rule).filter((child) => stateOf(child) === 'ALARM')
  return {
    state: on ? ('ALARM' as const) : ('OK' as const),
    reason: on ? `In ALARM: ${children.join(', ') || 'its rule holds'}` : 'Its rule does not hold',
  }
}
