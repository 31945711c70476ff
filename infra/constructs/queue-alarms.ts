import { Duration } from 'aws-cdk-lib'
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Millis } from '../../reactive/time.ts'
import { measured } from './measured.ts'
import { ServiceAlarm } from './service-alarm.ts'
import type { ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'

const period = Duration.minutes(1)

/** The alarm that every queue has: what is in it waits too long, beyond what it is meant to. */
export const queueAlarm = (scope: Construct, thing: string, queue: Queue, delay: Millis) => {
  const { timing } = stackOf(scope).site.stage
  const patience = timing.stepDeadline / 2_000 + delay / 1_000
  return new ServiceAlarm(
    scope,
    {
      kind: 'queue-age',
      of: thing,
      severity: 'major',
      symptom: true,
      meaning: `a message has waited in ${thing} for more than ${patience} s, ${delay > 0 ? 'the longest timer and ' : ''}half of a step's deadline`,
    },
    {
      metric: queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
      threshold: patience,
      datapoints: [3, 3],
    },
  )
}

/** The alarms that a queue has with each consumer: it is at its limit while messages wait, or it fails too often. */
export const consumerAlarms = (
  scope: Construct,
  {
    thing,
    queue,
    consumer,
    concurrency,
    fixed,
    delay,
  }: {
    thing: string
    queue: Queue
    consumer: ServiceFunction
    concurrency: number
    /** The limit was chosen for this queue: that it is reached is no reason to raise it. */
    fixed: boolean
    delay: Millis
  },
) => {
  const stack = stackOf(scope)
  const waiting = stack.site.stage.timing.stepDeadline / 8_000 + delay / 1_000
  new ServiceAlarm(
    scope,
    {
      kind: 'consumer-saturated',
      of: thing,
      severity: 'warning',
      meaning: `${consumer.handler} is at its limit of ${concurrency} at once, and messages wait in ${thing} for more than ${waiting} s`,
      ...(fixed ? {} : { remedy: { verb: 'more-concurrency', queue: thing } }),
    },
    {
      metric: new MathExpression({
        expression: `IF(running >= ${concurrency} AND waiting > ${waiting}, 1, 0)`,
        usingMetrics: {
          running: consumer.lambda.metric('ConcurrentExecutions', { period, statistic: Stats.MAXIMUM }),
          waiting: queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
        },
        period,
      }),
      threshold: 0,
      datapoints: [5, 10],
    },
  )
  const [service = ''] = consumer.handler.split('-')
  const dimensions = { service, edge: thing }
  new ServiceAlarm(
    scope,
    {
      kind: 'message-failures',
      of: thing,
      severity: 'minor',
      meaning: `more than half of the attempts to handle a message of ${thing} fail`,
    },
    {
      metric: new MathExpression({
        // Few attempts say little: one of two is not half of them.
        expression:
          'IF(FILL(failed, 0) + FILL(handled, 0) >= 10, FILL(failed, 0) / (FILL(failed, 0) + FILL(handled, 0)), 0)',
        usingMetrics: {
          failed: measured(stack, 'MessagesFailed', dimensions, { statistic: 'Sum' }),
          handled: measured(stack, 'MessagesHandled', dimensions, { statistic: 'Sum' }),
        },
        period,
      }),
      threshold: 0.5,
      datapoints: [3, 5],
    },
  )
}
