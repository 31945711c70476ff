import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DeleteRuleCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateTopicCommand, DeleteTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { until } from '../../cli/wait.ts'
import { type Check, must, present, refusalOf } from '../check.ts'
import type { Lab } from '../lab.ts'
import { collect, feed, invoke, openQueue, parsed, probe, queue, send } from '../tools.ts'

type Metric = { namespace: string; name: string; dimensions?: Record<string, string> }

const dimensionsOf = ({ dimensions = {} }: Metric) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))

const alarm = async (
  { cloudwatch, name, later }: Lab,
  word: string,
  metric: Metric,
  more: Partial<PutMetricAlarmCommandInput> = {},
): Promise<string> => {
  const AlarmName = name(word)
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: dimensionsOf(metric),
      Statistic: 'Sum',
      Period: 10,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      ...more,
    }),
  )
  later(() => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })))
  return AlarmName
}

const publish = ({ cloudwatch }: Lab, metric: Metric, Value: number) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: metric.namespace,
      MetricData: [{ MetricName: metric.name, Dimensions: dimensionsOf(metric), Value, Timestamp: new Date() }],
    }),
  )

const stateOf = async ({ cloudwatch }: Lab, AlarmName: string): Promise<string | undefined> => {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [AlarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  )
  return (MetricAlarms[0] ?? CompositeAlarms[0])?.StateValue
}

const becomes = async (lab: Lab, AlarmName: string, state: string, within: number) =>
  present(
    await until(async () => ((await stateOf(lab, AlarmName)) === state ? true : undefined), { within, every: 1_000 }),
    `it is not ${state} within ${within / 1_000} s`,
  )

/** A topic, and a queue that is told all that the topic says. */
const topic = async (lab: Lab) => {
  const { TopicArn = '' } = await lab.sns.send(new CreateTopicCommand({ Name: lab.name('topic') }))
  lab.later(() => lab.sns.send(new DeleteTopicCommand({ TopicArn })))
  const ear = await openQueue(lab, 'ear', 'sns.amazonaws.com')
  await lab.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: ear.arn }))
  return { TopicArn, ear }
}

const sumOf = async ({ cloudwatch }: Lab, metric: Metric): Promise<number> => {
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 15 * 60_000),
      EndTime: new Date(Date.now() + 60_000),
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: {
            Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: dimensionsOf(metric) },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ],
    }),
  )
  return (MetricDataResults[0]?.Values ?? []).reduce((sum, value) => sum + value, 0)
}

const appears = async (lab: Lab, metric: Metric, within = 100_000) =>
  present(
    await until(async () => ((await sumOf(lab, metric)) > 0 ? true : undefined), { within, every: 2_000 }),
    `the metric has no value within ${within / 1_000} s`,
  )

const own = (lab: Lab, more: Record<string, string> = {}): Metric => ({
  namespace: lab.name('space'),
  name: 'Errors',
  dimensions: { Service: 'one', ...more },
})

