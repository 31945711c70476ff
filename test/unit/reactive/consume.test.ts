import type { Context, SQSEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { ReserveStock } from '../../../events/inventory.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { type ConsumerOptions, consumer } from '../../../reactive/consume.ts'
import { PermanentError, PostponedError, TransientError } from '../../../reactive/errors.ts'
import { carried, type Tracer, traceparentOf } from '../../../reactive/tracing.ts'
import { commandOf, handClock, orderId } from '../../support/deliveries.ts'
import { observedInMemory } from '../../support/observation.ts'
import { countingTracer, traceparent } from '../../support/tracer.ts'

const at = Date.UTC(2026, 0, 5)
const authorise = (n: number, token = 'tok_ok') =>
  commandOf(AuthorisePayment({ orderId, amount: { amount: 1_250, currency: 'EUR' }, token }), at, {
    id: `fulfil-order:${orderId}/authorise-payment/do/${n}`,
    causationid: `${orderId}/1`,
  })

const eventOf = (bodies: readonly (object | string)[], receives = 1): SQSEvent =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index + 1}`,
      receiptHandle: `r${index + 1}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(at - 40) },
      eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:neverstop-test-payments-commands',
    })),
  }) as unknown as SQSEvent

const context = { awsRequestId: 'req-1', getRemainingTimeInMillis: () => 2_900 } as Context

const edge = 'payments-commands'

/** A consumer of payments' commands, with everything that it measures, logs and sends. */
const aConsumer = (
  options: Partial<ConsumerOptions<typeof AuthorisePayment>>,
  send: (command: { readonly constructor: { readonly name: string } }) => Promise<unknown> = async () => ({}),
  tracer?: Tracer,
  pressure?: (edge: string, ages: readonly number[]) => Promise<void>,
) => {
  const watched = observedInMemory('/payments', edge, tracer)
  const hand = handClock(at)
  const sent: string[] = []
  const consume = consumer<typeof AuthorisePayment>(
    { service: '/payments', contracts: [AuthorisePayment], ...options } as ConsumerOptions<typeof AuthorisePayment>,
    {
      sqs: {
        send: async (command: { readonly constructor: { readonly name: string } }) => {
          sent.push(command.constructor.name)
          return send(command)
        },
      } as never,
      urlOf: (queue) => queue,
      deadLetterUrlOf: (queue) => `${queue}-dead`,
      desk: 'recovery-commands',
      receives: 4,
      observed: watched.observation,
      clock: hand.clock,
      random: () => 0.5,
      ...(pressure ? { pressure } : {}),
    },
  )
  return { ...watched, hand, sent, consume: (event: SQSEvent) => consume(event, context) }
}

describe('a batch that is handled', () => {
  test('is acknowledged, and measured message by message', async () => {
    const { consume, hand, sumOf, valuesOf, taken } = aConsumer({ handle: async () => hand.pass(7) })
    expect(await consume(eventOf([authorise(1), authorise(2)]))).toEqual({ batchItemFailures: [] })
    expect(sumOf('MessagesHandled', { edge })).toBe(2)
    expect(sumOf('MessagesFailed')).toBe(0)
    expect(valuesOf('BatchSize')).toEqual([2])
    expect(valuesOf('MessageAge')).toEqual([40, 40])
    expect(valuesOf('MessageTime')).toHaveLength(2)
    expect(taken.every(({ dimensions }) => dimensions.service === 'payments' && dimensions.edge === edge)).toBe(true)
  })

  test('is one line, however many messages', async () => {
    const { consume, lines } = aConsumer({ handle: async () => {} })
    await consume(eventOf([authorise(1), authorise(2), authorise(3)]))
    expect(lines).toMatchObject([
      {
        level: 'info',
        message: 'handled 3',
        entry: { edge, cold_start: true, remaining_ms: 2_900, request_id: 'req-1', duration_ms: 0 },
      },
    ])
    expect(lines[0]!.entry.messages).toHaveLength(3)
  })

  test('of one message says everything about it in its line', async () => {
    const { consume, lines } = aConsumer({ handle: async () => {} })
    await consume(eventOf([authorise(1)], 3))
    expect(lines[0]!.entry).toEqual({
      edge,
      message_id: `fulfil-order:${orderId}/authorise-payment/do/1`,
      contract: 'payments.AuthorisePayment.v1',
      order: orderId,
      saga: `fulfil-order:${orderId}`,
      correlation_id: orderId,
      causation_id: `${orderId}/1`,
      outcome: 'handled',
      attempt: 3,
      ms: 0,
      age_ms: 40,
      duration_ms: 0,
      remaining_ms: 2_900,
      cold_start: true,
      request_id: 'req-1',
    })
  })

  test('is a cold start only the first time', async () => {
    const { consume, lines } = aConsumer({ handle: async () => {} })
    await consume(eventOf([authorise(1)]))
    await consume(eventOf([authorise(2)]))
    expect(lines.map(({ entry }) => entry.cold_start)).toEqual([true, false])
  })

  test('counts what was answered from a record apart', async () => {
    const { consume, sumOf, lines } = aConsumer({
      handle: async ({ message }) => (message.id.endsWith('/1') ? 'repeated' : undefined),
    })
    await consume(eventOf([authorise(1), authorise(2)]))
    expect(sumOf('MessagesRepeated', { edge })).toBe(1)
    expect(sumOf('MessagesHandled', { edge })).toBe(2)
    expect(lines[0]!.message).toBe('repeated 1, handled 1')
  })
})

