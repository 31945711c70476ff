import { Duration } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type MetricName, namespaceOf, termsOfMetric } from '../../reactive/metrics.ts'
import { minutes } from '../../reactive/time.ts'
import type { ServiceStack } from './service-stack.ts'

type Asked = {
  /** `Sum`, `p99` … as the catalogue has it; `SampleCount` and `TC(:1000)`, how many were at most 1000, need no entry. */
  readonly statistic: string
  /** Milliseconds; a minute unless stated. */
  readonly period?: number
  readonly label?: string
}

const countsOfValues = /^(SampleCount|TC\(:\d+\))$/

/**
 * A metric that the platform measures itself, for an alarm or a graph.
 *
 * @throws Error at synth when the catalogue does not publish it under these dimensions, or the statistic means nothing
 * for it: such an alarm would never fire.
 *
 * @example
 * measured(stack, 'MessagesFailed', { service: 'payments', edge: 'payments-commands' }, { statistic: 'Sum' })
 */
export const measured = (
  stack: ServiceStack,
  name: MetricName,
  dimensions: Readonly<Record<string, string>>,
  { statistic, period = minutes(1), label }: Asked,
): Metric => {
  const { by, statistics } = termsOfMetric(name)
  const keys = Object.keys(dimensions).sort().join(', ')
  const sets = by.map((set) => [...set].sort().join(', '))
  if (!sets.includes(keys))
    throw new Error(`Nobody publishes ${name} by ${keys || 'nothing'}; it is published by ${sets.join(' and by ')}`)
  if (!countsOfValues.test(statistic) && !statistics.some((known) => known === statistic))
    throw new Error(`${statistic} of ${name} means nothing; ask for ${statistics.join(', ')}`)
  return new Metric({
    namespace: namespaceOf(stack.site.stage.name),
    metricName: name,
    dimensionsMap: { ...dimensions },
    statistic,
    period: Duration.millis(period),
    ...(label ? { label } : {}),
  })
}
