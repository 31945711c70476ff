import { alarmsIn, datapointsOf, type MetricAlarm, type NamedTemplate } from './alarms.ts'
import { type AlarmState, type Datapoint, evaluate, evaluationRange } from './evaluate.ts'
import { metricStore } from './store.ts'

/** The series that an alarm is tried with: of its one metric, or of each metric of its expression by id. */
export type Tried = readonly Datapoint[] | Readonly<Record<string, readonly Datapoint[]>>

/**
 * An alarm of the synthesized templates, to be tried against numbers.
 *
 * @param stacks the templates of a stage.
 * @param name the alarm's name.
 * @returns a function from a series, one value a period, oldest first, to the states that the alarm has after each.
 * @throws Error when no stack has the alarm, or a series is of none of its metrics.
 *
 * @example
 * const queueAge = alarmIn(stacks, 'neverstop-dev-payments-commands-queue-age')
 * queueAge([10, 160, 160, 160, 20]) // ['OK', 'OK', 'OK', 'ALARM', 'OK']
 */
export const alarmIn = (stacks: readonly NamedTemplate[], name: string) => {
  const alarm = alarmsIn(stacks).find((candidate) => candidate.name === name)
  if (alarm?.kind !== 'metric') throw new Error(`No stack has a metric alarm ${name}`)
  return (tried: Tried): AlarmState[] => states(alarm, tried)
}

/** The states of an alarm after each period of a series. It begins in OK. */
export const states = (alarm: MetricAlarm, tried: Tried): AlarmState[] => {
  const { source } = alarm
  const queries = source.kind === 'metric' ? { metric: source.query } : source.queries
  const series = Array.isArray(tried) ? onlyOne(alarm, queries, tried) : (tried as Record<string, readonly Datapoint[]>)
  const store = metricStore()
  const period = Object.values(queries)[0]!.period
  const length = Math.max(...Object.values(series).map((points) => points.length))
  const start = 1_000 * evaluationRange(alarm) * period
  const result: AlarmState[] = []
  let state: AlarmState = 'OK'
  for (let at = 0; at < length; at++) {
    for (const [id, points] of Object.entries(series)) {
      const query = queries[id]
      if (!query) throw new Error(`${alarm.name} has no metric '${id}'; it has ${Object.keys(queries).join(', ')}`)
      const value = points[at]
      if (value !== undefined) store.record({ metric: query.metric, at: start + at * period, value })
    }
    state = evaluate(alarm, datapointsOf(alarm, store, start + (at + 1) * period), state).state
    result.push(state)
  }
  return result
}

const onlyOne = (alarm: MetricAlarm, queries: object, points: readonly Datapoint[]) => {
  const ids = Object.keys(queries)
  if (ids.length > 1) throw new Error(`${alarm.name} watches ${ids.join(', ')}: give a series for each`)
  return { [ids[0]!]: points }
}
