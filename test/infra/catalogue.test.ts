import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../infra/constructs/bundle.ts'
import { measured } from '../../infra/constructs/measured.ts'
import { type MetricName, metricNames, namespaceOf, termsOfMetric } from '../../reactive/metrics.ts'
import { emptyStack } from './support/app.ts'
import { resourcesOf, templatesOf, textOf } from './support/templates.ts'

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
