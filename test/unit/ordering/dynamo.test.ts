import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { dynamoStore } from '../../../functions/ordering/dynamo-store.ts'
import { dynamoPrices } from '../../../functions/ordering/prices.ts'
import { dynamoViews } from '../../../functions/ordering/views.ts'
import { TransientError } from '../../../reactive/errors.ts'
import { shardOf } from '../../../reactive/shard.ts'
import { fromIso } from '../../../reactive/time.ts'
import { at, cancelled, confirmed, orderId, placed, rejected, requested } from '../../support/ordering.ts'

type Sent = { readonly name: string; readonly input: Record<string, unknown> }

/** A client whose answers, or errors, are given; what the tables themselves promise is tested against real ones. */
const client = (...answers: unknown[]) => {
  const sent: Sent[] = []
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer ?? {}
  }
  return { db: { send } as unknown as DynamoDBDocumentClient, sent }
}

const cause = { at, correlationid: orderId }
const place = { orderId, sequence: 1 }
const failedCondition = new ConditionalCheckFailedException({ message: 'the condition failed', $metadata: {} })
const cancelledBy = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  })

describe('appending to the table', () => {
  test('is one conditional put for one event', async () => {
    const { db, sent } = client({})
    await dynamoStore(db, 'events').append(orderId, 0, [placed], cause)
    expect(sent).toMatchObject([
      {
        name: 'PutCommand',
        input: {
          TableName: 'events',
          ConditionExpression: 'attribute_not_exists(orderId)',
          Item: { orderId, sequence: 1, type: 'placed', version: 1, unheardSince: at },
        },
      },
    ])
  })

  test.each([placed, requested, confirmed, rejected, cancelled])(
    'marks $type as unheard with the event itself',
    async (event) => {
      const { db, sent } = client({})
      await dynamoStore(db, 'events').append(orderId, 1, [event], cause)
      expect(sent).toMatchObject([{ input: { Item: { unheardShard: shardOf(orderId), unheardSince: at } } }])
    },
  )

  test('is one transaction for several, each under its condition', async () => {
    const { db, sent } = client({})
    await dynamoStore(db, 'events').append(orderId, 0, [placed, requested], cause)
    const put = { ConditionExpression: 'attribute_not_exists(orderId)' }
    expect(sent).toMatchObject([
      { name: 'TransactWriteCommand', input: { TransactItems: [{ Put: put }, { Put: put }] } },
    ])
  })

  test.each([
    ['a failed condition', [placed], failedCondition],
    ['a failed condition in a transaction', [placed, requested], cancelledBy('None', 'ConditionalCheckFailed')],
    ['another transaction on the same stream', [placed, requested], cancelledBy('TransactionConflict', 'None')],
  ] as const)('takes %s for a conflict', async (_, events, error) => {
    const { db } = client(error)
    expect(await dynamoStore(db, 'events').append(orderId, 0, events, cause)).toBe('conflict')
  })

  test.each([
    ['a throttled table', [placed], new Error('throttled')],
    ['a throttled transaction', [placed, requested], cancelledBy('ThrottlingError', 'None')],
    ['an item that is too large', [placed, requested], cancelledBy('ValidationError')],
  ] as const)('does not take %s for a conflict', async (_, events, error) => {
    const { db } = client(error)
    await expect(dynamoStore(db, 'events').append(orderId, 0, events, cause)).rejects.toBe(error)
  })

  test('lets an error in the marks through, and only a failed condition pass', async () => {
    const throttled = new Error('throttled')
    await expect(dynamoStore(client(throttled).db, 'events').markHeard(place)).rejects.toBe(throttled)
    await expect(dynamoStore(client(throttled).db, 'events').postpone(place, 1)).rejects.toBe(throttled)
    await dynamoStore(client(failedCondition).db, 'events').markHeard(place)
    await dynamoStore(client(failedCondition).db, 'events').postpone(place, 1)
  })

  test('touches the mark of the one event, and only while it has one', async () => {
    const { db, sent } = client({})
    await dynamoStore(db, 'events').markHeard(place)
    await dynamoStore(db, 'events').postpone(place, fromIso(at))
    const own = { TableName: 'events', Key: place, ConditionExpression: 'attribute_exists(unheardShard)' }
    expect(sent).toEqual([
      { name: 'UpdateCommand', input: { ...own, UpdateExpression: 'REMOVE unheardShard, unheardSince' } },
      {
        name: 'UpdateCommand',
        input: {
          ...own,
          UpdateExpression: 'SET unheardSince = :at',
          ExpressionAttributeValues: { ':at': at },
        },
      },
    ])
  })

  test('asks every shard of the index for what is unheard, and puts the oldest first', async () => {
    const item = (sequence: number, unheardSince: string) => ({ ...place, sequence, unheardShard: '1', unheardSince })
    const [young, old] = [item(3, '2026-11-21T14:00:09.000Z'), item(1, '2026-11-21T14:00:01.000Z')]
    const { db, sent } = client({ Items: [young] }, { Items: [old] }, {})
    expect(await dynamoStore(db, 'events').unheard(fromIso(at))).toEqual([
      { orderId, sequence: 1 },
      { orderId, sequence: 3 },
    ])
    const asked = sent.map(({ input }) => (input.ExpressionAttributeValues as Record<string, string>)[':shard'])
    expect(new Set(asked).size).toBe(16)
    expect(sent.every(({ input }) => input.IndexName === 'unheard' && input.Limit === 25)).toBe(true)
  })
})