test('a message that is postponed is put back and acknowledged: neither handled nor failed, in metrics and in the log', async () => {
  const { consume, sumOf, sent, lines } = aConsumer({
    handle: async ({ message }) => {
      if (message.id.endsWith('/1')) throw new PostponedError(at + 5_000, 'the breaker of acquirer is open')
    },
  })
  expect(await consume(eventOf([authorise(1), authorise(2)], 4))).toEqual({ batchItemFailures: [] })
  expect(sent).toEqual(['SendMessageCommand'])
  expect(sumOf('MessagesPostponed', { edge })).toBe(1)
  expect(sumOf('MessagesHandled', { edge })).toBe(1)
  expect(sumOf('MessagesFailed')).toBe(0)
  const because = 'the breaker of acquirer is open'
  expect(lines).toMatchObject([
    { level: 'info', message: 'postponed 1, handled 1', entry: { messages: [{ outcome: 'postponed', because }, {}] } },
  ])
  await consume(eventOf([authorise(1)], 4))
  expect(lines.at(-1)).toMatchObject({ level: 'info', message: `postponed: ${because}` })
})

describe('a message that fails', () => {
  test.each([
    ['transient', new TransientError('the acquirer is silent')],
    ['unknown', new Error('a bug')],
  ])('for a reason that is %s comes again, and only it', async (failureClass, error) => {
    const { consume, sumOf, sent, lines } = aConsumer({
      handle: async ({ message }) => {
        if (message.id.endsWith('/1')) throw error
      },
    })
    expect(await consume(eventOf([authorise(1), authorise(2)]))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }],
    })
    expect(sent).toEqual(['ChangeMessageVisibilityCommand'])
    expect(sumOf('MessagesFailed', { edge, class: failureClass })).toBe(1)
    expect(sumOf('MessagesHandled', { edge })).toBe(1)
    expect(lines[0]).toMatchObject({ level: 'warn', message: 'retried 1, handled 1' })
    expect((lines[0]!.entry.messages as { outcome: string }[])[0]).toMatchObject({
      outcome: 'retried',
      class: failureClass,
      because: error.message,
    })
  })

  test.each([
    ['permanent', new PermanentError('damaged-stock-record', 'damaged')],
    ['expired', new PermanentError('expired', 'too late')],
  ])('for good is parked as %s and acknowledged', async (failureClass, error) => {
    const { consume, sumOf, sent, lines } = aConsumer({
      handle: async () => {
        throw error
      },
    })
    expect(await consume(eventOf([authorise(1)]))).toEqual({ batchItemFailures: [] })
    expect(sent).toEqual(['SendMessageCommand'])
    expect(sumOf('MessagesFailed', { edge, class: failureClass })).toBe(1)
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: `parked: ${error.message}`,
      entry: { outcome: 'parked', code: error.code, class: failureClass },
    })
  })

  test('for the last time is parked, with what the queue would not know', async () => {
    const { consume, sumOf, sent } = aConsumer({
      handle: async () => {
        throw new TransientError('the acquirer is silent')
      },
    })
    expect(await consume(eventOf([authorise(1)], 4))).toEqual({ batchItemFailures: [] })
    expect(sent).toEqual(['SendMessageCommand'])
    expect(sumOf('MessagesFailed', { edge, class: 'transient' })).toBe(1)
  })

  test.each(['no json', { id: 'no envelope' }, commandOf(ReserveStock({ orderId, lines: [] as never }), at)])(
    'to be read is poison',
    async (body) => {
      const { consume, sumOf } = aConsumer({ handle: async () => {} })
      expect(await consume(eventOf([body]))).toEqual({ batchItemFailures: [] })
      expect(sumOf('MessagesFailed', { edge, class: 'poison' })).toBe(1)
      expect(sumOf('MessagesHandled')).toBe(0)
    },
  )

  test('of a version that is not known yet is transient', async () => {
    const { consume, sumOf } = aConsumer({ handle: async () => {} })
    const next = { ...authorise(1), type: 'payments.AuthorisePayment.v2' }
    expect((await consume(eventOf([next]))).batchItemFailures).toHaveLength(1)
    expect(sumOf('MessagesFailed', { edge, class: 'transient' })).toBe(1)
  })

  test('and cannot be parked stays where it is', async () => {
    const { consume, lines } = aConsumer(
      { handle: (): Promise<undefined> => Promise.reject(new PermanentError('damaged', 'damaged')) },
      () => Promise.reject(new Error('the dead-letter queue is gone')),
    )
    expect((await consume(eventOf([authorise(1)]))).batchItemFailures).toEqual([{ itemIdentifier: 'm1' }])
    expect(lines[0]).toMatchObject({ level: 'error', entry: { outcome: 'kept' } })
    expect(lines[0]!.message).toContain('the dead-letter queue is gone')
  })

  test('does not put into the log what it says of a person', async () => {
    const { consume, lines } = aConsumer({
      handle: async ({ message }) => {
        throw new TransientError(`no answer about ${message.data.token}`)
      },
    })
    await consume(eventOf([authorise(1, 'tok_of_ada')]))
    expect(JSON.stringify(lines)).not.toContain('tok_of_ada')
    expect(lines[0]!.message).toBe('retried: no answer about ***')
  })

  test('is told before those that did not, when a line cannot name all', async () => {
    const { consume, lines } = aConsumer({
      handle: async ({ message }) => {
        if (message.id.endsWith('/30')) throw new TransientError('late')
      },
    })
    await consume(eventOf(Array.from({ length: 30 }, (_, index) => authorise(index + 1))))
    const { messages, more } = lines[0]!.entry as { messages: { outcome: string }[]; more: number }
    expect(messages).toHaveLength(20)
    expect(messages[0]!.outcome).toBe('retried')
    expect(more).toBe(10)
  })
})

