import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { ServiceAlarm } from './service-alarm.ts'
import type { ServiceFunction } from './service-function.ts'

const minute = Duration.minutes(1)

/** The alarms that every function has: it fails, it is held back, it comes close to being stopped. */
export const functionAlarms = (scope: Construct, { handler, lambda, timeout }: ServiceFunction, onErrors: boolean) => {
  if (onErrors)
    new ServiceAlarm(
      scope,
      {
        kind: 'function-errors',
        of: handler,
        severity: 'major',
        meaning: `${handler} ends with an error again and again`,
      },
      { metric: lambda.metricErrors({ period: minute, statistic: Stats.SUM }), threshold: 0, datapoints: [3, 5] },
    )
  new ServiceAlarm(
    scope,
    {
      kind: 'function-throttles',
      of: handler,
      severity: 'minor',
      meaning: `${handler} is held back by the account's concurrency`,
    },
    { metric: lambda.metricThrottles({ period: minute, statistic: Stats.SUM }), threshold: 0, datapoints: [3, 5] },
  )
  new ServiceAlarm(
    scope,
    {
      kind: 'function-duration',
      of: handler,
      severity: 'warning',
      meaning: `${handler} takes more than 80 % of the ${timeout / 1_000} s after which it is stopped`,
    },
    {
      metric: lambda.metricDuration({ period: minute, statistic: Stats.percentile(99) }),
      threshold: timeout * 0.8,
      datapoints: [5, 10],
    },
  )
}
