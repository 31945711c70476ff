import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { commandRecords } from '../../../reactive/command-records.ts'
import { shards } from '../../../reactive/shard.ts'
import { days } from '../../../reactive/time.ts'

type Sent = { readonly name: string; readonly input: Record<string, unknown> }
const key = { orderId: 'ord_1', commandId: 's/pay/do/1' }
const message = { id: 's/pay/do/1' } as Message
const now = Date.UTC(2026, 0, 1)
const intent = { state: 'intent', intent: { amount: 1 }, openedAt: now } as const

const table = (answer: (sent: Sent) => unknown = () => ({})) => {
  const sent: Sent[] = []
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input })
    return answer(sent.at(-1)!)
  }
  const records = commandRecords<{ amount: number }, { id: string }>(
    { send } as unknown as DynamoDBDocumentClient,
    'payments',
    days(30),
  )
  return { records, sent }
}
const conditionFails = (item?: Record<string, unknown>) => () => {
  throw new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(item ? { Item: marshall(item) } : {}),
  })
}

describe('a participant’s book in a table', () => {
  test('writes the first record only where there is none, and nothing into the index', async () => {
    const { records, sent } = table()
    expect(await records.commit(key, 'none', intent, now)).toBeUndefined()
    expect(sent).toMatchObject([
      { name: 'PutCommand', input: { ConditionExpression: 'attribute_not_exists(commandId)' } },
    ])
    expect(sent[0]!.input.Item).toEqual({ ...key, ...intent, at: now })
  })

  test('lists an open intent with its message where it is in the state that was met and on no list', async () => {
    const { records, sent } = table()
    await records.list(key, 'intent', { message, now })
    expect(sent).toMatchObject([
      {
        name: 'UpdateCommand',
        input: {
          Key: key,
          UpdateExpression: 'SET #message = :message, openShard = :shard, openSince = :now',
          ConditionExpression: '#state = :state AND attribute_not_exists(openSince)',
          ExpressionAttributeValues: {
            ':message': message,
            ':shard': expect.stringMatching(/^\d+$/),
            ':now': now,
            ':state': 'intent',
          },
        },
      },
    ])
    await expect(table(conditionFails()).records.list(key, 'intent', { message, now })).resolves.toBeUndefined()
  })

  test('moves a record on only from the state that was looked at, and takes it out of the index', async () => {
    const { records, sent } = table()
    await records.commit(key, 'intent', { state: 'done', intent: { amount: 1 }, result: { id: 'a' } }, now)
    const { input } = sent[0]!
    expect(input).toMatchObject({
      ConditionExpression: '#state = :from',
      ExpressionAttributeValues: { ':from': 'intent', ':state': 'done', ':result': { id: 'a' } },
    })
    expect(input.UpdateExpression).toMatch(/ REMOVE #message, #openShard, #openSince$/)
    const used = new Set(String(input.UpdateExpression).match(/#\w+/g))
    expect(Object.keys(input.ExpressionAttributeNames as object).sort()).toEqual([...used].sort())
  })

  test('hands over the record that stood in the way', async () => {
    const done = { ...key, state: 'done', intent: { amount: 1 }, result: { id: 'a' } }
    const { records } = table(conditionFails(done))
    expect(await records.commit(key, 'none', intent, now)).toMatchObject({
      state: 'done',
      result: { id: 'a' },
    })
  })

  test('finds no record where a condition failed on nothing', async () => {
    const { records } = table(conditionFails())
    expect(await records.commit(key, 'intent', { state: 'undone' }, now)).toEqual({ state: 'none' })
  })

  test('lets every other failure out', async () => {
    const { records } = table(() => {
      throw new Error('throttled')
    })
    await expect(records.commit(key, 'none', intent, now)).rejects.toThrow('throttled')
  })

  test('lets only a tombstone expire, a day after the horizon', async () => {
    const { records, sent } = table()
    await records.commit(key, 'none', { state: 'tombstone', because: 'undone' }, now)
    await records.commit(key, 'none', { state: 'refused', reason: { code: 'c', message: 'm' } }, now)
    await records.commit(key, 'none', intent, now)
    expect(sent.map(({ input }) => (input.Item as { expiresAt?: number }).expiresAt)).toEqual([
      (now + days(31)) / 1_000,
      undefined,
      undefined,
    ])
  })

  test('reads consistently', async () => {
    const { records, sent } = table(() => ({ Item: { ...key, state: 'undone' } }))
    expect(await records.load(key)).toMatchObject({ state: 'undone' })
    expect(sent[0]!.input.ConsistentRead).toBe(true)
  })

  test('looks for open intents in every shard, page by page, and reads each as it is', async () => {
    const { records, sent } = table(({ name, input }) => {
      if (name === 'BatchGetCommand') return { Responses: { payments: [{ ...key, ...intent, message, openSince: 1 }] } }
      const page = { Items: [{ ...key, openSince: 1 }] }
      const first =
        (input.ExpressionAttributeValues as Record<string, unknown>)[':shard'] === '3' && !input.ExclusiveStartKey
      return first ? { ...page, LastEvaluatedKey: { at: 1 } } : input.ExclusiveStartKey ? page : { Items: [] }
    })
    const found: unknown[] = []
    for await (const intent of records.openBefore(now)) found.push(intent)
    const open = { ...key, intent: intent.intent, message, since: 1 }
    expect(found).toEqual([open, open])
    expect(sent.filter(({ name }) => name === 'QueryCommand')).toHaveLength(shards.length + 1)
    const reads = sent.filter(({ name }) => name === 'BatchGetCommand').map(({ input }) => input.RequestItems)
    const read = { payments: { Keys: [key], ConsistentRead: true } }
    expect(reads).toEqual([read, read])
  })

  test('hands out a page of open intents oldest first, however they were read, in one call', async () => {
    const page = [3, 1, 2].map((n) => ({ orderId: `ord_${n}`, commandId: key.commandId, openSince: n }))
    const { records, sent } = table(({ name, input }) => {
      if (name === 'BatchGetCommand')
        return { Responses: { payments: page.map((item) => ({ ...item, ...intent, message })) } }
      const values = input.ExpressionAttributeValues as Record<string, unknown>
      return { Items: values[':shard'] === '3' ? page.toSorted((a, b) => a.openSince - b.openSince) : [] }
    })
    const found: string[] = []
    for await (const { orderId } of records.openBefore(now)) found.push(orderId)
    expect(found).toEqual(['ord_1', 'ord_2', 'ord_3'])
    expect(sent.filter(({ name }) => name === 'BatchGetCommand')).toHaveLength(1)
  })

  test.each([
    { how: 'settled', item: { state: 'done' } },
    { how: 'moved to the back', item: { ...intent, message, openSince: 2 } },
    { how: 'gone', item: undefined },
  ])('passes over what is $how since the index heard of it', async ({ item }) => {
    const { records } = table(({ name, input }) => {
      if (name === 'BatchGetCommand') return { Responses: { payments: item ? [{ ...key, ...item }] : [] } }
      const values = input.ExpressionAttributeValues as Record<string, unknown>
      return { Items: values[':shard'] === '3' ? [{ ...key, openSince: 1 }] : [] }
    })
    const found: unknown[] = []
    for await (const intent of records.openBefore(now)) found.push(intent)
    expect(found).toEqual([])
  })

  test('moves an open intent to the back only when no other sweep has', async () => {
    const open = { ...key, message, since: 1 }
    expect(await table().records.touch(open, now)).toBe(true)
    expect(await table(conditionFails()).records.touch(open, now)).toBe(false)
  })

  test('parks what is there and nothing else', async () => {
    const { records, sent } = table()
    await records.park(key)
    expect(sent[0]!.input).toMatchObject({ ConditionExpression: 'attribute_exists(commandId)' })
    await expect(table(conditionFails()).records.park(key)).resolves.toBeUndefined()
  })
})