describe('a consumer that folds its batch', () => {
  test('says for each message what became of it', async () => {
    const { consume, sumOf } = aConsumer({
      handleBatch: async () => [undefined, new TransientError('overtaken'), 'repeated'],
    })
    expect(await consume(eventOf([authorise(1), authorise(2), authorise(3)]))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm2' }],
    })
    expect(sumOf('MessagesHandled')).toBe(2)
    expect(sumOf('MessagesRepeated')).toBe(1)
    expect(sumOf('MessagesFailed', { class: 'transient' })).toBe(1)
  })

  test('fails for all when it throws', async () => {
    const { consume, sumOf } = aConsumer({ handleBatch: () => Promise.reject(new Error('a bug')) })
    expect((await consume(eventOf([authorise(1), authorise(2)]))).batchItemFailures).toHaveLength(2)
    expect(sumOf('MessagesFailed', { class: 'unknown' })).toBe(2)
  })
})

describe('a batch that is traced', () => {
  const traced = (n: number, trace = String(n)) => ({ ...authorise(n), traceparent: traceparent(trace) })
  const process = 'process payments.AuthorisePayment.v1'

  test('has a span a message in the message’s own trace, and one of its own that is linked to all', async () => {
    const { tracer, named } = countingTracer()
    const { consume } = aConsumer({ handle: async () => {} }, undefined, tracer)
    await consume(eventOf([traced(1), traced(2)]))
    const [batch, ...others] = named(`receive ${edge}`)
    expect(others).toEqual([])
    expect(batch!.links.map(({ traceId }) => traceId.at(-1))).toEqual(['1', '2'])
    expect(batch).not.toHaveProperty('parentId')
    const spans = named(process)
    expect(spans.map(({ traceId, parentId }) => [traceId.at(-1), parentId])).toEqual([
      ['1', 'b'.repeat(16)],
      ['2', 'b'.repeat(16)],
    ])
    for (const span of spans) expect(span.links).toEqual([{ traceId: batch!.traceId, spanId: batch!.spanId }])
    expect(spans[0]!.attributes).toMatchObject({
      'messaging.system': 'aws_sqs',
      'messaging.destination.name': edge,
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': 2,
      'cloudevents.event_subject': orderId,
      'faas.trigger': 'pubsub',
      'neverstop.outcome': 'handled',
    })
  })

  test('of one message needs no span of its own', async () => {
    const { tracer, spans } = countingTracer()
    const { consume } = aConsumer({ handle: async () => {} }, undefined, tracer)
    await consume(eventOf([traced(1)]))
    expect(spans().map(({ name }) => name)).toEqual([process])
  })

  test('hands each message on with the span that handles it', async () => {
    const { tracer, named } = countingTracer()
    const seen: (string | undefined)[] = []
    const { consume } = aConsumer(
      { handle: async ({ message }) => void seen.push(message.traceparent) },
      undefined,
      tracer,
    )
    await consume(eventOf([traced(1), traced(2)]))
    expect(seen).toEqual(named(process).map(traceparentOf))
  })

  test('says what a message failed with, without what is personal', async () => {
    const { tracer, named } = countingTracer()
    const { consume } = aConsumer(
      {
        handle: async ({ message }) => {
          throw new TransientError(`no answer about ${message.data.token}`)
        },
      },
      undefined,
      tracer,
    )
    await consume(eventOf([{ ...authorise(1, 'tok_of_ada'), traceparent: traceparent('1') }]))
    expect(named(process)).toMatchObject([
      { error: 'no answer about ***', attributes: { 'neverstop.outcome': 'retried' } },
    ])
  })

  test('lets a folded batch send on from the trace of each', async () => {
    const { tracer, named } = countingTracer()
    const sent: (string | undefined)[] = []
    const { consume } = aConsumer(
      {
        handleBatch: async () => {
          for (const trace of ['2', '1'])
            sent.push(carried({ ...authorise(9), traceparent: traceparent(trace) }).traceparent)
          return [undefined, undefined]
        },
      },
      undefined,
      tracer,
    )
    await consume(eventOf([traced(1), traced(2)]))
    expect(sent).toEqual(named(process).map(traceparentOf).toReversed())
  })

  test('leaves alone what nobody traces', async () => {
    const { tracer, spans } = countingTracer()
    const seen: (string | undefined)[] = []
    const unsampled = { ...authorise(1), traceparent: traceparent('1', '00') }
    const { consume } = aConsumer(
      { handle: async ({ message }) => void seen.push(message.traceparent) },
      undefined,
      tracer,
    )
    await consume(eventOf([unsampled, unsampled]))
    expect(spans()).toEqual([])
    expect(seen).toEqual([unsampled.traceparent, unsampled.traceparent])
  })
})

describe('the pressure of a queue', () => {
  const heard = async (event: SQSEvent) => {
    const reports: unknown[] = []
    const { consume } = aConsumer({ handle: async () => undefined }, undefined, undefined, async (...report) => {
      reports.push(report)
    })
    await consume(event)
    return reports
  }

  test('is how long messages waited that came for the first time', async () => {
    expect(await heard(eventOf([authorise(1), authorise(2)]))).toEqual([[edge, [40, 40]]])
  })

  test('says nothing of those that come again, nor of what cannot be read', async () => {
    expect(await heard(eventOf([authorise(1)], 2))).toEqual([[edge, []]])
    expect(await heard(eventOf(['not a message']))).toEqual([[edge, []]])
  })

  test('counts those that were put back with a delay only from when they were due', async () => {
    const putBack = (due: number) => {
      const event = eventOf([authorise(1)])
      const [record] = event.Records
      record!.messageAttributes = { due: { dataType: 'String', stringValue: new Date(due).toISOString() } }
      return event
    }
    expect(await heard(putBack(at - 15))).toEqual([[edge, [15]]])
    expect(await heard(putBack(at - 90))).toEqual([[edge, [40]]])
    expect(await heard(putBack(at + 500))).toEqual([[edge, [0]]])
  })
})
