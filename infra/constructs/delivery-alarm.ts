import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Rule } from 'aws-cdk-lib/aws-events'
import type { Construct } from 'constructs'
import { ServiceAlarm } from './service-alarm.ts'

/**
 * The alarm on the one way in which an event can be lost: a rule could neither deliver it nor put it into its
 * dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export const deliveryAlarm = (scope: Construct, of: string, rule: Rule, bus?: string) =>
  new ServiceAlarm(
    scope,
    {
      kind: 'delivery-lost',
      of,
      severity: 'critical',
      meaning: `EventBridge could deliver an event neither to ${of} nor to its dead-letter queue; it is lost`,
    },
    {
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'InvocationsFailedToBeSentToDlq',
        dimensionsMap: { ...(bus ? { EventBusName: bus } : {}), RuleName: rule.ruleName },
        period: Duration.minutes(1),
        statistic: Stats.SUM,
      }),
      threshold: 0,
      datapoints: [1, 1],
    },
  )
