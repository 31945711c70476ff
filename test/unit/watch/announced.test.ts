import { describe, expect, test } from 'vitest'
import {
  alarmViews,
  describeAlarm,
  describeAlarms,
  describeEntry,
  duration,
  partsOf,
} from '../../../cli/alarms/describe.ts'
import { describeNotification } from '../../../cli/alarms/mailbox.ts'
import { alarmsIn } from '../../../local/watch/alarms.ts'
import { stateChange } from '../../../local/watch/announce.ts'
import { notificationIn } from '../../../local/watch/mailbox.ts'
import type { HistoryEntry, WatchRecord } from '../../../local/watch/records.ts'
import { subjectsOf } from '../../../local/watch/subjects.ts'

const description = 'it waits | severity: major | owner: payments | runbook: docs/runbooks/queue-age.md'
const stack = {
  stackName: 'one',
  template: {
    Resources: {
      Age: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: 'neverstop-local-age',
          AlarmDescription: description,
          Namespace: 'AWS/Lambda',
          MetricName: 'Throttles',
          Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'Function' } }],
          Statistic: 'Sum',
          Period: 60,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
          EvaluationPeriods: 3,
          AlarmActions: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sns:eu:1:alarms-major']] }],
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'neverstop-local-ordering-api',
          Environment: { Variables: { NEVERSTOP_HANDLER: 'ordering-api' } },
        },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'neverstop-local-q' } },
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'neverstop-local-edge' } },
      Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'v1' } },
      Method: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          Integration: { Uri: { 'Fn::Join': ['', ['…:function:neverstop-local-ordering-api/invocations']] } },
        },
      },
    },
  },
}
const [alarm] = alarmsIn([stack])

test('what there is to look at is read from the templates', () => {
  const subjects = subjectsOf([stack], [alarm!])
  expect(subjects.queues).toEqual(['neverstop-local-q'])
  expect([...subjects.functions]).toEqual([['neverstop-local-ordering-api', 'ordering-api']])
  expect([...subjects.apis]).toEqual([['ordering-api', { name: 'neverstop-local-edge', stage: 'v1' }]])
  expect(subjects.throttled).toEqual(['neverstop-local-ordering-api'])
  expect(subjects.topics).toEqual(['alarms-major'])
})

describe('the event of a change', () => {
  const change = {
    alarm: alarm!,
    from: 'OK',
    to: 'ALARM',
    reason: 'because',
    lasted: 60_000,
    transition: true,
    acts: true,
  } as const
  const at = new Date('2026-01-01T00:01:00.000Z')

  test('has the shape that CloudWatch documents', () => {
    expect(stateChange(change, at, 'eu-central-1')).toEqual({
      source: 'watch.cloudwatch',
      type: 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-central-1:000000000000:alarm:neverstop-local-age'],
      detail: {
        alarmName: 'neverstop-local-age',
        state: { value: 'ALARM', reason: 'because', timestamp: '2026-01-01T00:01:00.000Z' },
        previousState: { value: 'OK', timestamp: '2026-01-01T00:00:00.000Z' },
        configuration: {
          description,
          metrics: [
            {
              id: 'm1',
              metricStat: {
                metric: {
                  namespace: 'AWS/Lambda',
                  name: 'Throttles',
                  dimensions: { FunctionName: 'neverstop-local-ordering-api' },
                },
                period: 60,
                stat: 'Sum',
              },
              returnData: true,
            },
          ],
        },
      },
    })
  })
  test('says when its actions are held back', () => {
    const { detail } = stateChange({ ...change, suppressedBy: 'WaitPeriod' }, at, 'eu-central-1')
    expect(detail.state).toMatchObject({ actionsSuppressedBy: 'WaitPeriod' })
  })
})

describe('the mail of a topic', () => {
  const told = {
    AlarmName: 'a',
    AlarmDescription: description,
    OldStateValue: 'OK',
    NewStateValue: 'ALARM',
    NewStateReason: 'because',
  }
  const body = (message: string) =>
    JSON.stringify({ TopicArn: 'arn:aws:sns:eu:0:neverstop-local-alarms-major', Message: message })

  test('is a notification with the severity of its topic', () => {
    expect(notificationIn(body(JSON.stringify(told)), 0)).toEqual({
      at: 0,
      severity: 'major',
      alarm: 'a',
      from: 'OK',
      to: 'ALARM',
      reason: 'because',
      description,
    })
  })
  test.each([body('hello'), body('{}'), 'no json'])('is nothing when an alarm did not send it', (text) => {
    expect(notificationIn(text, 0)).toBeUndefined()
  })
  test('is one line for a terminal', () => {
    const notification = notificationIn(body(JSON.stringify(told)), 0)!
    expect(describeNotification(notification)).toBe('00:00:00 ▲ major a: it waits; because')
    expect(describeNotification({ ...notification, to: 'OK' })).toBe('00:00:00 ▽ major a: is OK again')
  })
})

describe('alarms for a person', () => {
  const entry: HistoryEntry = { at: 1_000, alarm: 'a', from: 'OK', to: 'ALARM', reason: 'because', told: true }
  const standing = {
    state: 'ALARM',
    reason: 'because',
    since: 0,
    actions: { told: 'ALARM', suppressorWasOn: false },
  } as const
  const record: WatchRecord = { at: 0, scale: 60, standings: { a: standing, b: { ...standing, state: 'OK' } } }
  const named = (name: string) => ({ name, description })
  const views = alarmViews([named('c'), named('b'), named('a')], record, [entry], 11_000)

  test('come with those that are on first, then those that nobody could judge', () => {
    expect(views.map(({ name, state }) => `${name} ${state}`)).toEqual(['a ALARM', 'c INSUFFICIENT_DATA', 'b OK'])
  })
  test("have been on for so long in the watch's time", () => {
    expect(views[0]!.for).toBe(600_000)
    expect(views[2]!.for).toBeNull()
  })
  test('show who is on, why, and what to read; the others by number', () => {
    const text = describeAlarms(views, false)
    expect(text).toContain('because\n  docs/runbooks/queue-age.md')
    expect(text).toContain('3 alarms: 1 on, 1 fine, 1 without data')
    expect(text).not.toMatch(/^│ OK/m)
    expect(describeAlarms(views, true)).toMatch(/│ OK +│ b/)
  })
  test('alone show their history', () => {
    expect(describeAlarm(views[0]!)).toContain('1970-01-01 00:00:01 a: OK → ALARM, told: because')
    expect(describeEntry({ ...entry, from: 'ALARM', told: false, suppressedBy: 'Alarm' })).toContain(
      'a: still ALARM, held back by Alarm: because',
    )
  })
  test('tell the parts of a description apart', () => {
    expect(partsOf(description)).toEqual({
      meaning: 'it waits',
      severity: 'major',
      owner: 'payments',
      remedy: '',
      runbook: 'docs/runbooks/queue-age.md',
    })
    expect(partsOf('only words').severity).toBe('')
  })
  test.each([
    [90_000, '90 s'],
    [720_000, '12 min'],
    [10_800_000, '3 h'],
  ])('%d ms is %s', (span, text) => {
    expect(duration(span)).toBe(text)
  })
})
