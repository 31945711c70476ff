import { App, Aspects, Duration } from 'aws-cdk-lib'
import { LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway'
import { Archive, EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { CfnEventSourceMapping, EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { describe, expect, test } from 'vitest'
import { ReliableQueue } from '../../infra/constructs/reliable-queue.ts'
import { ServiceFunction } from '../../infra/constructs/service-function.ts'
import { ServiceStack } from '../../infra/constructs/service-stack.ts'
import { Physics } from '../../infra/physics/aspect.ts'
import { seconds } from '../../reactive/time.ts'
import { emptyStack, treeOf } from './support/app.ts'

/** What is said when a stack is synthesized; nothing when it holds together. */
const toldOf = (stack: ServiceStack): string => {
  const app = App.of(stack) as App
  Aspects.of(app).add(new Physics())
  try {
    app.synth()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

const handler = (stack: ServiceStack, timeout = seconds(3), more: { readonly reserved?: number } = {}) =>
  new ServiceFunction(stack, 'payments-commands', { timeout, ...more })

/** A queue of which everything may be said, and its dead-letter queue; on stage local. */
const queueOf = (stack: ServiceStack, over: object = {}, { receives = 4, keptDead = 14 } = {}) =>
  new Queue(stack, 'Queue', {
    visibilityTimeout: Duration.seconds(18),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: {
      queue: new Queue(stack, 'Dead', { retentionPeriod: Duration.days(keptDead) }),
      maxReceiveCount: receives,
    },
    ...over,
  })

/** What may be said of a mapping of a queue. */
const mapped = (stack: ServiceStack, over: object = {}) =>
  new EventSourceMapping(stack, 'Mapping', {
    target: handler(stack).lambda,
    eventSourceArn: queueOf(stack).queueArn,
    reportBatchItemFailures: true,
    ...over,
  })

describe('a stage', () => {
  test('is judged by it: none that breaks a rule is synthesized, this run of tests included', () => {
    expect(Aspects.of(treeOf('local')).all.filter((aspect) => aspect instanceof Physics)).toHaveLength(1)
  })

  test('is told every rule that its timing breaks, once, with the name of the timing', () => {
    const { site } = emptyStack()
    const timing = { ...site.stage.timing, receives: 1, sagaDeadline: seconds(1) }
    const app = new App()
    const stacks = ['payments', 'shipping'].map(
      (owner) => new ServiceStack(app, owner, { ...site, stage: { ...site.stage, timing } }, 'A stack with odd times'),
    )
    const told = toldOf(stacks[0]!)
    expect(told).toContain("the timing 'brief' breaks a rule: receives must exceed one")
    expect(told).toContain('a saga must outlast its longest way to the pivot: refund-order')
    expect(told.match(/receives must exceed one/g)).toHaveLength(1)
  })
})

describe('what holds together', () => {
  test('is not complained about', () => {
    const stack = emptyStack()
    mapped(stack)
    expect(toldOf(stack)).toBe('')
  })

  test('is found in our own constructs, too', () => {
    const stack = emptyStack()
    new ReliableQueue(stack, 'payments-commands').consume(handler(stack))
    expect(toldOf(stack)).toBe('')
  })
})

describe('a consumer', () => {
  test('that may still run when its message comes back is told with both times and where it is', () => {
    const stack = emptyStack()
    new ReliableQueue(stack, 'payments-commands').consume(handler(stack, seconds(4)))
    expect(toldOf(stack)).toMatch(
      /\[neverstop-local-payments\/payments-commands-queue\/\S+\] the visibility of neverstop-local-payments-commands, 18 s, is less than six times the 4 s of neverstop-local-payments-commands/,
    )
  })

  test('that is called by its alias is found all the same', () => {
    const stack = emptyStack('payments', { stage: 'dev' })
    new ReliableQueue(stack, 'payments-commands').consume(handler(stack, seconds(6)))
    expect(toldOf(stack)).toContain('30 s, is less than six times the 6 s of neverstop-dev-payments-commands')
  })

  test('whose queue is called by its name is found all the same', () => {
    const stack = emptyStack()
    const { queue } = new ReliableQueue(stack, 'payments-commands')
    expect(queue).toBeDefined()
    const slow = handler(stack, seconds(4))
    new EventSourceMapping(stack, 'Mapping', {
      target: slow.lambda,
      eventSourceArn: stack.queueArn('payments-commands'),
      reportBatchItemFailures: true,
    })
    expect(toldOf(stack)).toContain('is less than six times the 4 s')
  })

  test('that waits for a batch to fill has that much less time', () => {
    const stack = emptyStack()
    mapped(stack, { maxBatchingWindow: Duration.seconds(1) })
    expect(toldOf(stack)).toContain('18 s, is less than six times the 3 s')
  })

  test('must report which messages failed', () => {
    const stack = emptyStack()
    mapped(stack, { reportBatchItemFailures: false })
    expect(toldOf(stack)).toContain('that fails would bring its whole batch back')
  })

  test('must have as many executions as its queue may keep busy', () => {
    const stack = emptyStack('payments', { stage: 'prod' })
    new ReliableQueue(stack, 'payments-commands').consume(handler(stack, seconds(4), { reserved: 19 }))
    expect(toldOf(stack)).toContain(
      'neverstop-prod-payments-commands may keep 20 of neverstop-prod-payments-commands busy, which has 19 executions reserved',
    )
  })

  test('that nobody knows cannot be judged, and is refused', () => {
    const stack = emptyStack()
    new CfnEventSourceMapping(stack, 'Mapping', {
      functionName: 'of-somebody-else',
      eventSourceArn: queueOf(stack).queueArn,
      functionResponseTypes: ['ReportBatchItemFailures'],
    })
    expect(toldOf(stack)).toContain('is not found, so nobody knows how long it may run')
  })

  test('of a stream must give up one day, and split what fails', () => {
    const stack = emptyStack()
    new CfnEventSourceMapping(stack, 'Mapping', {
      functionName: handler(stack).lambda.functionName,
      eventSourceArn: 'arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/1',
      startingPosition: 'TRIM_HORIZON',
    })
    const told = toldOf(stack)
    expect(told).toContain('would be tried until the stream has forgotten it')
    expect(told).toContain('let the mapping bisect')
  })
})

describe('a queue', () => {
  test('that gives up after one receive is refused', () => {
    const stack = emptyStack()
    queueOf(stack, {}, { receives: 1 })
    expect(toldOf(stack)).toContain('gives a message up after 1 receive')
  })

  test('that forgets before its receives are over is refused', () => {
    const stack = emptyStack()
    queueOf(stack, { retentionPeriod: Duration.seconds(72) })
    expect(toldOf(stack)).toContain('forgets a message after 72 s, before its 4 receives of 18 s are over')
  })

  test('that keeps its messages for as long as their dead letters is refused', () => {
    const stack = emptyStack()
    queueOf(stack, { retentionPeriod: Duration.days(14) })
    expect(toldOf(stack)).toContain('dead letters keep their first enqueue time')
  })

  test.each([4, 13])('of dead letters that keeps them for %i days is refused', (keptDead) => {
    const stack = emptyStack()
    queueOf(stack, {}, { keptDead })
    expect(toldOf(stack)).toContain(`keeps messages for ${keptDead} days only: make it 14`)
  })
})

describe('whoever waits for a function', () => {
  test('at the gateway does so for longer than it may run', () => {
    const stack = emptyStack()
    new RestApi(stack, 'Api').root.addMethod('GET', new LambdaIntegration(handler(stack, seconds(29)).lambda))
    expect(toldOf(stack)).toContain('may run for 29 s, and the gateway waits for 29 s only')
  })

  test('by a schedule does so for longer than it may run', () => {
    const stack = emptyStack()
    new Rule(stack, 'Rule', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(handler(stack, seconds(61)).lambda)],
    })
    expect(toldOf(stack)).toContain('may run for 61 s and is started every 60 s: runs would overlap')
  })
})

test('an archive keeps events for exactly as long as duplicates of them are known', () => {
  const stack = emptyStack()
  new Archive(stack, 'Archive', {
    sourceEventBus: new EventBus(stack, 'Bus'),
    eventPattern: { source: ['x'] },
    retention: Duration.days(31),
  })
  expect(toldOf(stack)).toContain('keeps events for 31 days, and their duplicates are known for 30')
})

test('all that is broken is told at once', () => {
  const stack = emptyStack()
  queueOf(stack, { retentionPeriod: Duration.days(14) }, { receives: 1, keptDead: 5 })
  const told = toldOf(stack)
  for (const words of ['gives a message up after 1', 'kept longer', '5 days only']) expect(told).toContain(words)
})
