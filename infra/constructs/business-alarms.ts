import { Duration } from 'aws-cdk-lib'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { type Millis, minutes } from '../../reactive/time.ts'
import { measured } from './measured.ts'
import { Objective } from './objective.ts'
import { flow, ServiceAlarm } from './service-alarm.ts'
import { type ServiceStack, stackOf } from './service-stack.ts'

const ordering = { service: 'ordering' }

/** What no single service shows: orders are not placed, do not end well, do not end in time, or money flows back. */
export const businessAlarms = (stack: ServiceStack) => {
  const sum = (period: Millis) => ({ statistic: 'Sum', period })
  const five = minutes(5)
  const placed = measured(stack, 'OrdersPlaced', ordering, sum(five))
  const requests = measured(stack, 'Requests', { ...ordering, api: 'ordering-api' }, sum(five))
  new ServiceAlarm(
    stack,
    {
      kind: 'no-orders',
      of: 'orders',
      severity: 'critical',
      owner: flow,
      meaning: 'customers come to the order API and nobody of them places an order',
    },
    {
      metric: new MathExpression({
        expression: 'IF(requests >= 100 AND FILL(placed, 0) == 0, 1, 0)',
        usingMetrics: { requests, placed },
        period: Duration.millis(five),
      }),
      threshold: 0,
      datapoints: [2, 3],
    },
  )
  new ServiceAlarm(
    stack,
    {
      kind: 'confirm-ratio',
      of: 'orders',
      severity: 'major',
      owner: flow,
      meaning: 'fewer than half of the orders that end are confirmed',
    },
    {
      metric: new MathExpression({
        expression:
          'IF(FILL(confirmed, 0) + FILL(rejected, 0) >= 10, FILL(confirmed, 0) / (FILL(confirmed, 0) + FILL(rejected, 0)), 1)',
        usingMetrics: {
          confirmed: measured(stack, 'OrdersConfirmed', ordering, sum(five)),
          rejected: measured(stack, 'OrdersRejected', ordering, sum(five)),
        },
        period: Duration.millis(five),
      }),
      threshold: 0.5,
      comparison: 'below',
      datapoints: [2, 3],
    },
  )
  new ServiceAlarm(
    stack,
    {
      kind: 'refund-ratio',
      of: 'orders',
      severity: 'minor',
      owner: flow,
      meaning: 'in a quarter of an hour more than one order is refunded for five that are confirmed',
    },
    {
      metric: new MathExpression({
        expression: 'IF(FILL(refunded, 0) >= 5, FILL(refunded, 0) / MAX([FILL(confirmed, 0), refunded * 0 + 1]), 0)',
        usingMetrics: {
          refunded: measured(stack, 'OrdersRefunded', ordering, sum(minutes(15))),
          confirmed: measured(stack, 'OrdersConfirmed', ordering, sum(minutes(15))),
        },
        period: Duration.minutes(15),
      }),
      threshold: 0.2,
      datapoints: [1, 1],
    },
  )

  const { stepDeadline } = stackOf(stack).site.stage.timing
  const ended = (outcome: string) => ({ service: 'saga', saga: 'fulfil-order', outcome })
  new Objective(stack, {
    of: 'orders-in-time',
    owner: flow,
    promised: 0.99,
    promise: `an order ends, well or not, within ${stepDeadline / 1_000} s`,
    bad: (period) =>
      new MathExpression({
        expression: '1 - SUM([doneInTime, undoneInTime]) / SUM([done, undone])',
        usingMetrics: Object.fromEntries(
          ['done', 'undone'].flatMap((outcome) => [
            [outcome, measured(stack, 'SagaTime', ended(outcome), { statistic: 'SampleCount', period })],
            [
              `${outcome}InTime`,
              measured(stack, 'SagaTime', ended(outcome), { statistic: `TC(:${stepDeadline})`, period }),
            ],
          ]),
        ),
        period: Duration.millis(period),
      }),
  })
}
