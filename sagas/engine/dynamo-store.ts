import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { fromItem, type SagaItem, toItem } from './item.ts'
import type { Overdue, SagaStore, SweeperStore } from './ports.ts'

/** Sagas in a DynamoDB table: a consistent read and a conditional write for each transition. */
export const dynamoStore = (db: DynamoDBDocumentClient, table: string, clock: Clock, timing: Timing): SagaStore => ({
  load: async (sagaId) => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: { sagaId }, ConsistentRead: true }))
    return Item ? fromItem(Item as SagaItem) : undefined
  },
  save: async (next, over) => {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: toItem(next, clock(), timing, over),
          ...(over
            ? { ConditionExpression: 'revision = :revision', ExpressionAttributeValues: { ':revision': over.revision } }
            : { ConditionExpression: 'attribute_not_exists(sagaId)' }),
        }),
      )
      return 'saved'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'lost'
      throw error
    }
  },
})

export const dynamoSweeperStore = (db: DynamoDBDocumentClient, table: string): SweeperStore => ({
  overdue: async function* (shard, before) {
    const pages = paginateQuery(
      { client: db, pageSize: 100 },
      {
        TableName: table,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard AND dueAt <= :before',
        ExpressionAttributeValues: { ':shard': shard, ':before': before },
      },
    )
    for await (const { Items = [] } of pages) yield Items as Overdue[]
  },
  lease: async (sagaId, now, until) => {
    try {
      const { Attributes } = await db.send(
        new UpdateCommand({
          TableName: table,
          Key: { sagaId },
          UpdateExpression: 'SET wokenUntil = :until',
          ConditionExpression: 'phase = :running AND (attribute_not_exists(wokenUntil) OR wokenUntil < :now)',
          ExpressionAttributeValues: { ':running': 'running', ':until': until, ':now': now },
          ReturnValues: 'ALL_NEW',
        }),
      )
      const { subject, correlationId } = fromItem(Attributes as SagaItem)
      return { subject, correlationId }
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined
      throw error
    }
  },
})
