import { Duration } from 'aws-cdk-lib'
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway'
import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events'
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import { contracts } from '../../events/index.ts'
import { acknowledge } from '../constructs/acknowledge.ts'
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts'
import { deliveryAlarm } from '../constructs/delivery-alarm.ts'
import { envelopeTo } from '../constructs/event-subscription.ts'
import { pages, topicName } from '../constructs/service-alarm.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { severities } from '../constructs/severity.ts'
import { keyOf } from '../constructs/stage-key.ts'
import { Table } from '../constructs/table.ts'

import { alarmEmailOutput, outputKey } from '../names.ts'

/**
 * What everything else hangs on: the bus with its archive, the catch below it, the topics that alarms speak to, and the
 * table of what all instances of a control share.
 */
export class Backbone extends ServiceStack {
  /**
   * State that all instances of a control share: an item a control, named `<kind>/<of what>` (`breaker/acquirer`). None of
   * it is worth more than the time that it takes to learn it again.
   */
  readonly controls: Table

  constructor(scope: Construct, site: Site) {
    super(scope, 'backbone', site, 'The event bus, its archive, the alarm topics and the shared state of controls')
    this.controls = new Table(this, 'CONTROLS_TABLE', { partition: ['control', 'S'], expires: 'expiresAt' })
    this.addBus()
    this.addAlarmTopics()
    this.addApiLogging()
  }

  private addBus() {
    const { names, stage } = this.site
    const dead = new DeadLetterQueue(this, 'bus')
    const bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus,
      description: `Events of stage ${stage.name}`,
      deadLetterQueue: dead.queue,
    })
    dead.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [dead.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': bus.eventBusArn } },
      }),
    )
    bus.archive('Archive', {
      description: 'Every event of the platform, to be replayed',
      eventPattern: { source: Match.prefix('neverstop.') },
      retention: Duration.millis(stage.timing.horizon),
    })
    this.output('BusName', bus.eventBusName)

    // An event that matches no rule would vanish without a trace: a new version that was published before anybody
    // subscribed to it, for one. It is parked instead.
    const unrouted = new DeadLetterQueue(this, 'bus-unrouted')
    const rule = new Rule(this, 'Unrouted', {
      ruleName: names.rule('bus-unrouted'),
      description: 'Events of a type that this deployment does not know → the recovery desk',
      eventBus: bus,
      eventPattern: {
        source: Match.prefix('neverstop.'),
        detailType: Match.anythingBut(...contracts.filter(({ kind }) => kind === 'event').map(({ type }) => type)),
      },
      targets: [envelopeTo(unrouted.queue, dead.queue)],
    })
    deliveryAlarm(this, 'bus-unrouted', rule, names.bus)
  }

  private addAlarmTopics() {
    const { names, stage } = this.site
    // There even while pages go nowhere: a queue that came and went with an address would be refused by the policy that
    // guards what holds messages.
    const undeliverable = new DeadLetterQueue(this, 'alarms')
    // By this the next deployment knows the address that nobody gives it again.
    if (stage.alarmEmail) this.output(alarmEmailOutput, stage.alarmEmail)
    for (const severity of severities) {
      const topic = new Topic(this, `Topic-${severity}`, {
        topicName: names.topic(topicName(severity)),
        displayName: `Neverstop ${stage.name}: ${severity}`,
        enforceSSL: true,
        masterKey: keyOf(this),
      })
      topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      )
      if (stage.alarmEmail && pages(severity))
        topic.addSubscription(new EmailSubscription(stage.alarmEmail, { deadLetterQueue: undeliverable.queue }))
      this.output(outputKey(severity, 'TopicArn'), topic.topicArn)
    }
  }

  /** API Gateway writes access logs with one role an account. */
  private addApiLogging() {
    const role = new Role(this, 'ApiLogging', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    })
    acknowledge(role, {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'The role that API Gateway documents for access logs; only API Gateway can assume it.',
    })
    new CfnAccount(this, 'ApiAccount', { cloudWatchRoleArn: role.roleArn }).node.addDependency(role)
  }
}
