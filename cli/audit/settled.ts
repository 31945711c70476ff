import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { namesOf, wakeups } from '../../infra/names.ts'
import { mailboxOf } from '../../local/watch/mailbox.ts'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'
import { atMost } from '../wait.ts'

/**
 * Whether what is in a queue of the stage is work that somebody will do. The queue of wake-ups holds timers: each saga
 * sends itself one for its next deadline, and nobody takes it back when the saga ends sooner; it is recognised as stale
 * when it falls due, up to 15 minutes later. The mailbox holds what alarms say to people, until somebody reads it.
 */
export const holdsWork = (url: string, stage: string): boolean =>
  ![namesOf(stage).queue(wakeups), mailboxOf(stage)].some((name) => url.endsWith(`/${name}`))

/** Messages in all queues of the stage that hold work: waiting, handed out, and delayed. */
export const countMessages = async ({ clientConfig, stage }: System): Promise<number> => {
  const client = new SQSClient(clientConfig)
  const urls: string[] = []
  for await (const { QueueUrls = [] } of paginateListQueues({ client }, { QueueNamePrefix: `neverstop-${stage}-` }))
    urls.push(...QueueUrls)
  const counts = await atMost(
    8,
    urls.filter((url) => holdsWork(url, stage)),
    async (QueueUrl) => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'ApproximateNumberOfMessagesDelayed',
          ],
        }),
      )
      return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0)
    },
  )
  client.destroy()
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Sagas that run. Those that only remember a cancellation wait for nothing. */
export const countUnfinished = async (system: System): Promise<number> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  let count = 0
  const pages = paginateScan(
    { client },
    {
      TableName: outputOf(system, 'SagasTable'),
      ConsistentRead: true,
      Select: 'COUNT',
      FilterExpression: '#phase = :running',
      ExpressionAttributeNames: { '#phase': 'phase' },
      ExpressionAttributeValues: { ':running': 'running' },
    },
  )
  for await (const page of pages) count += page.Count ?? 0
  client.destroy()
  return count
}
