import { marshall } from '@aws-sdk/util-dynamodb'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { itemBytes, unitsOf } from '../../../reactive/call-units.ts'

const one = (...words: Parameters<typeof unitsOf>) => {
  const [units, ...more] = unitsOf(...words)
  expect(more).toEqual([])
  return units
}
const kilobytes = (count: number) => ({ id: 'x', text: 'y'.repeat(count * 1_024 - 7) })

describe('a call of a queue', () => {
  test('is a request, whatever it carries, up to 64 KB', () => {
    const send = { QueueUrl: 'http://localhost:4566/000000000000/orders', MessageBody: 'x'.repeat(65_536) }
    expect(one('SQS', 'SendMessage', send, {})).toEqual({
      target: 'orders',
      requests: 1,
      entries: 1,
      write: 0,
      read: 0,
    })
    expect(one('SQS', 'SendMessage', { ...send, MessageBody: 'x'.repeat(65_537) }, {})).toMatchObject({ requests: 2 })
  })

  test('carries ten messages for the price of one', () => {
    const Entries = Array.from({ length: 10 }, () => ({ MessageBody: 'x'.repeat(1_000) }))
    expect(one('SQS', 'SendMessageBatch', { QueueUrl: 'q/orders', Entries }, {})).toMatchObject({
      requests: 1,
      entries: 10,
    })
  })

  test('without a payload is a request', () => {
    expect(one('SQS', 'ChangeMessageVisibility', { QueueUrl: 'q/orders' }, {})).toMatchObject({ requests: 1 })
  })

  test('counts bytes, not characters', () => {
    expect(one('SQS', 'SendMessage', { QueueUrl: 'q', MessageBody: 'ü'.repeat(40_000) }, {})).toMatchObject({
      requests: 2,
    })
  })
})

describe('a call of the bus', () => {
  test('is as many requests as it has events', () => {
    const Entries = ['{}', '{}', 'x'.repeat(70_000)].map((Detail) => ({ EventBusName: 'bus', Detail }))
    expect(one('EventBridge', 'PutEvents', { Entries }, {})).toEqual({
      target: 'bus',
      requests: 4,
      entries: 3,
      write: 0,
      read: 0,
    })
  })
})

test('a message to a topic is a request', () => {
  expect(one('SNS', 'Publish', { TopicArn: 'arn:aws:sns:eu:0:mails', Message: 'hello' }, {})).toMatchObject({
    target: 'mails',
    requests: 1,
  })
})

test('any other call is a request', () => {
  expect(one('Lambda', 'Invoke', { FunctionName: 'ledger' }, {})).toMatchObject({ target: 'ledger', requests: 1 })
})

describe('a write of DynamoDB', () => {
  test('is what the service says, with a line for each index', () => {
    const said = {
      ConsumedCapacity: {
        TableName: 'orders',
        CapacityUnits: 4,
        Table: { CapacityUnits: 1 },
        GlobalSecondaryIndexes: { byCustomer: { CapacityUnits: 2 }, byPlaced: { CapacityUnits: 1 } },
      },
    }
    expect(unitsOf('DynamoDB', 'PutItem', { TableName: 'orders' }, said)).toEqual([
      { target: 'orders', requests: 1, entries: 1, write: 1, read: 0 },
      { target: 'orders/byCustomer', requests: 0, entries: 0, write: 2, read: 0 },
      { target: 'orders/byPlaced', requests: 0, entries: 0, write: 1, read: 0 },
    ])
  })

  test('in a transaction has a line for each table, and is one request', () => {
    const ConsumedCapacity = [
      { TableName: 'orders', CapacityUnits: 4 },
      { TableName: 'stock', CapacityUnits: 2 },
    ]
    expect(unitsOf('DynamoDB', 'TransactWriteItems', {}, { ConsumedCapacity })).toEqual([
      { target: 'orders', requests: 1, entries: 1, write: 4, read: 0 },
      { target: 'stock', requests: 0, entries: 0, write: 2, read: 0 },
    ])
  })

  test('whose condition failed is billed all the same', () => {
    const put = ['DynamoDB', 'PutItem', { TableName: 'orders' }, undefined] as const
    expect(one(...put, 'ConditionalCheckFailedException')).toMatchObject({ target: 'orders', write: 1, requests: 1 })
    const TransactItems = [{ Put: { TableName: 'orders' } }, { Update: { TableName: 'stock' } }]
    expect(
      unitsOf('DynamoDB', 'TransactWriteItems', { TransactItems }, undefined, 'TransactionCanceledException').map(
        ({ target, write, requests }) => [target, write, requests],
      ),
    ).toEqual([
      ['orders', 2, 1],
      ['stock', 2, 0],
    ])
  })

  test('that was throttled is not', () => {
    expect(
      one('DynamoDB', 'PutItem', { TableName: 'orders' }, undefined, 'ProvisionedThroughputExceededException'),
    ).toMatchObject({ write: 0, requests: 1 })
  })

  test('of which nothing is said is a request without units', () => {
    expect(one('DynamoDB', 'PutItem', { TableName: 'orders' }, {})).toMatchObject({ target: 'orders', write: 0 })
  })
})

