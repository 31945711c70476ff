import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Backend, Cloud } from '../local/adapter.ts'
import type { Settings } from '../local/settings.ts'
import type { Outcome } from './results.ts'

/**
 * Stops and starts a cloud that is ours, and looks whether a table, an item, a queue and a message are still there.
 * Undefined when it was not stopped, since somebody else runs it: then nothing was seen.
 */
export const survivesRestart = async (
  backend: Backend,
  cloud: Cloud,
  settings: Settings,
): Promise<Outcome | undefined> => {
  const name = `parity-kept-${randomBytes(4).toString('hex')}`
  const dynamo = new DynamoDBClient(cloud.clientConfig)
  const [sqs, tables] = [new SQSClient(cloud.clientConfig), DynamoDBDocumentClient.from(dynamo)]
  const silent = () => undefined
  try {
    await dynamo.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
    await sleep(1_000)
    await tables.send(new PutCommand({ TableName: name, Item: { id: 'kept' } }))
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))
    if (!(await backend.down(settings, { purge: false }, silent))) return undefined
    await backend.up(settings, silent)
    const { Item } = await tables.send(new GetCommand({ TableName: name, Key: { id: 'kept' } }))
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    return Item && Messages.length === 1 ? { holds: true } : { holds: false, seen: 'something of them is gone' }
  } catch (error) {
    return { holds: false, seen: `they are gone (${error instanceof Error ? error.name : String(error)})` }
  } finally {
    dynamo.destroy()
    sqs.destroy()
  }
}
