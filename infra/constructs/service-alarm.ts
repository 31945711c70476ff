import { Tags } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { type ServiceStack, stackOf } from './service-stack.ts'
import { type Severity, severities } from './severity.ts'

/** The less grave one of two severities. */
export const noGraverThan = (gravest: Severity, severity: Severity): Severity =>
  severities[Math.max(severities.indexOf(gravest), severities.indexOf(severity))]!

const paging: readonly Severity[] = ['critical', 'major']
export const pages = (severity: Severity) => paging.includes(severity)

/** The kinds of alarm; `docs/runbooks/<kind>.md` says what to do about each. */
export const alarmKinds = [
  'admission-blind',
  'admission-off',
  'api-errors',
  'api-latency',
  'breaker-open',
  'breaker-unreachable',
  'confirm-ratio',
  'consumer-saturated',
  'dead-letter-age',
  'dead-letters',
  'delivery-lost',
  'events-republished',
  'function-duration',
  'function-errors',
  'function-throttles',
  'ledger-drift',
  'message-failures',
  'no-orders',
  'objective-burn',
  'old-failures',
  'open-failures',
  'partner-unanswered',
  'platform-unhealthy',
  'queue-age',
  'refund-ratio',
  'sagas-overdue',
  'schedule-silent',
  'service-unhealthy',
  'stream-age',
  'stuck-sagas',
  'table-throttles',
  'undo-failed',
  'work-shed',
] as const
export type AlarmKind = (typeof alarmKinds)[number]

/** What the platform does about an alarm by itself; `functions/support` does it. */
export const remedies = ['close-valve', 'less-concurrency', 'more-concurrency', 'redrive', 'retry-sagas'] as const
export type Remedy = {
  readonly verb: (typeof remedies)[number]
  /** The queue, without its stage, whose consumer is concerned; `retry-sagas` and `redrive` concern none. */
  readonly queue?: string
}

/**
 * Who answers for what is seen from outside when a service fails, orders that end late and work that waits: nobody, as
 * long as that service pages.
 */
export const flow = 'flow'

type Terms = {
  readonly kind: AlarmKind
  readonly severity: Severity
  /** What it watches, without the stage: `payments-commands`. With the kind it names the alarm. */
  readonly of: string
  /** What it means when it fires, in words for somebody who was asleep. */
  readonly meaning: string
  /** Who answers; the owner of the stack unless another one can mend it. */
  readonly owner?: string
  readonly remedy?: Remedy
  /** Work waits, wherever the cause may be: serious, it pages with the flow of orders and not with its owner. */
  readonly symptom?: true
  /** It is one half of something: it has no action, and no composite of an owner has it as a child. */
  readonly partOf?: string
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

type Described = {
  readonly kind: AlarmKind
  readonly meaning: string
  /** By which support knows its own alarms: the names of another stage's may begin like ours. */
  readonly stage: string
  readonly severity: Severity
  readonly owner: string
  readonly remedy?: Remedy | undefined
}

/** The description of every alarm: meaning, stage, severity, owner, remedy and where it is written what to do. */
export const description = ({ kind, meaning, stage, severity, owner, remedy }: Described) =>
  [
    meaning,
    `stage: ${stage}`,
    `severity: ${severity}`,
    `owner: ${owner}`,
    ...(remedy ? [`remedy: ${remedy.verb}${remedy.queue ? `:${remedy.queue}` : ''}`] : []),
    `runbook: docs/runbooks/${kind}.md`,
  ].join(' | ')

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
  /** Whose composite it is a child of. */
  readonly pagesWith: string
  readonly kind: AlarmKind
  readonly remedy: Remedy | undefined
  readonly partOf: string | undefined

  constructor(scope: Construct, terms: Terms, condition: Condition) {
    super(scope, `${terms.of}-${terms.kind}`)
    const stack = stackOf(this)
    const { kind, of, meaning, owner = stack.owner, symptom, remedy, partOf } = terms
    const severity = noGraverThan(stack.gravest, terms.severity)
    const [datapointsToAlarm, evaluationPeriods] = condition.datapoints
    const stage = stack.site.stage.name
    this.severity = severity
    this.owner = owner
    this.pagesWith = symptom ? flow : owner
    this.kind = kind
    this.remedy = remedy
    this.partOf = partOf
    this.alarmName = stack.site.names.alarm(`${of}-${kind}`)
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: this.alarmName,
      alarmDescription: partOf ?? description({ kind, meaning, stage, severity, owner, remedy }),
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
    if (!pages(severity) && partOf === undefined) {
      const action = new SnsAction(topicOf(this, stack, severity))
      this.alarm.addAlarmAction(action)
      this.alarm.addOkAction(action)
    }
  }
}