/** Metrics, alarms and what they set off. */
export const alarmChecks: readonly Check[] = [
  {
    id: 'metric.put-and-get',
    behaviour: 'A metric that was put is read back with its dimensions, and not under others.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const metric = own(lab)
      await publish(lab, metric, 3)
      await appears(lab, metric, 20_000)
      must(
        (await sumOf(lab, { ...metric, dimensions: { Service: 'two' } })) === 0,
        'it is read under other dimensions too',
      )
    },
  },
  {
    id: 'metric.embedded-format',
    behaviour: 'A line in embedded metric format becomes a metric.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const logGroupName = lab.name('emf')
      const Namespace = lab.name('space')
      await lab.logs.send(new CreateLogGroupCommand({ logGroupName }))
      await lab.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
      const message = JSON.stringify({
        _aws: {
          Timestamp: Date.now(),
          CloudWatchMetrics: [{ Namespace, Dimensions: [['service']], Metrics: [{ Name: 'Placed', Unit: 'Count' }] }],
        },
        service: 'ordering',
        Placed: 1,
      })
      await lab.logs.send(
        new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents: [{ timestamp: Date.now(), message }] }),
      )
      await appears(lab, { namespace: Namespace, name: 'Placed', dimensions: { service: 'ordering' } }, 20_000)
    },
  },
  {
    id: 'metric.function-errors',
    behaviour: 'A function that fails counts in AWS/Lambda Errors.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const its = await probe(lab)
      await invoke(lab, its, { do: 'throw' })
      await appears(lab, { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: its.name } }, 60_000)
    },
  },
  {
    id: 'metric.consumer-errors',
    behaviour: 'A function that fails on a message counts in AWS/Lambda Errors too.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const [its, live] = [await probe(lab), await queue(lab, 'live', { VisibilityTimeout: '30' })]
      await feed(lab, its, live.arn)
      await send(lab, live, [{ do: 'throw' }])
      await appears(lab, { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: its.name } }, 60_000)
    },
  },
  {
    id: 'metric.queue-depth',
    behaviour: 'Waiting messages show in AWS/SQS ApproximateNumberOfMessagesVisible.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const its = await queue(lab)
      await send(lab, its, ['one', 'two'])
      const dimensions = { QueueName: its.arn.split(':').at(-1)! }
      await appears(lab, { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', dimensions }, 130_000)
    },
  },
  {
    id: 'metric.queue-age',
    behaviour: 'How long the oldest message waits shows in AWS/SQS ApproximateAgeOfOldestMessage.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const its = await queue(lab)
      await send(lab, its, ['one'])
      const dimensions = { QueueName: its.arn.split(':').at(-1)! }
      await appears(lab, { namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage', dimensions }, 130_000)
    },
  },
  {
    id: 'alarm.fires',
    behaviour: 'An alarm fires on its metric, and its sibling with other dimensions does not.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const metric = own(lab)
      const it = await alarm(lab, 'it', metric)
      const sibling = await alarm(lab, 'sibling', { ...metric, dimensions: { Service: 'two' } })
      const beat = setInterval(() => void publish(lab, metric, 5).catch(() => undefined), 2_000)
      lab.later(async () => clearInterval(beat))
      await becomes(lab, it, 'ALARM', 90_000)
      must((await stateOf(lab, sibling)) !== 'ALARM', 'its sibling fires too')
    },
  },
  {
    id: 'alarm.recovers',
    behaviour: 'An alarm whose data stops, with missing data not breaching, is OK again.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const metric = own(lab)
      const it = await alarm(lab, 'it', metric)
      const beat = setInterval(() => void publish(lab, metric, 5).catch(() => undefined), 2_000)
      lab.later(async () => clearInterval(beat))
      await becomes(lab, it, 'ALARM', 90_000)
      clearInterval(beat)
      await becomes(lab, it, 'OK', 120_000)
    },
  },
  {
    id: 'alarm.action',
    behaviour: 'A change of state by hand sets off the actions of that state.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const { TopicArn, ear } = await topic(lab)
      const it = await alarm(lab, 'it', own(lab), { AlarmActions: [TopicArn], Period: 60 })
      await lab.cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: it, StateValue: 'ALARM', StateReason: 'to see it' }),
      )
      const [told] = await collect(lab, ear, 1, 15_000)
      const { Message } = parsed(present(told, 'nobody is told')) as { Message?: string }
      must(JSON.parse(Message ?? '{}').NewStateValue === 'ALARM', 'the message does not tell the state')
    },
  },
  {
    id: 'alarm.event',
    behaviour: 'A change of state is an event on the default bus.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const [ear, it] = [
        await openQueue(lab, 'ear', 'events.amazonaws.com'),
        await alarm(lab, 'it', own(lab), { Period: 60 }),
      ]
      const Name = lab.name('changes')
      const pattern = { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'] }
      await lab.events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }))
      lab.later(() => lab.events.send(new DeleteRuleCommand({ Name })))
      lab.later(() => lab.events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['ear'] })))
      await lab.events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'ear', Arn: ear.arn }] }))
      await lab.cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: it, StateValue: 'ALARM', StateReason: 'to see it' }),
      )
      must((await collect(lab, ear, 1, 15_000)).length > 0, 'there is none')
    },
  },
  {
    id: 'alarm.composite',
    behaviour: 'A composite alarm follows its children.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const [one, two] = [
        await alarm(lab, 'one', own(lab), { Period: 60 }),
        await alarm(lab, 'two', own(lab), { Period: 60 }),
      ]
      const AlarmName = lab.name('both')
      const AlarmRule = `ALARM("${one}") AND ALARM("${two}")`
      const refused = await refusalOf(lab.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule })))
      must(refused === undefined, `it is refused (${refused})`)
      lab.later(() => lab.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })))
      for (const child of [one, two])
        await lab.cloudwatch.send(
          new SetAlarmStateCommand({ AlarmName: child, StateValue: 'ALARM', StateReason: 'to see it' }),
        )
      await becomes(lab, AlarmName, 'ALARM', 30_000)
    },
  },
  {
    id: 'alarm.metric-math',
    behaviour: 'CloudFormation takes an alarm over an expression of several metrics.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const stat = (Id: string, MetricName: string) => ({
        Id,
        ReturnData: false,
        MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
      })
      await lab.stack({
        Rate: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            ComparisonOperator: 'GreaterThanThreshold',
            EvaluationPeriods: 1,
            Threshold: 0.1,
            Metrics: [
              stat('bad', 'Bad'),
              stat('all', 'All'),
              { Id: 'rate', Expression: 'bad / all', ReturnData: true },
            ],
          },
        },
      })
    },
  },
]
