import { describe, expect, test } from 'vitest'
import { describeGameday } from '../../../cli/gameday/describe.ts'
import { lineOf, linesOf } from '../../../cli/gameday/exercise.ts'
import { clearsWithin, faultOf, firesWithin, kindOf } from '../../../cli/gameday/faults.ts'
import { chooseAlarms } from '../../../cli/gameday/run.ts'
import type { MetricAlarm } from '../../../local/watch/alarms.ts'
import { samplesIn } from '../../../local/watch/emf.ts'

const metric = { namespace: 'AWS/SQS', name: 'Age', dimensions: { QueueName: 'q' } }
const alarm = (kind: string, more: Partial<MetricAlarm> = {}): MetricAlarm => ({
  kind: 'metric',
  name: `neverstop-local-x-${kind}`,
  stack: 's',
  description: `it is wrong | severity: major | owner: x | runbook: docs/runbooks/${kind}.md`,
  actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  tags: {},
  comparison: 'GreaterThanThreshold',
  threshold: 100,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missing: 'notBreaching',
  source: { kind: 'metric', query: { metric, statistic: 'Maximum', period: 60_000 } },
  ...more,
})

describe('the fault of an alarm', () => {
  test('on one metric is beyond its threshold, and a share is whole', () => {
    expect(faultOf(alarm('queue-age'))).toMatchObject({ breaching: { metric: 151 }, fine: { metric: 0 } })
    const query = { metric, statistic: 'Average', period: 60_000 }
    expect(faultOf(alarm('api-errors', { source: { kind: 'metric', query } }))!.breaching).toEqual({ metric: 1 })
  })
  test('that fires below its threshold is silence', () => {
    const silent = alarm('schedule-silent', { comparison: 'LessThanThreshold', threshold: 1, missing: 'breaching' })
    expect(faultOf(silent)).toMatchObject({ breaching: { metric: undefined }, fine: { metric: 1 } })
  })
  test('over several metrics is written for its kind, and nobody makes one up', () => {
    const math = { kind: 'math', expressions: [{ id: 'e', expression: 'a' }], queries: {}, period: 60_000 } as const
    expect(faultOf(alarm('confirm-ratio', { source: math }))).toMatchObject({ breaching: { rejected: 30 } })
    expect(faultOf(alarm('never-heard-of', { source: math }))).toBeUndefined()
  })
  test('comes on within its periods and ends when they have left the evaluation range', () => {
    expect(firesWithin(alarm('queue-age'))).toBe(4)
    expect(clearsWithin(alarm('queue-age'))).toBe(7)
    expect(firesWithin(alarm('schedule-silent', { missing: 'breaching' }))).toBe(6)
  })
  test('belongs to the kind of its runbook', () => {
    expect(kindOf(alarm('queue-age'))).toBe('queue-age')
    expect(kindOf({ name: 'x-fast-long-objective-burn', description: 'One half of it' })).toBe('objective-burn')
    expect(kindOf({ name: 'x', description: '' })).toBe('unknown')
  })
})

describe('what a game day says', () => {
  test('is collected as any metric, under exactly its dimensions', () => {
    expect(samplesIn(lineOf(metric, 7, 1_000))).toEqual([{ metric, at: 1_000, value: 7 }])
    expect(linesOf(alarm('queue-age'), { metric: undefined }, 0)).toEqual([])
    expect(linesOf(alarm('queue-age'), { other: 3 }, 0)).toEqual([])
  })
  test('concerns the alarms of the chosen kinds, or the soonest of each', () => {
    const slow = alarm('queue-age', { name: 'slow', evaluationPeriods: 30 })
    const all = [slow, alarm('queue-age'), alarm('api-errors')]
    expect(chooseAlarms(all, [], false)).toEqual(all)
    expect(chooseAlarms(all, ['queue-age'], false)).toHaveLength(2)
    expect(chooseAlarms(all, [], true).map(({ name }) => name)).toEqual([
      'neverstop-local-x-queue-age',
      'neverstop-local-x-api-errors',
    ])
  })
  test('is a line an alarm, and says that faults are metric data', () => {
    const text = describeGameday({
      scale: 30,
      seconds: 67,
      proofs: [
        {
          alarm: 'neverstop-local-a-queue-age',
          kind: 'queue-age',
          severity: 'major',
          fault: 'it waits',
          by: 'metric data',
          within: 4,
          fired: 2.7,
          cleared: 1.9,
          notified: 'told',
          proven: true,
        },
        {
          alarm: 'neverstop-local-b-queue-age',
          kind: 'queue-age',
          severity: 'major',
          fault: 'it waits',
          by: 'metric data',
          within: 4,
          notified: 'not told',
          remedy: { named: 'redrive' },
          proven: false,
        },
      ],
      composites: { fired: ['x'], cleared: [] },
      unproven: ['neverstop-local-b-queue-age'],
    })
    expect(text).toMatch(/✔ │ a-queue-age .*2\.7 of 4 .*1\.9/)
    expect(text).toMatch(/✘ │ b-queue-age .*not within 4 .*never .*not told .*redrive: not seen/)
    expect(text).toContain('1 of 2 alarms proven in 67 s, 30 times as fast as the clock; faults are metric data')
  })
})
