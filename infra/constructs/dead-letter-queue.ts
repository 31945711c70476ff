import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { deadOf, outputKey } from '../names.ts'
import { acknowledge } from './acknowledge.ts'
import { ServiceAlarm } from './service-alarm.ts'
import { allow } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import { keyOf } from './stage-key.ts'
import type { Use } from './use.ts'

/** What a failed message may weigh, in bytes: with its record it must fit one item of the desk's table. */
export const maxMessageBytes = 256 * 1024

/** How a queue is encrypted. A data key is good for an hour: each one is a request to the key service and is paid. */
export const encrypted = (scope: Construct) => {
  const key = keyOf(scope)
  return key
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
    : { encryption: QueueEncryption.SQS_MANAGED }
}

/**
 * Where what cannot be handled waits for the recovery desk, which empties it at once: each dead-letter queue of a stage
 * is an event source of `recovery-intake`. So its depth says that something failed, and its age says that the desk does
 * not work.
 */
export class DeadLetterQueue extends Construct {
  /** Name without the stage. */
  readonly thing: string
  readonly queue: Queue

  /** `source` is a queue that redrives to it, or whatever else fails into it: a rule, a stream, a function, a topic. */
  constructor(scope: Construct, source: string, kind: 'queue' | 'other' = 'other') {
    const thing = deadOf(source)
    super(scope, thing)
    const stack = stackOf(this)
    const { stage, names } = stack.site
    this.thing = thing
    this.queue = new Queue(this, 'Queue', {
      queueName: names.queue(thing),
      ...encrypted(this),
      enforceSSL: true,
      retentionPeriod: Duration.millis(stage.timing.deadLetterRetention),
      // recovery-intake consumes it, with the same timeout as any queue's consumer.
      visibilityTimeout: Duration.millis(stage.timing.visibility),
      maxMessageSizeBytes: maxMessageBytes,
    })
    acknowledge(this.queue, {
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is a dead-letter queue itself: what recovery-intake cannot take comes back until it can.',
    })
    if (kind === 'other')
      acknowledge(this.queue, {
        id: 'AwsSolutions-SQS3',
        reason: 'It is a dead-letter queue itself, though not of a queue; recovery-intake empties it.',
      })
    stack.output(outputKey(source, 'DeadLetterQueueUrl'), this.queue.queueUrl)

    const period = Duration.minutes(1)
    new ServiceAlarm(
      this,
      {
        kind: 'dead-letters',
        of: source,
        severity: 'minor',
        meaning: `${source} gave a message up, or something could not be delivered to it`,
      },
      {
        metric: this.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
        threshold: 0,
        datapoints: [1, 1],
      },
    )
    new ServiceAlarm(
      this,
      {
        kind: 'dead-letter-age',
        of: source,
        severity: 'critical',
        owner: 'recovery',
        meaning: `the recovery desk does not take the failed messages of ${source}`,
      },
      {
        metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
        threshold: 300,
        datapoints: [3, 3],
      },
    )
  }

  /**
   * For what Lambda gives up in the name of a function, which must be allowed to by `use`. The CDK's own destinations
   * would let it do more than that.
   */
  get destination() {
    return { bind: () => ({ destination: this.queue.queueArn }) }
  }

  /** Lets a handler give messages up by itself. */
  get use(): Use {
    return {
      environment: { DEAD_LETTER_QUEUE: this.queue.queueUrl },
      statements: [allow(['sqs:SendMessage'], [this.queue.queueArn])],
    }
  }
}
