import { Duration } from 'aws-cdk-lib'
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { AnyContract } from '../../events/contract.ts'
import { patternFor } from '../../events/index.ts'
import { deliveryAlarm } from './delivery-alarm.ts'
import { busOf } from './event-bus.ts'
import type { ReliableQueue } from './reliable-queue.ts'
import { stackOf } from './service-stack.ts'

/**
 * Brings events from the bus into a queue. The pattern follows from the contracts, and the queue's messages are our
 * envelopes: the rule passes on `$.detail` only. What EventBridge cannot deliver for a day goes to the queue's
 * dead-letter queue.
 *
 * @throws Error at synth without contracts, or with one that is not an event.
 *
 * @example
 * new EventSubscription(this, { to: events, contracts: [OrderConfirmed] })
 */
export class EventSubscription extends Construct {
  readonly contracts: readonly AnyContract[]
  /** The queue, without the stage, that they are brought into. */
  readonly to: string

  constructor(scope: Construct, { to, contracts }: { to: ReliableQueue; contracts: readonly AnyContract[] }) {
    super(scope, `${to.thing}-subscription`)
    if (contracts.length === 0)
      throw new Error(`${to.thing} subscribes to no contract: name one or drop the subscription`)
    for (const { kind, type } of contracts)
      if (kind !== 'event') throw new Error(`${to.thing} subscribes to ${type}, a ${kind}: only events are on the bus`)
    this.contracts = contracts
    this.to = to.thing
    const { names } = stackOf(this).site
    const rule = new Rule(this, 'Rule', {
      ruleName: names.rule(to.thing),
      description: `${contracts.map(({ contractName }) => contractName).join(', ')} → ${to.thing}`,
      eventBus: busOf(this),
      eventPattern: patternOf(contracts),
      targets: [envelopeTo(to.queue, to.dead.queue)],
    })
    deliveryAlarm(this, to.thing, rule, names.bus)
  }
}

/** A rule's target that receives the envelope alone; what cannot be delivered within a day is parked. */
export const envelopeTo = (queue: Queue, deadLetterQueue: Queue) =>
  new SqsQueue(queue, {
    message: RuleTargetInput.fromEventPath('$.detail'),
    deadLetterQueue,
    retryAttempts: 185,
    maxEventAge: Duration.hours(24),
  })

const patternOf = (contracts: readonly AnyContract[]) => {
  const { source, 'detail-type': detailType } = patternFor(contracts)
  return { source, detailType }
}
