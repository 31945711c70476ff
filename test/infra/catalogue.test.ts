import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MetricTerms } from '../../events/metric.ts'
import { entryPoints, root } from '../../infra/constructs/bundle.ts'
import { measured } from '../../infra/constructs/measured.ts'
import { estimate } from '../../infra/prices/estimate.ts'
import {
  combinationsOf,
  dimensions,
  type MetricName,
  metricNames,
  namespaceOf,
  termsOfMetric,
} from '../../reactive/metrics.ts'
import { definitions } from '../../sagas/index.ts'
import { measuredIn, reachable } from '../support/reachable.ts'
import { emptyStack } from './support/app.ts'
import { nameIn, resourcesOf, templatesOf, textOf } from './support/templates.ts'

const namespace = namespaceOf('dev')
const templates = templatesOf('dev')

/** Metrics of ours that alarms look at. */
const alarmed = resourcesOf(templates, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) => {
  const watched = Properties.Metrics?.flatMap(
    (entry: { MetricStat?: { Metric: object } }) => entry.MetricStat?.Metric ?? [],
  )
  return ((watched ?? [Properties]) as { Namespace: string; MetricName: string }[])
    .filter(({ Namespace }) => Namespace === namespace)
    .map(({ MetricName }) => MetricName)
})

/** Metrics of ours that boards show, from what each graph searches. */
const shown = resourcesOf(templates, 'AWS::CloudWatch::Dashboard').flatMap(({ stack, Properties }) =>
  [...textOf(templates[stack]!, Properties.DashboardBody).matchAll(/MetricName=\\*"(\w+)\\*"/g)].map(
    ([, name]) => name!,
  ),
)

describe('every metric that an alarm or a board looks at', () => {
  test('is in the catalogue', () => {
    expect([...alarmed, ...shown].filter((name) => !metricNames.some((known) => known === name))).toEqual([])
    expect(new Set(alarmed).size).toBeGreaterThan(10)
  })
  test.each([...new Set(alarmed)].sort())('is measured by the module that the catalogue names: %s', (name) => {
    const { emittedBy } = termsOfMetric(name as MetricName)
    expect(existsSync(join(root, emittedBy)), emittedBy).toBe(true)
    expect(readFileSync(join(root, emittedBy), 'utf8'), `${emittedBy} measures no ${name}`).toContain(name)
  })
})

test('no metric is measured that nobody looks at', () => {
  expect(metricNames.filter((name) => !alarmed.includes(name) && !shown.includes(name))).toEqual([])
})

describe('the metrics that are paid for although nothing happens', () => {
  const scheduled = resourcesOf(templates, 'AWS::Events::Rule')
    .filter(({ Properties }) => Properties.ScheduleExpression)
    .map(({ stack, Properties }) => nameIn(templates[stack]!, Properties.Targets[0].Arn).replace('neverstop-dev-', ''))

  test('are those that nothing but functions with a schedule measures', () => {
    expect(scheduled.length).toBeGreaterThan(5)
    const measuring = new Map<string, string[]>()
    for (const [handler, file] of Object.entries(entryPoints()))
      for (const name of new Set([...reachable(file)].flatMap(measuredIn)))
        measuring.set(name, [...(measuring.get(name) ?? []), handler])
    const found = metricNames.filter((name) => measuring.get(name)?.every((handler) => scheduled.includes(handler)))
    expect(Object.fromEntries(found.map((name) => [name, measuring.get(name)]))).toEqual(
      Object.fromEntries(
        metricNames.flatMap((name) => {
          const { everyRunOf } = termsOfMetric(name)
          return everyRunOf ? [[name, everyRunOf]] : []
        }),
      ),
    )
  })

  test('are in the estimate of what stands idle, and the others in that of orders', () => {
    const metricsOf = (because: string) =>
      estimate(Object.values(templates), { region: 'eu-central-1', ordersPerDay: 1 }).lines.find(
        (line) => line.price === 'cloudwatch.metric' && line.because === because,
      )!.units
    const combinations = (of: (terms: MetricTerms) => boolean) =>
      metricNames.reduce((sum, name) => sum + (of(termsOfMetric(name)) ? combinationsOf(name) : 0), 0)
    expect(metricsOf('idle')).toBe(combinations(({ everyRunOf }) => everyRunOf !== undefined))
    expect(metricsOf('idle') + metricsOf('orders')).toBe(combinations(() => true))
    expect(metricsOf('idle')).toBeGreaterThanOrEqual(20)
  })

  test('are never more of a kind of saga than the catalogue says', () => {
    expect(new Set(definitions.map(({ name }) => name)).size).toBeLessThanOrEqual(dimensions.saga.most)
  })
})

describe('an alarm on what nobody measures stops the build', () => {
  const stack = emptyStack()
  test('under dimensions that it is not published by', () => {
    expect(() => measured(stack, 'OrdersPlaced', { service: 'ordering', edge: 'x' }, { statistic: 'Sum' })).toThrow(
      'Nobody publishes OrdersPlaced by edge, service; it is published by service',
    )
  })
  test('in a statistic that means nothing for it', () => {
    expect(() => measured(stack, 'OrdersPlaced', { service: 'ordering' }, { statistic: 'p99' })).toThrow(
      'p99 of OrdersPlaced means nothing; ask for Sum',
    )
  })
  test('but how many values came, and how many of them were small enough, can always be asked', () => {
    for (const statistic of ['SampleCount', 'TC(:1000)'])
      expect(measured(stack, 'OrdersPlaced', { service: 'ordering' }, { statistic }).statistic).toBe(statistic)
  })
})
