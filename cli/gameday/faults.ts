import type { MetricAlarm, WatchedAlarm } from '../../local/watch/alarms.ts'
import { evaluationRange } from '../../local/watch/evaluate.ts'

/** Values by the id of a metric of the alarm; `metric` where it has only one. Undefined says nothing. */
export type Values = Readonly<Record<string, number | undefined>>

/** What brings an alarm on and what ends it, a value a period and metric; and what stands behind that, in words. */
export type Fault = { readonly kind: string; readonly means: string; readonly breaching: Values; readonly fine: Values }

/** The kinds that compute over several metrics, by what a fault does to each of them. */
const overSeveral: Readonly<Record<string, Omit<Fault, 'kind'>>> = {
  'confirm-ratio': {
    means: 'nearly every order is rejected',
    breaching: { confirmed: 1, rejected: 30 },
    fine: { confirmed: 30, rejected: 1 },
  },
  'consumer-saturated': {
    means: 'the consumer runs as often as it may, and messages wait',
    breaching: { running: 1_000, waiting: 1_000 },
    fine: { running: 1, waiting: 0 },
  },
  'message-failures': {
    means: 'nearly every attempt fails',
    breaching: { failed: 30, handled: 1 },
    fine: { failed: 0, handled: 30 },
  },
  'no-orders': {
    means: 'many come and nobody orders',
    breaching: { requests: 500, placed: undefined },
    fine: { requests: 500, placed: 20 },
  },
  'objective-burn': {
    means: 'nearly every order ends too late',
    breaching: { done: 10_000_000, doneInTime: 10_000_000 },
    fine: { done: 1, doneInTime: 1 },
  },
  'partner-unanswered': {
    means: 'the partner answers nothing',
    breaching: { calls: 10, unanswered: 10 },
    fine: { calls: 10, unanswered: 0 },
  },
  'refund-ratio': {
    means: 'every order is refunded',
    // Of confirmed orders it says nothing: another alarm of the same round may.
    breaching: { refunded: 30, confirmed: undefined },
    fine: { refunded: 0, confirmed: undefined },
  },
  'table-throttles': {
    means: 'the table holds writes back',
    breaching: { reads: undefined, writes: 20 },
    fine: { reads: undefined, writes: 0 },
  },
}

/** The kind of an alarm: the page of its runbook, or of the whole of which it is a half. */
export const kindOf = ({ name, description }: Pick<WatchedAlarm, 'name' | 'description'>): string => {
  const [, kind] = /docs\/runbooks\/([a-z-]+)\.md$/.exec(description) ?? []
  return kind ?? (name.endsWith('-objective-burn') ? 'objective-burn' : 'unknown')
}

/**
 * The fault of an alarm, or undefined when nobody has thought of one: then the game day fails.
 *
 * @example
 * faultOf(queueAge) // { kind: 'queue-age', breaching: { metric: 226 }, fine: { metric: 0 }, … }
 */
export const faultOf = (alarm: MetricAlarm): Fault | undefined => {
  const kind = kindOf(alarm)
  const { source, threshold, comparison } = alarm
  if (source.kind === 'math') return overSeveral[kind] && { kind, ...overSeveral[kind] }
  if (kind === 'unknown') return undefined
  const { name } = source.query.metric
  if (comparison.startsWith('LessThan'))
    return { kind, means: `${name} stays away`, breaching: { metric: undefined }, fine: { metric: threshold } }
  // A share is never more than one; everything else may be half as much again, and at least one.
  const much = source.query.statistic === 'Average' ? 1 : threshold * 1.5 + 1
  return { kind, means: `${name} is ${much}`, breaching: { metric: much }, fine: { metric: 0 } }
}

/**
 * Within how many minutes of its fault an alarm is documented to fire: its periods, and one to collect. Where silence is
 * the fault, the last run must have left the whole evaluation range first, since every real data point in it counts.
 */
export const firesWithin = (alarm: MetricAlarm): number => {
  const period = alarm.source.kind === 'metric' ? alarm.source.query.period : alarm.source.period
  const needed = alarm.missing === 'breaching' ? evaluationRange(alarm) : alarm.datapointsToAlarm
  return (needed * period) / 60_000 + 1
}

/** Within how many minutes of its fault's end it is OK again: what breached has left its evaluation range. */
export const clearsWithin = (alarm: MetricAlarm): number => {
  const period = alarm.source.kind === 'metric' ? alarm.source.query.period : alarm.source.period
  return (evaluationRange(alarm) * period) / 60_000 + 2
}
