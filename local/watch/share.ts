import type { Capabilities, Capability } from '../capabilities.ts'
import { metricsOf, type WatchedAlarm } from './alarms.ts'
import { percentileOf } from './statistic.ts'
import type { MetricId } from './store.ts'

const depths = [
  'ApproximateNumberOfMessagesVisible',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
]

/** What a cloud must do for a metric to have numbers. */
const published = ({ namespace, name }: MetricId): Capability => {
  if (namespace === 'AWS/SQS' && depths.includes(name)) return 'queue-metrics'
  if (namespace === 'AWS/Lambda' && (name === 'Invocations' || name === 'Errors')) return 'function-metrics'
  return namespace.startsWith('AWS/') ? 'service-metrics' : 'embedded-metrics'
}

/**
 * What a cloud must do to evaluate an alarm as an account would: have its numbers, and know how to look at them.
 *
 * @example
 * neededBy(oldestMessage) // ['alarm-evaluation', 'alarms-over-periods', 'service-metrics']
 */
export const neededBy = (alarm: WatchedAlarm): Capability[] => {
  if (alarm.kind === 'composite') return ['composite-evaluation']
  const { source, evaluationPeriods } = alarm
  const statistics =
    source.kind === 'metric' ? [source.query.statistic] : Object.values(source.queries).map((query) => query.statistic)
  return [
    ...new Set<Capability>([
      'alarm-evaluation',
      ...(evaluationPeriods > 1 ? (['alarms-over-periods'] as const) : []),
      ...(source.kind === 'math' ? (['metric-math-evaluation'] as const) : []),
      ...(statistics.some((statistic) => percentileOf(statistic) !== undefined)
        ? (['percentile-evaluation'] as const)
        : []),
      ...metricsOf(alarm).map(published),
    ]),
  ]
}

/**
 * Whether a cloud evaluates an alarm by itself; the watch evaluates the others. Both ask here, what deploys the alarms and
 * what evaluates them, so that no alarm has two who set its state, and none has nobody.
 */
export const cloudEvaluates = (alarm: WatchedAlarm, capabilities: Capabilities): boolean =>
  neededBy(alarm).every((capability) => capabilities.has(capability))
