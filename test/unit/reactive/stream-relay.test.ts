import type { Context, DynamoDBStreamEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import type { Failure } from '../../../reactive/failure.ts'
import { consumeStream, type StreamOptions, tracedPublisher } from '../../../reactive/stream-relay.ts'
import { traceparentOf } from '../../../reactive/tracing.ts'
import { handClock } from '../../support/deliveries.ts'
import { observedInMemory } from '../../support/observation.ts'
import { countingTracer, traceparent } from '../../support/tracer.ts'

const at = Date.UTC(2026, 0, 5)
const edge = 'ordering-relay'
const context = { awsRequestId: 'req-1', getRemainingTimeInMillis: () => 29_000 } as Context

const eventOf = (...orders: readonly string[]): DynamoDBStreamEvent => ({
  Records: orders.map((order, index) => ({
    eventID: `e${index + 1}`,
    dynamodb: { NewImage: { orderId: { S: order } }, ApproximateCreationDateTime: at / 1_000 - 2 },
  })),
})

const aStream = (options: Partial<StreamOptions<string>> = {}) => {
  const watched = observedInMemory('/ordering', edge)
  const parked: { body: string; failure: Failure }[] = []
  const handled: string[][] = []
  const consume = consumeStream<string>(
    {
      service: '/ordering',
      read: ({ after }) => {
        const order = String(after?.orderId)
        if (order === 'poison') throw new PermanentError('unreadable', `${order} cannot be read`)
        return order
      },
      handle: async (orders) => void handled.push([...orders]),
      traits: (order) => ({ order }),
      ...options,
    },
    {
      park: async (body, failure) => void parked.push({ body, failure }),
      observed: watched.observation,
      clock: handClock(at).clock,
    },
  )
  return { ...watched, parked, handled, consume: (event: DynamoDBStreamEvent) => consume(event, context) }
}

describe('the changes of a table', () => {
  test('are handled in order and measured', async () => {
    const { consume, handled, sumOf, valuesOf } = aStream()
    await consume(eventOf('a', 'b', 'c'))
    expect(handled).toEqual([['a', 'b', 'c']])
    expect(sumOf('MessagesHandled', { edge, service: 'ordering' })).toBe(3)
    expect(valuesOf('BatchSize')).toEqual([3])
    expect(valuesOf('MessageAge')).toEqual([2_000, 2_000, 2_000])
  })

  test('are one line that names what they are about', async () => {
    const { consume, lines } = aStream()
    await consume(eventOf('a', 'b'))
    expect(lines).toMatchObject([{ level: 'info', message: 'handled 2', entry: { edge, remaining_ms: 29_000 } }])
    expect(lines[0]!.entry.messages).toMatchObject([
      { event_id: 'e1', order: 'a' },
      { event_id: 'e2', order: 'b' },
    ])
  })

  test('that cannot be read are parked whole, and hold up no others', async () => {
    const { consume, handled, parked, sumOf, lines } = aStream()
    await consume(eventOf('a', 'poison', 'c'))
    expect(handled).toEqual([['a', 'c']])
    expect(parked).toMatchObject([{ failure: { class: 'poison', code: 'unreadable', consumer: '/ordering' } }])
    expect(JSON.parse(parked[0]!.body)).toMatchObject({
      eventID: 'e2',
      dynamodb: { NewImage: { orderId: { S: 'poison' } } },
    })
    expect(sumOf('MessagesFailed', { edge, class: 'poison' })).toBe(1)
    expect(sumOf('MessagesHandled', { edge })).toBe(2)
    expect(lines[0]).toMatchObject({ level: 'error', message: 'parked 1, handled 2' })
  })

  test('that cannot be handled now come again, all of them', async () => {
    const { consume, sumOf, lines } = aStream({ handle: () => Promise.reject(new Error('the bus is throttled')) })
    await expect(consume(eventOf('a', 'b'))).rejects.toThrow('the bus is throttled')
    expect(sumOf('MessagesFailed', { edge, class: 'transient' })).toBe(2)
    expect(sumOf('MessagesHandled')).toBe(0)
    expect(lines[0]).toMatchObject({ level: 'warn', message: 'retried 2' })
  })
})

describe('publishing what changed', () => {
  const messageOf = (id: string, trace?: string) =>
    ({
      id,
      type: 'ordering.OrderPlaced.v1',
      subject: id,
      ...(trace ? { traceparent: trace } : {}),
    }) as unknown as Message

  test('gives each message a span in its own trace, from which its consumers go on', async () => {
    const { tracer, spans } = countingTracer()
    const sent: Message[] = []
    const publish = tracedPublisher(async (messages) => void sent.push(...messages), { tracer, handler: edge })
    await publish([messageOf('a', traceparent('1')), messageOf('b', traceparent('2')), messageOf('c')])
    expect(spans().map(({ name, kind, traceId }) => [name, kind, traceId.at(-1)])).toEqual([
      ['publish ordering.OrderPlaced.v1', 'producer', '1'],
      ['publish ordering.OrderPlaced.v1', 'producer', '2'],
    ])
    expect(sent.map((message) => message.traceparent)).toEqual([...spans().map(traceparentOf), undefined])
  })

  test('that fails says so in every span, and fails', async () => {
    const { tracer, spans } = countingTracer()
    const publish = tracedPublisher(() => Promise.reject(new Error('throttled')), { tracer, handler: edge })
    await expect(publish([messageOf('a', traceparent('1'))])).rejects.toThrow('throttled')
    expect(spans()).toMatchObject([{ error: 'throttled' }])
  })
})
