import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { callTally, counted, countedLine, countingMiddleware } from '../../../reactive/counted.ts'

/** A client of the real SDK, counted, whose requests are answered here. */
const answering = (service: string, client: object, answer: () => object) => {
  const { middlewareStack } = client as { middlewareStack: { add: (middleware: unknown, options: object) => void } }
  const tally = callTally()
  const asked: unknown[] = []
  middlewareStack.add(
    () => async (args: { input: object }) => {
      asked.push(args.input)
      return { output: { $metadata: {}, ...answer() }, response: {} }
    },
    { step: 'build', name: 'answering' },
  )
  middlewareStack.add(countingMiddleware(service, tally), { step: 'initialize', name: 'countCalls' })
  return { tally, asked }
}
const config = { region: 'eu-central-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }

describe('a counted client', () => {
  test('counts what DynamoDB says that a document call consumed', async () => {
    const client = new DynamoDBClient(config)
    const { tally, asked } = answering('DynamoDB', client, () => ({
      ConsumedCapacity: { TableName: 'orders', CapacityUnits: 2 },
    }))
    const documents = DynamoDBDocumentClient.from(client)
    await documents.send(new PutCommand({ TableName: 'orders', Item: { id: 'x' } }))
    await documents.send(new PutCommand({ TableName: 'orders', Item: { id: 'y' } }))
    await documents.send(new GetCommand({ TableName: 'orders', Key: { id: 'x' } }))
    expect(asked[0]).toMatchObject({ ReturnConsumedCapacity: 'INDEXES' })
    expect(tally.take()).toEqual([
      {
        service: 'DynamoDB',
        operation: 'PutItem',
        target: 'orders',
        calls: 2,
        requests: 2,
        entries: 2,
        write: 4,
        read: 0,
      },
      {
        service: 'DynamoDB',
        operation: 'GetItem',
        target: 'orders',
        calls: 1,
        requests: 1,
        entries: 1,
        write: 0,
        read: 2,
      },
    ])
  })

  test('leaves the input of its caller as it is', async () => {
    const client = new SQSClient({ ...config, useQueueUrlAsEndpoint: false })
    const { tally, asked } = answering('SQS', client, () => ({ MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' }))
    const input = { QueueUrl: 'http://localhost/000000000000/orders', MessageBody: 'hello' }
    await client.send(new SendMessageCommand(input))
    expect(asked).toEqual([input])
    expect(tally.take()).toMatchObject([{ operation: 'SendMessage', target: 'orders', requests: 1 }])
  })

  test('counts a call that failed, and lets it fail', async () => {
    const client = new DynamoDBClient(config)
    const { tally } = answering('DynamoDB', client, () => {
      throw Object.assign(new Error('no'), { name: 'ConditionalCheckFailedException' })
    })
    const put = DynamoDBDocumentClient.from(client).send(new PutCommand({ TableName: 'orders', Item: { id: 'x' } }))
    await expect(put).rejects.toThrow('no')
    expect(tally.take()).toMatchObject([{ operation: 'PutItem refused', target: 'orders', calls: 1, write: 1 }])
  })

  test('counts what failed for want of the service under its own name', async () => {
    const client = new DynamoDBClient({ ...config, maxAttempts: 1 })
    const { tally } = answering('DynamoDB', client, () => {
      throw Object.assign(new Error('no'), { name: 'InternalServerError' })
    })
    const put = DynamoDBDocumentClient.from(client).send(new PutCommand({ TableName: 'orders', Item: { id: 'x' } }))
    await expect(put).rejects.toThrow('no')
    expect(tally.take()).toMatchObject([{ operation: 'PutItem', target: 'orders', calls: 1, write: 0 }])
  })

  test('is left as it is where nobody counts', () => {
    const client = new SQSClient(config)
    const before = client.middlewareStack.identify()
    expect(counted(client)).toBe(client)
    expect(client.middlewareStack.identify()).toEqual(before)
  })
})

describe('a tally', () => {
  const units = { target: 'orders', requests: 1, entries: 3, write: 2, read: 0 }

  test('adds up what belongs together, and counts a call once, however many targets it is billed on', () => {
    const tally = callTally()
    tally.add('DynamoDB', 'PutItem', [units, { ...units, target: 'orders/byPlaced', requests: 0 }])
    tally.add('DynamoDB', 'PutItem', [units])
    expect(
      tally.take().map(({ target, calls, requests, entries, write }) => [target, calls, requests, entries, write]),
    ).toEqual([
      ['orders', 2, 2, 6, 4],
      ['orders/byPlaced', 0, 0, 3, 2],
    ])
  })

  test('begins anew when it is taken', () => {
    const tally = callTally()
    tally.add('SQS', 'SendMessage', [units])
    expect(tally.take()).toHaveLength(1)
    expect(tally.take()).toEqual([])
  })

  test('is a line of the log that says whose it is, and none when there was no call', () => {
    const tally = callTally()
    expect(countedLine('payments-commands', tally)).toBeUndefined()
    tally.add('SQS', 'SendMessage', [units])
    expect(JSON.parse(countedLine('payments-commands', tally)!)).toEqual({
      counted: [{ service: 'SQS', operation: 'SendMessage', calls: 1, ...units }],
      by: 'payments-commands',
    })
    expect(countedLine('payments-commands', tally)).toBeUndefined()
  })
})
