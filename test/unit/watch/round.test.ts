import { describe, expect, test } from 'vitest'
import { alarmsIn, inOrder, type NamedTemplate } from '../../../local/watch/alarms.ts'
import { evaluateAll, type Standings } from '../../../local/watch/round.ts'
import { metricStore } from '../../../local/watch/store.ts'
import { alarmIn } from '../../../local/watch/testing.ts'

const plain = (name: string, metric: string, extra: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: name,
    AlarmDescription: `${name} | severity: major`,
    Namespace: 'Neverstop',
    MetricName: metric,
    Dimensions: [{ Name: 'service', Value: { Ref: 'Queue' } }],
    Statistic: 'Sum',
    Period: 60,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
    TreatMissingData: 'notBreaching',
    ...extra,
  },
})
const composite = (name: string, rule: string, extra: object = {}) => ({
  Type: 'AWS::CloudWatch::CompositeAlarm',
  Properties: {
    AlarmName: name,
    AlarmRule: rule,
    AlarmActions: [{ Ref: 'Topic' }],
    OKActions: [{ Ref: 'Topic' }],
    ...extra,
  },
})
const ratio = {
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ...plain('ratio', 'x').Properties,
    MetricName: undefined,
    Namespace: undefined,
    Statistic: undefined,
    Threshold: 0.1,
    Metrics: [
      { Id: 'share', Expression: 'failed / all', ReturnData: true },
      { Id: 'failed', Expression: 'FILL(errors, 0)', ReturnData: false },
      {
        Id: 'errors',
        MetricStat: { Metric: { Namespace: 'N', MetricName: 'Errors' }, Stat: 'Sum', Period: 300 },
        ReturnData: false,
      },
      {
        Id: 'all',
        MetricStat: { Metric: { Namespace: 'N', MetricName: 'All' }, Stat: 'Sum', Period: 300 },
        ReturnData: false,
      },
    ],
  },
}
const stack = (resources: NamedTemplate['template']['Resources']): NamedTemplate => ({
  stackName: 'neverstop-dev-one',
  template: {
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'neverstop-dev-one' } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'neverstop-dev-alarms-major' } },
      ...resources,
    },
  },
})

const page = composite('page', 'ALARM("a") OR ALARM("b")')
const all = inOrder(alarmsIn([stack({ Page: page, A: plain('a', 'Failed'), B: plain('b', 'Lost') })]))
const failed = { namespace: 'Neverstop', name: 'Failed', dimensions: { service: 'neverstop-dev-one' } }

/** Evaluates minute after minute; `failures` a minute. */
const play = (failures: readonly number[], alarms = all) => {
  const store = metricStore()
  let standings: Standings = {}
  return failures.map((value, minute) => {
    store.record({ metric: failed, at: minute * 60_000, value })
    const round = evaluateAll(alarms, store, standings, (minute + 1) * 60_000)
    standings = round.standings
    return round.changes
      .filter(({ from }) => from !== 'INSUFFICIENT_DATA')
      .map(({ alarm, from, to, acts }) => `${alarm.name}: ${from} → ${to}${acts ? '!' : ''}`)
  })
}

describe('alarms of a template', () => {
  test('are read with the physical names of what they watch and whom they tell', () => {
    const [, a] = alarmsIn([stack({ Page: page, A: plain('a', 'Failed') })])
    expect(a).toMatchObject({
      name: 'a',
      stack: 'neverstop-dev-one',
      evaluationPeriods: 2,
      source: { query: { metric: failed, statistic: 'Sum', period: 60_000 } },
    })
    expect(alarmsIn([stack({ Page: page })])[0]!.actions.ALARM).toEqual(['neverstop-dev-alarms-major'])
  })
  test('composites come after the alarms that they mention', () => {
    expect(all.map(({ name }) => name)).toEqual(['a', 'b', 'page'])
  })
  test('a composite that mentions nobody is refused', () => {
    expect(() => inOrder(alarmsIn([stack({ Page: composite('page', 'ALARM("gone")') })]))).toThrow(
      'page mentions gone, which no stack has',
    )
  })
  test('a circle is refused', () => {
    const circle = alarmsIn([stack({ A: composite('a', 'ALARM("b")'), B: composite('b', 'ALARM("a")') })])
    expect(() => inOrder(circle)).toThrow('depends on itself: a → b')
  })
  test('on metrics of DynamoDB ignore missing data, whatever they say', () => {
    const [alarm] = alarmsIn([stack({ A: plain('a', 'ThrottledRequests', { Namespace: 'AWS/DynamoDB' }) })])
    expect(alarm).toMatchObject({ missing: 'ignore' })
  })
  test('an expression is computed after those that it needs', () => {
    const [alarm] = alarmsIn([stack({ R: ratio })])
    expect(alarm).toMatchObject({
      source: { kind: 'math', period: 300_000, expressions: [{ id: 'failed' }, { id: 'share' }] },
    })
  })
})

