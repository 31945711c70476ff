import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import {
  ApprovalRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  ReturnCompleted,
  ReturnRejected,
} from '../../events/ordering.ts'
import { EventSubscription } from '../constructs/event-subscription.ts'
import { EvidenceFunction } from '../constructs/evidence-function.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { keyOf } from '../constructs/stage-key.ts'
import { Table } from '../constructs/table.ts'
import type { Use } from '../constructs/use.ts'
import { eventsOf } from '../names.ts'

const ends = [ApprovalRequested, OrderConfirmed, OrderRejected, OrderCancelled]
const afterwards = [OrderRefunded, OrderRefundRefused, ReturnCompleted, ReturnRejected]

/** Notifications: tells customers how their orders ended. By choreography: it listens, and nobody commands it. */
export class Notifications extends ServiceStack {
  constructor(scope: Construct, site: Site, { controls }: { controls: Use }) {
    super(scope, 'notifications', site, 'Tells customers how their orders ended')
    const { stage, names } = site
    const notifications = new Table(this, 'NOTIFICATIONS_TABLE', {
      partition: ['orderId', 'S'],
      sort: ['eventId', 'S'],
      expires: 'expiresAt',
    })
    const topic = new Topic(this, 'Topic', {
      topicName: names.topic('notifications'),
      enforceSSL: true,
      masterKey: keyOf(this),
    })
    this.output('NotificationsTopicArn', topic.topicArn)

    const heard = new ReliableQueue(this, eventsOf('notifications'))
    new EventSubscription(this, {
      to: heard,
      contracts: [...ends, ...afterwards],
    })
    heard.consume(
      new ServiceFunction(this, 'notifications-events', {
        timeout: stage.timing.handlerTimeout,
        uses: [
          notifications.use('read', 'write'),
          controls,
          { environment: { TOPIC_ARN: topic.topicArn }, statements: [allow(['sns:Publish'], [topic.topicArn])] },
        ],
      }),
    )
    new EvidenceFunction(this, 'notifications-evidence', {
      answersFor: [heard.thing],
      uses: [notifications.use('read')],
    })
  }
}