describe('reading prices', () => {
  const tea = { sku: 'TEA-01', name: 'Tea', price: { amount: 1, currency: 'EUR' }, revision: 1 }
  const pot = { ...tea, sku: 'POT-02' }

  test('asks again for what a throttled table left out', async () => {
    const { db, sent } = client(
      { Responses: { prices: [tea] }, UnprocessedKeys: { prices: { Keys: [{ sku: 'POT-02' }] } } },
      { Responses: { prices: [pot] } },
    )
    expect(Object.keys(await dynamoPrices(db, 'prices').find(['TEA-01', 'POT-02']))).toEqual(['TEA-01', 'POT-02'])
    expect(sent[1]?.input).toMatchObject({ RequestItems: { prices: { Keys: [{ sku: 'POT-02' }] } } })
  })

  test('does not take a price for absent that could not be read', async () => {
    const { db, sent } = client({ UnprocessedKeys: { prices: { Keys: [{ sku: 'TEA-01' }] } } })
    await expect(dynamoPrices(db, 'prices').find(['TEA-01'])).rejects.toThrow(TransientError)
    expect(sent).toHaveLength(4)
  })

  test('asks nobody about no products', async () => {
    const { db, sent } = client()
    await dynamoPrices(db, 'prices').find([])
    expect(sent).toEqual([])
  })

  test('lets an error through when an entry is listed, and only a failed condition pass', async () => {
    const throttled = new Error('throttled')
    await expect(dynamoPrices(client(throttled).db, 'prices').list(tea)).rejects.toBe(throttled)
    await dynamoPrices(client(failedCondition).db, 'prices').list(tea)
  })
})

describe('reading views', () => {
  test('asks every shard for the newest of everyone’s', async () => {
    const { db, sent } = client({ Items: [] })
    await dynamoViews(db, 'views').page('everyone', 20)
    const asked = sent.map(({ input }) => (input.ExpressionAttributeValues as Record<string, string>)[':key'])
    expect(new Set(asked).size).toBe(16)
    expect(sent.every(({ input }) => input.IndexName === 'byPlaced' && input.Limit === 21)).toBe(true)
  })

  test('asks one index key for a customer’s', async () => {
    const { db, sent } = client({ Items: [] })
    await dynamoViews(db, 'views').page({ customerId: 'alice' }, 20, `${at}/${orderId}`)
    expect(sent).toMatchObject([
      {
        input: {
          IndexName: 'byCustomer',
          ScanIndexForward: false,
          ExpressionAttributeValues: { ':key': 'alice', ':before': `${at}/${orderId}` },
        },
      },
    ])
  })

  test('lets an error through when an advance is noted', async () => {
    const throttled = new Error('throttled')
    const advance = { revision: 1, at, phase: 'running', mode: 'forward', changes: [] } as const
    await expect(
      dynamoViews(client(throttled).db, 'views').advance(orderId, 'fulfil-order', { ...advance, changes: [] }),
    ).rejects.toBe(throttled)
  })
})
