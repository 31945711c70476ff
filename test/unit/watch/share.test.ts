import { describe, expect, test } from 'vitest'
import { capabilitiesOf, capabilityTable, cloudKinds } from '../../../local/capabilities.ts'
import { alarmsIn, inOrder } from '../../../local/watch/alarms.ts'
import { evaluateAll, type Reported, type Standings } from '../../../local/watch/round.ts'
import { cloudEvaluates, neededBy } from '../../../local/watch/share.ts'
import { metricStore } from '../../../local/watch/store.ts'

const properties = {
  Namespace: 'AWS/SQS',
  MetricName: 'ApproximateNumberOfMessagesVisible',
  Dimensions: [{ Name: 'QueueName', Value: 'q' }],
  Statistic: 'Maximum',
  Period: 60,
  Threshold: 0,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  TreatMissingData: 'notBreaching',
  AlarmActions: [{ Ref: 'Topic' }],
}
const alarms = (...each: readonly Record<string, unknown>[]) =>
  alarmsIn([
    {
      stackName: 'one',
      template: {
        Resources: Object.fromEntries(
          each.map((over, index) => [
            `It${index}`,
            {
              Type: over.AlarmRule ? 'AWS::CloudWatch::CompositeAlarm' : 'AWS::CloudWatch::Alarm',
              Properties: { AlarmName: `it-${index}`, ...(over.AlarmRule ? {} : properties), ...over },
            },
          ]),
        ),
      },
    },
  ])
const alarm = (over: Record<string, unknown> = {}) => alarms(over)[0]!

const math = {
  Namespace: undefined,
  MetricName: undefined,
  Statistic: undefined,
  Metrics: [
    { Id: 'share', Expression: 'bad / all', ReturnData: true },
    ...['bad', 'all'].map((Id) => ({
      Id,
      MetricStat: { Metric: { Namespace: 'Neverstop/local', MetricName: Id }, Stat: 'Sum', Period: 60 },
      ReturnData: false,
    })),
  ],
}

describe('what a cloud must do to evaluate', () => {
  test.each([
    ['the depth of a queue', {}, ['alarm-evaluation', 'queue-metrics']],
    [
      'the age of its messages',
      { MetricName: 'ApproximateAgeOfOldestMessage' },
      ['alarm-evaluation', 'service-metrics'],
    ],
    [
      'errors of a function',
      { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
      ['alarm-evaluation', 'function-metrics'],
    ],
    ['its throttles', { Namespace: 'AWS/Lambda', MetricName: 'Throttles' }, ['alarm-evaluation', 'service-metrics']],
    ['what we measure', { Namespace: 'Neverstop/dev', MetricName: 'X' }, ['alarm-evaluation', 'embedded-metrics']],
    [
      'several periods',
      { EvaluationPeriods: 5, DatapointsToAlarm: 3 },
      ['alarm-evaluation', 'alarms-over-periods', 'queue-metrics'],
    ],
    [
      'a percentile',
      { Statistic: undefined, ExtendedStatistic: 'p99' },
      ['alarm-evaluation', 'percentile-evaluation', 'queue-metrics'],
    ],
    ['an expression', math, ['alarm-evaluation', 'metric-math-evaluation', 'embedded-metrics']],
    ['a composite', { AlarmRule: 'TRUE' }, ['composite-evaluation']],
  ])('%s', (_, over, needed) => {
    expect(neededBy(alarm(over))).toEqual(needed)
    for (const capability of needed) expect(Object.keys(capabilityTable)).toContain(capability)
  })

  test('leaves ministack nothing, LocalStack the depth of queues, and a cloud of which nothing is known all', () => {
    const some = [alarm(), alarm({ EvaluationPeriods: 2 }), alarm({ AlarmRule: 'TRUE' }), alarm(math)]
    const evaluatedBy = (kind: (typeof cloudKinds)[number]) =>
      some.map((it) => cloudEvaluates(it, capabilitiesOf(kind)))

    expect(evaluatedBy('ministack')).toEqual([false, false, false, false])
    expect(evaluatedBy('localstack-host')).toEqual([true, false, false, false])
    expect(evaluatedBy('unknown')).toEqual([true, true, true, true])
  })

  test('leaves no kind of cloud with alarms that nobody evaluates', () => {
    for (const kind of cloudKinds) {
      const capabilities = capabilitiesOf(kind)
      const all = [alarm(), alarm(math), alarm({ AlarmRule: 'TRUE' })].every((it) => cloudEvaluates(it, capabilities))
      expect(all || capabilities.has('queues-shown'), kind).toBe(true)
    }
  })
})

describe('an alarm that the cloud evaluates', () => {
  const both = inOrder(alarms({}, { AlarmRule: 'ALARM("it-0")', AlarmActions: [{ Ref: 'Pages' }] }))
  const said = (state: 'OK' | 'ALARM'): Reported => new Map([['it-0', { state, reason: 'the cloud says so' }]])
  const round = (before: Standings, reported: Reported, now = 0) =>
    evaluateAll(both, metricStore(), before, now, Number.NEGATIVE_INFINITY, reported)

  test('is in the state that the cloud says, with its reason', () => {
    const { standings } = round({}, said('ALARM'))
    expect(standings['it-0']).toMatchObject({ state: 'ALARM', reason: 'the cloud says so' })
  })

  test('tells of its change and leaves its actions to the cloud', () => {
    const { changes } = round({}, said('ALARM'))
    expect(changes.find(({ alarm }) => alarm.name === 'it-0')).toMatchObject({
      transition: true,
      acts: false,
      byCloud: true,
    })
  })

  test('carries the composite above it, whose actions are ours', () => {
    const first = round({}, said('OK'))
    const { standings, changes } = round(first.standings, said('ALARM'), 60_000)
    expect(standings['it-1']).toMatchObject({ state: 'ALARM', reason: 'In ALARM: it-0' })
    const composite = changes.find(({ alarm }) => alarm.name === 'it-1')
    expect(composite).toMatchObject({ from: 'OK', to: 'ALARM', acts: true })
    expect(composite).not.toHaveProperty('byCloud')
  })

  test('tells nothing while the cloud says the same', () => {
    const { standings } = round({}, said('ALARM'))
    expect(round(standings, said('ALARM'), 60_000).changes).toEqual([])
  })

  test('that the cloud does not know yet is evaluated by what is seen', () => {
    expect(round({}, new Map()).standings['it-0']!.state).toBe('OK')
  })
})