describe('a read of DynamoDB', () => {
  const said = (CapacityUnits: number) => ({ ConsumedCapacity: { TableName: 'orders', CapacityUnits } })

  test('is what the service says', () => {
    expect(one('DynamoDB', 'GetItem', { ConsistentRead: true }, { ...said(3), Item: { id: 'x' } })).toMatchObject({
      read: 3,
      write: 0,
    })
  })

  test('is at least what came back weighs: a unit every 4 KB, half of it where it may be stale', () => {
    const got = (ConsistentRead: boolean, size: number) =>
      one('DynamoDB', 'GetItem', { ConsistentRead }, { ...said(0.5), Item: kilobytes(size) })!.read
    expect([got(true, 4), got(true, 5), got(false, 4), got(false, 9)]).toEqual([1, 2, 0.5, 1.5])
  })

  test('that found nothing is a unit', () => {
    expect(one('DynamoDB', 'GetItem', { ConsistentRead: true }, said(1))).toMatchObject({ read: 1 })
  })

  test('of many together is weighed together by a query, and one by one by their keys', () => {
    const Items = Array.from({ length: 8 }, () => kilobytes(1))
    expect(one('DynamoDB', 'Query', { ConsistentRead: true }, { ...said(1), Items })).toMatchObject({ read: 2 })
    const batch = { RequestItems: { orders: { ConsistentRead: true } } }
    expect(one('DynamoDB', 'BatchGetItem', batch, { ...said(1), Responses: { orders: Items } })).toMatchObject({
      read: 8,
    })
  })

  test('in a transaction is twice', () => {
    const Responses = [{ Item: { id: 'x' } }, {}]
    expect(one('DynamoDB', 'TransactGetItems', {}, { ...said(2), Responses })).toMatchObject({ read: 4 })
  })

  test('of an index is the index’s', () => {
    const answer = {
      ConsumedCapacity: {
        TableName: 'orders',
        CapacityUnits: 0.5,
        Table: { CapacityUnits: 0 },
        GlobalSecondaryIndexes: { byPlaced: { CapacityUnits: 0.5 } },
      },
      Items: [kilobytes(10)],
    }
    expect(
      unitsOf('DynamoDB', 'Query', { TableName: 'orders' }, answer).map(({ target, read }) => [target, read]),
    ).toEqual([
      ['orders', 0],
      ['orders/byPlaced', 1.5],
    ])
  })
})

describe('an item', () => {
  test('weighs its names and values', () => {
    expect(itemBytes({ id: 'abc', total: 1_250, ok: true, none: null })).toBe(5 + (5 + 3) + (2 + 1) + (4 + 1))
    expect(itemBytes({ l: ['ab'], m: { k: 'v' } })).toBe(1 + 3 + 3 + (1 + 3 + 3))
    expect(itemBytes(undefined)).toBe(0)
  })

  test('weighs the same, however its values are written', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{2,6}$/), tie('any'), { maxKeys: 3 }),
      ),
    })).any
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{2,6}$/), value, { maxKeys: 4 }), (item) => {
        expect(itemBytes(marshall(item))).toBe(itemBytes(item))
      }),
    )
  })
})
