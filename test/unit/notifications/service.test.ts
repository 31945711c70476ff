import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { SNSClient } from '@aws-sdk/client-sns'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { ApprovalRequested, OrderCancelled } from '../../../events/ordering.ts'
import { notifier } from '../../../functions/notifications/service.ts'
import { dynamoNotices } from '../../../functions/notifications/store.ts'
import { topicPublisher } from '../../../functions/notifications/topic.ts'
import { PostponedError } from '../../../reactive/errors.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import type { BrownOut } from '../../../reactive/regulator.ts'
import { days, minutes } from '../../../reactive/time.ts'

const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const at = Date.UTC(2026, 10, 21, 14)
const cancelled = (sequence = 3) =>
  seal(OrderCancelled({ orderId, customerId: 'alice' }), {
    id: `${orderId}/${sequence}`,
    source: '/ordering',
    subject: orderId,
    time: '2026-11-21T14:00:00.000Z',
    correlationid: 'flow-1',
  })

const awaiting = seal(
  ApprovalRequested({ orderId, customerId: 'alice', total: { amount: 200_000, currency: 'EUR' } }),
  {
    id: `${orderId}/2`,
    source: '/ordering',
    subject: orderId,
    time: '2026-11-21T14:00:00.000Z',
    correlationid: 'flow-1',
  },
)

type Input = { Item?: object; Key?: object; ExpressionAttributeValues?: Record<string, unknown> }

/** The table and the topic, of which any call may fail before or after it took effect. */
const world = (now = at) => {
  const items = new Map<string, Record<string, unknown>>()
  const published: Record<string, unknown>[] = []
  const failures: ('none' | 'before' | 'after')[] = []
  const call = async <T>(effect: () => T): Promise<T> => {
    const how = failures.shift() ?? 'none'
    if (how === 'before') throw new Error('no answer')
    const done = effect()
    if (how === 'after') throw new Error('no answer')
    return done
  }
  const dynamo = {
    send: ({ input }: { input: Input }) =>
      call(() => {
        const { orderId, eventId } = (input.Item ?? input.Key) as { orderId: string; eventId: string }
        const name = `${orderId}|${eventId}`
        const found = items.get(name)
        if (!input.Item) {
          const { ':sent': state, ':now': sentAt, ':expiresAt': expiresAt } = input.ExpressionAttributeValues!
          items.set(name, { ...found, state, sentAt, expiresAt })
          return {}
        }
        if (found) {
          throw new ConditionalCheckFailedException({ message: 'exists', $metadata: {}, Item: marshall(found) })
        }
        items.set(name, { ...input.Item })
        return {}
      }),
  } as unknown as DynamoDBDocumentClient
  const sns = {
    send: ({ input }: { input: Record<string, unknown> }) => call(() => void published.push(input)),
  } as unknown as SNSClient
  const door = { level: 0 as BrownOut }
  const meter = memoryMeter('/notifications')
  const notify = notifier({
    store: dynamoNotices(dynamo, 'notices', days(30)),
    publish: topicPublisher(sns, 'arn:aws:sns:eu-central-1:000000000000:notices'),
    clock: () => now,
    measure: meter.measure,
    level: async () => door.level,
    waitsAtMost: minutes(1),
  })
  return {
    notify: (event: object = cancelled()) => notify(event as never),
    door,
    counted: (name: string) => meter.taken.filter((taken) => taken.name === name).length,
    published,
    items,
    failing: (...next: typeof failures) => void failures.push(...next),
  }
}

describe('telling a customer', () => {
  test('publishes the notice with what subscribers filter by', async () => {
    const { notify, published } = world()
    await notify()
    expect(published).toEqual([
      {
        TopicArn: 'arn:aws:sns:eu-central-1:000000000000:notices',
        Subject: `Order ${orderId} is cancelled`,
        Message: expect.stringContaining('as you asked'),
        MessageAttributes: {
          type: { DataType: 'String', StringValue: 'ordering.OrderCancelled.v1' },
          eventId: { DataType: 'String', StringValue: `${orderId}/3` },
          correlationId: { DataType: 'String', StringValue: 'flow-1' },
        },
      },
    ])
  })

  test('does not tell again what is known to be told', async () => {
    const { notify, published, items } = world()
    for (let times = 0; times < 3; times++) await notify()
    expect(published).toHaveLength(1)
    expect([...items.values()]).toEqual([
      { orderId, eventId: `${orderId}/3`, state: 'sent', at, sentAt: at, expiresAt: (at + days(31)) / 1_000 },
    ])
  })

  test('tells each event of an order', async () => {
    const { notify, published } = world()
    await notify(cancelled(3))
    await notify(cancelled(4))
    expect(published).toHaveLength(2)
  })

  test('keeps a notice that may not have been told for ever', async () => {
    const { notify, items, failing } = world()
    failing('none', 'before')
    await expect(notify()).rejects.toThrow()
    expect([...items.values()]).toEqual([{ orderId, eventId: `${orderId}/3`, state: 'pending', at }])
  })

  const calls = ['recording it as pending', 'publishing it', 'recording it as sent'] as const
  const told = { before: [1, 1, 2], after: [1, 2, 1] } as const
  test.each(
    (['before', 'after'] as const).flatMap((how) =>
      calls.map((call, nth) => [call, how, told[how][nth]!, nth] as const),
    ),
  )('tells at least once when %s fails %s its effect: %i times', async (_, how, times, nth) => {
    const { notify, published, failing, items } = world()
    failing(...Array.from({ length: nth }, () => 'none' as const), how)
    await expect(notify()).rejects.toThrow()
    await notify()
    expect(published).toHaveLength(times)
    expect([...items.values()]).toMatchObject([{ state: 'sent' }])
  })
})

describe('a notice that comes late', () => {
  test('is set aside on record once it is worth nothing any more, and is so when it comes again', async () => {
    const { notify, published, items, counted } = world(at + days(1) + 1)
    expect([await notify(awaiting), await notify(awaiting)]).toEqual([undefined, 'repeated'])
    expect(published).toEqual([])
    expect([...items.values()]).toMatchObject([{ state: 'outdated', expiresAt: expect.any(Number) }])
    expect(counted('WorkOutdated')).toBe(1)
  })

  test('is sent as long as it is worth something', async () => {
    const { notify, published } = world(at + days(1))
    await notify(awaiting)
    expect(published).toHaveLength(1)
  })

  test('is sent however late where its worth does not end', async () => {
    const { notify, published } = world(at + days(30))
    await notify()
    expect(published).toHaveLength(1)
  })
})

describe('while there is more urgent work', () => {
  test('a notice is put back and nothing is recorded of it', async () => {
    const { notify, door, published, items } = world()
    door.level = 1
    await expect(notify()).rejects.toBeInstanceOf(PostponedError)
    expect([published, items.size]).toEqual([[], 0])
    door.level = 0
    await notify()
    expect(published).toHaveLength(1)
  })

  test('it does not wait for longer than it may', async () => {
    const { notify, door, published } = world(at + minutes(1))
    door.level = 2
    await notify()
    expect(published).toHaveLength(1)
  })
})
