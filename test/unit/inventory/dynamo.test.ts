import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { dynamoCatalogue } from '../../../functions/inventory/dynamo-catalogue.ts'
import { dynamoReservations } from '../../../functions/inventory/dynamo-reservations.ts'
import { TransientError } from '../../../reactive/errors.ts'
import { days } from '../../../reactive/time.ts'
import { aProduct, at, commandIdOf, orderId } from '../../support/inventory.ts'

// What the tables answer is in the suite that runs against them; here is what no emulator does: contention, throttling.

type Sent = { readonly name: string; readonly input: Record<string, unknown> }
const key = { orderId, commandId: commandIdOf(orderId) }
const lines = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 1 },
]
const tables = { stock: 'stock', reservations: 'reservations' }

const scripted = (...answers: (() => unknown)[]) => {
  const sent: Sent[] = []
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input })
    return (answers.length > 1 ? answers.shift()! : answers[0]!)()
  }
  const dynamo = { send } as unknown as DynamoDBDocumentClient
  return {
    sent,
    book: dynamoReservations(dynamo, tables, { horizon: days(30), random: () => 0 }),
    catalogue: dynamoCatalogue(dynamo, tables),
  }
}

const ok = () => ({})
const cancelled =
  (...codes: string[]) =>
  () => {
    const CancellationReasons = codes.map((Code) => ({ Code }))
    throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons })
  }
const failing = (name: string) => () => {
  throw Object.assign(new Error(name), { name })
}

describe('a move in the tables', () => {
  test('is one transaction: the record on condition of its state, every line on condition of its units', async () => {
    const { book, sent } = scripted(ok)
    expect(await book.reserve(key, lines, at)).toBe('written')
    expect(sent).toHaveLength(1)
    const items = sent[0]!.input.TransactItems as Record<string, Record<string, unknown>>[]
    expect(items.map((item) => Object.keys(item))).toEqual([['Put'], ['Update'], ['Update']])
    expect(items[0]!.Put).toMatchObject({
      Item: { ...key, state: 'done', lines, at },
      ConditionExpression: 'attribute_not_exists(commandId)',
    })
    expect(items[1]!.Update).toMatchObject({
      Key: { sku: 'A1' },
      ConditionExpression: expect.stringContaining('#from >= :quantity'),
      ExpressionAttributeNames: { '#from': 'available', '#to': 'committed' },
    })
  })

  test('sends no token that would answer for the tables', async () => {
    const { book, sent } = scripted(ok)
    await book.reserve(key, lines, at)
    expect(sent[0]!.input).not.toHaveProperty('ClientRequestToken')
  })

  test.each([
    [['ConditionalCheckFailed', 'None', 'None'], 'recorded'],
    [['ConditionalCheckFailed', 'ConditionalCheckFailed', 'None'], 'recorded'],
    [['ConditionalCheckFailed', 'TransactionConflict', 'None'], 'recorded'],
    [['None', 'None', 'ConditionalCheckFailed'], 'stock'],
    [['None', 'ValidationError', 'None'], 'stock'],
    [['None', 'TransactionConflict', 'ConditionalCheckFailed'], 'stock'],
  ])('that is cancelled for %j says %s at once', async (codes, expected) => {
    const { book, sent } = scripted(cancelled(...codes))
    expect(await book.reserve(key, lines, at)).toBe(expected)
    expect(sent).toHaveLength(1)
  })

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is made again after a %s',
    async (code) => {
      const { book, sent } = scripted(cancelled('None', code, 'None'), cancelled('None', 'None', code), ok)
      expect(await book.release(key, lines, at)).toBe('written')
      expect(sent).toHaveLength(3)
      expect(sent[2]).toEqual(sent[0])
    },
  )

  test('is left to the queue when others are always in the way', async () => {
    const { book, sent } = scripted(cancelled('None', 'TransactionConflict', 'None'))
    const refusal = await book.restock(key, lines, at).catch((error) => error)
    expect(refusal).toBeInstanceOf(TransientError)
    expect(refusal.message).toContain(key.commandId)
    expect(refusal.message).toContain('TransactionConflict')
    expect(sent).toHaveLength(6)
  })

  test('lets an answer that says nothing out', async () => {
    const { book } = scripted(failing('TimeoutError'))
    await expect(book.reserve(key, lines, at)).rejects.toThrow('TimeoutError')
    await expect(book.record(key, { state: 'tombstone', because: 'undone' }, at)).rejects.toThrow('TimeoutError')
  })
})

describe('a sale in the tables', () => {
  test('is one write of the reservation, on condition that it holds its units', async () => {
    const { book, sent } = scripted(ok)
    expect(await book.sell(key, at)).toBe(true)
    expect(sent).toEqual([
      {
        name: 'UpdateCommand',
        input: expect.objectContaining({
          TableName: 'reservations',
          Key: key,
          ConditionExpression: '#state = :from',
          ExpressionAttributeValues: { ':from': 'done', ':to': 'sold', ':at': at },
        }),
      },
    ])
  })

  test.each(['TransactionConflictException', 'TimeoutError'])(
    'lets a %s out: the message comes again',
    async (name) => {
      const { book } = scripted(failing(name))
      await expect(book.sell(key, at)).rejects.toThrow(name)
      await expect(book.takeBack(key, 'damaged')).rejects.toThrow(name)
    },
  )
})

describe('reading stock', () => {
  test('asks again for what a throttled table left out', async () => {
    const { book, sent } = scripted(
      () => ({ Responses: { stock: [{ sku: 'A1' }] }, UnprocessedKeys: { stock: { Keys: [{ sku: 'B2' }] } } }),
      () => ({ Responses: { stock: [{ sku: 'B2' }] } }),
    )
    expect([...(await book.stockOf(['A1', 'B2'])).keys()]).toEqual(['A1', 'B2'])
    expect(sent[1]!.input).toMatchObject({ RequestItems: { stock: { Keys: [{ sku: 'B2' }], ConsistentRead: true } } })
  })

  test('does not take what could not be read for missing', async () => {
    const { book } = scripted(() => ({ UnprocessedKeys: { stock: { Keys: [{ sku: 'A1' }] } } }))
    await expect(book.stockOf(['A1'])).rejects.toBeInstanceOf(TransientError)
  })
})

describe('the catalogue in its table', () => {
  test('lets failures out that say nothing of the item', async () => {
    const { catalogue } = scripted(failing('ThrottlingException'))
    await expect(catalogue.create(aProduct('A1'))).rejects.toThrow('ThrottlingException')
  })
})
