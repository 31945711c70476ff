import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Millis } from '../../reactive/time.ts'
import { commandsOf, outputKey } from '../names.ts'
import { type Acknowledgement, acknowledge } from './acknowledge.ts'
import { DeadLetterQueue, encrypted, maxMessageBytes } from './dead-letter-queue.ts'
import { consumerAlarms, queueAlarm } from './queue-alarms.ts'
import { allow, type ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'

/** What a consumer of a queue must be allowed to. */
export const consuming = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
]

/** Why a mapping of a queue has no destination for what fails. */
export const ofQueues: Acknowledgement = {
  id: 'Serverless-LambdaEventSourceMappingDestination',
  reason:
    'Lambda takes a destination for streams only; a message that fails stays in its queue, or goes to its dead-letter queue.',
}

type Waits = {
  /** For so long a message may be in the queue on purpose before anybody is to see it. */
  readonly delay?: Millis
}

type Consumption = {
  /**
   * How many instances it may keep busy: a bulkhead, so that one backlog does not take the account's concurrency. The
   * stage's limit unless stated; one that is stated is no remedy's to raise.
   */
  readonly concurrency?: number
  /** False for a function that reads several queues and gets their addresses another way. */
  readonly tell?: boolean
}

/**
 * A queue that loses nothing: what its consumer cannot handle ends in its dead-letter queue, after several receives or
 * at once. Encrypted, refused without TLS, with alarms.
 *
 * @example
 * const commands = new ReliableQueue(this, 'payments-commands')
 * commands.consume(new ServiceFunction(this, 'payments-commands', { … }))
 */
export class ReliableQueue extends Construct {
  /** Name without the stage. */
  readonly thing: string
  readonly queue: Queue
  readonly dead: DeadLetterQueue
  readonly consumers: ServiceFunction[] = []
  /** How many instances of each consumer it may keep busy. */
  readonly limits: number[] = []
  private readonly delay: Millis
  /** The one partner that all of its messages need, if there is one: then the queue may have a valve. */
  serves?: string

  constructor(scope: Construct, thing: string, { delay = 0 }: Waits = {}) {
    super(scope, `${thing}-queue`)
    const stack = stackOf(this)
    const { stage, names } = stack.site
    const { timing } = stage
    this.thing = thing
    this.dead = new DeadLetterQueue(this, thing, 'queue')
    this.queue = new Queue(this, 'Queue', {
      queueName: names.queue(thing),
      ...encrypted(this),
      enforceSSL: true,
      retentionPeriod: Duration.millis(timing.sourceRetention),
      visibilityTimeout: Duration.millis(timing.visibility),
      maxMessageSizeBytes: maxMessageBytes,
      deadLetterQueue: { queue: this.dead.queue, maxReceiveCount: timing.receives },
    })
    stack.output(outputKey(thing, 'QueueUrl'), this.queue.queueUrl)

    this.delay = delay
    queueAlarm(this, thing, this.queue, delay)
  }

  /**
   * Lets a function consume the queue, ten messages at a time, each acknowledged or refused by itself. Whether it is quick
   * enough for that, and has as many executions to itself as the queue may keep busy, is judged with everything else that
   * must hold together (`physics/`).
   */
  consume(consumer: ServiceFunction, { concurrency, tell = true }: Consumption = {}) {
    const { stage } = stackOf(this).site
    const limit = concurrency ?? stage.concurrency
    if (tell) {
      consumer.use({ environment: { QUEUE_URL: this.queue.queueUrl } })
      consumer.use(this.dead.use)
    } else consumer.use({ statements: this.dead.use.statements ?? [] })
    consumer.use({
      // Every consumer tells the desk what became of a message that the desk put back.
      environment: { DESK_QUEUE: stackOf(this).queueUrl(commandsOf('recovery')) },
      statements: [
        allow(consuming, [this.queue.queueArn]),
        allow(['sqs:SendMessage'], [stackOf(this).queueArn(commandsOf('recovery'))]),
      ],
    })
    const mapping = new EventSourceMapping(this, `To-${consumer.handler}`, {
      target: consumer.live,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: limit,
    })
    acknowledge(mapping, ofQueues)
    consumerAlarms(this, {
      thing: this.thing,
      queue: this.queue,
      consumer,
      concurrency: limit,
      fixed: concurrency !== undefined,
      delay: this.delay,
    })
    this.consumers.push(consumer)
    this.limits.push(limit)
  }
}