describe('a round', () => {
  test('takes the composite along in the same round as its child', () => {
    expect(play([0, 1, 1, 0, 0])).toEqual([
      [],
      [],
      ['a: OK → ALARM!', 'page: OK → ALARM!'],
      ['a: ALARM → OK!', 'page: ALARM → OK!'],
      [],
    ])
  })
  test('says why: the values of a metric alarm, the children of a composite', () => {
    const store = metricStore()
    for (const minute of [0, 1]) store.record({ metric: failed, at: minute * 60_000, value: 3 })
    const { standings } = evaluateAll(all, store, {}, 120_000)
    expect(standings.a!.reason).toContain('[3, 3]')
    expect(standings.page!.reason).toBe('In ALARM: a')
  })
  test('the same numbers and the same past give the same states', () => {
    expect(play([0, 1, 2, 3])).toEqual(play([0, 1, 2, 3]))
  })
  test('an unfinished minute is not evaluated', () => {
    const store = metricStore()
    for (const minute of [0, 1]) store.record({ metric: failed, at: minute * 60_000, value: 3 })
    expect(evaluateAll(all, store, {}, 119_999).standings.a!.state).toBe('OK')
  })
  test('silence is no fault before it has been listened for', () => {
    const [silent] = alarmsIn([stack({ S: plain('silent', 'Runs', { TreatMissingData: 'breaching' }) })])
    const at = (minutes: number) =>
      evaluateAll([silent!], metricStore(), {}, minutes * 60_000, 5 * 60_000).standings.silent!
    expect([at(5).state, at(6).state, at(7).state]).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'ALARM'])
    expect(at(7).reason).toBe(
      'Threshold Crossed: no datapoints were received for 2 periods, and missing ones were treated as breaching',
    )
  })
  test('a suppressed composite changes its state and keeps silent', () => {
    const alarms = inOrder(
      alarmsIn([
        stack({
          A: plain('a', 'Failed'),
          All: composite('all', 'ALARM("a")'),
          Page: composite('page', 'ALARM("a")', {
            ActionsSuppressor: 'all',
            ActionsSuppressorWaitPeriod: 120,
            ActionsSuppressorExtensionPeriod: 60,
          }),
        }),
      ]),
    )
    expect(play([0, 1, 1, 0, 0, 0], alarms).flat()).toEqual([
      'a: OK → ALARM!',
      'all: OK → ALARM!',
      'page: OK → ALARM',
      'a: ALARM → OK!',
      'all: ALARM → OK!',
      'page: ALARM → OK',
    ])
  })
})

describe('an alarm tried in three lines', () => {
  const stacks = [stack({ A: plain('a', 'Failed'), R: ratio })]
  test('against one series', () => {
    expect(alarmIn(stacks, 'a')([0, 1, 1, 0, undefined, 1, 1])).toEqual([
      'OK',
      'OK',
      'ALARM',
      'OK',
      'OK',
      'OK',
      'ALARM',
    ])
  })
  test('against the series of each metric of its expression', () => {
    expect(alarmIn(stacks, 'ratio')({ errors: [undefined, 2, 2], all: [10, 10, 10] })).toEqual(['OK', 'OK', 'ALARM'])
  })
  test('says which series it needs', () => {
    expect(() => alarmIn(stacks, 'ratio')([1])).toThrow('ratio watches errors, all: give a series for each')
    expect(() => alarmIn(stacks, 'ratio')({ wrong: [1] })).toThrow("ratio has no metric 'wrong'; it has errors, all")
    expect(() => alarmIn(stacks, 'nobody')).toThrow('No stack has a metric alarm nobody')
  })
})
