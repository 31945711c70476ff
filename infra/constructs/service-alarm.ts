import { Tags } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { type ServiceStack, stackOf } from './service-stack.ts'

/**
 * How soon somebody must come. *critical*: at once, orders stop or something may be lost; *major*: at once, a service
 * does not do its work; *minor*: in working hours; *warning*: when convenient. The first two page, through the composite
 * of their service and never by themselves, so that one cause pages once.
 */
export const severities = ['critical', 'major', 'minor', 'warning'] as const
export type Severity = (typeof severities)[number]

const paging: readonly Severity[] = ['critical', 'major']
export const pages = (severity: Severity) => paging.includes(severity)

/** The kinds of alarm; `docs/runbooks/<kind>.md` says what to do about each. */
export const alarmKinds = [
  'api-errors',
  'api-latency',
  'dead-letter-age',
  'dead-letters',
  'delivery-lost',
  'function-duration',
  'function-errors',
  'function-throttles',
  'platform-unhealthy',
  'queue-age',
  'schedule-silent',
  'service-unhealthy',
  'stream-age',
] as const
export type AlarmKind = (typeof alarmKinds)[number]

type Terms = {
  readonly kind: AlarmKind
  readonly severity: Severity
  /** What it watches, without the stage: `payments-commands`. With the kind it names the alarm. */
  readonly of: string
  /** What it means when it fires, in words for somebody who was asleep. */
  readonly meaning: string
  /** Who answers; the owner of the stack unless another one can mend it. */
  readonly owner?: string
}

type Condition = {
  readonly metric: IMetric
  readonly threshold: number
  readonly comparison?: 'above' | 'below'
  /** So many of the last so many periods. */
  readonly datapoints: readonly [breaching: number, of: number]
  /** What silence means; `fine` unless silence is the fault. */
  readonly missing?: 'fine' | 'breaching'
}

/** The description of every alarm: meaning, severity, owner and where it is written what to do. */
export const description = (kind: AlarmKind, meaning: string, severity: Severity, owner: string) =>
  `${meaning} | severity: ${severity} | owner: ${owner} | runbook: docs/runbooks/${kind}.md`

export const topicName = (severity: Severity) => `alarms-${severity}`

/** The topic of a severity, from its name. */
export const topicOf = (scope: Construct, stack: ServiceStack, severity: Severity): ITopic =>
  Topic.fromTopicArn(
    scope,
    `Topic-${severity}`,
    stack.formatArn({ service: 'sns', resource: stack.site.names.topic(topicName(severity)) }),
  )

/**
 * An alarm on one metric with everything that the person whom it wakes needs.
 *
 * @example
 * new ServiceAlarm(this, { kind: 'queue-age', of: 'payments-commands', severity: 'major', meaning: '…' },
 *   { metric, threshold: 150, datapoints: [3, 3] })
 */
export class ServiceAlarm extends Construct {
  readonly alarm: Alarm
  /** The alarm's physical name, which composites in other stacks refer to. */
  readonly alarmName: string
  readonly severity: Severity
  readonly owner: string
  readonly kind: AlarmKind

  constructor(scope: Construct, terms: Terms, condition: Condition) {
    super(scope, `${terms.of}-${terms.kind}`)
    const stack = stackOf(this)
    const { kind, severity, of, meaning, owner = stack.owner } = terms
    const [datapointsToAlarm, evaluationPeriods] = condition.datapoints
    this.severity = severity
    this.owner = owner
    this.kind = kind
    this.alarmName = stack.site.names.alarm(`${of}-${kind}`)
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: this.alarmName,
      alarmDescription: description(kind, meaning, severity, owner),
      metric: condition.metric,
      threshold: condition.threshold,
      comparisonOperator:
        condition.comparison === 'below'
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData: condition.missing === 'breaching' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    })
    Tags.of(this.alarm).add('neverstop:severity', severity)
    Tags.of(this.alarm).add('neverstop:owner', owner)
    if (!pages(severity)) {
      const action = new SnsAction(topicOf(this, stack, severity))
      this.alarm.addAlarmAction(action)
      this.alarm.addOkAction(action)
    }
  }
}
