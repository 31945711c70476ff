import {
  type TransactionCanceledException as Cancelled,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { shardOf, shards } from '../../reactive/shard.ts'
import { iso } from '../../reactive/time.ts'
import { type Cause, currentVersions, type OrderEvent } from './events.ts'
import type { EventStore } from './store.ts'
import { readRecord } from './upcast.ts'

export const unstartedIndex = 'unstarted'

/** Of each shard, how many unstarted orders one look returns. */
const unstartedPage = 25

/**
 * The streams of orders in a table: partition key `orderId`, sort key `sequence`. An event is put only where none is, so
 * of all who append after the same event one wins; several events go in one transaction.
 *
 * The first event of a stream carries the mark that lists the order in the sparse index `unstarted`. It is written with
 * the order itself and not by a projection, so that it does not get lost with the table's stream.
 */
export const dynamoStore = (client: DynamoDBDocumentClient, table: string): EventStore => {
  const itemOf = (orderId: string, sequence: number, event: OrderEvent, cause: Cause) => ({
    orderId,
    sequence,
    type: event.type,
    version: currentVersions[event.type],
    data: event.data,
    cause,
    ...(sequence === 1 ? { unstartedShard: shardOf(orderId), unstartedSince: cause.at } : {}),
  })
  const firstOf = (orderId: string) => ({ TableName: table, Key: { orderId, sequence: 1 } })

  return {
    load: async (orderId) => {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'orderId = :orderId',
          ExpressionAttributeValues: { ':orderId': orderId },
        },
      )
      const items: unknown[] = []
      for await (const { Items = [] } of pages) items.push(...Items)
      return items.map((item) => readRecord(item))
    },

    append: async (orderId, length, events, cause) => {
      const puts = events.map((event, index) => ({
        TableName: table,
        Item: itemOf(orderId, length + 1 + index, event, cause),
        ConditionExpression: 'attribute_not_exists(orderId)',
      }))
      try {
        if (puts.length === 1) await client.send(new PutCommand(puts[0]!))
        else await client.send(new TransactWriteCommand({ TransactItems: puts.map((Put) => ({ Put })) }))
        return 'appended'
      } catch (error) {
        if (isConflict(error)) return 'conflict'
        throw error
      }
    },

    markStarted: async (orderId) => {
      const update = new UpdateCommand({
        ...firstOf(orderId),
        UpdateExpression: 'REMOVE unstartedShard, unstartedSince',
        ConditionExpression: 'attribute_exists(unstartedShard)',
      })
      await client.send(update).catch(ignoreFailedCondition)
    },

    unstarted: async (since) => {
      const pages = await Promise.all(
        shards.map((shard) =>
          client.send(
            new QueryCommand({
              TableName: table,
              IndexName: unstartedIndex,
              KeyConditionExpression: 'unstartedShard = :shard AND unstartedSince < :since',
              ExpressionAttributeValues: { ':shard': shard, ':since': iso(since) },
              Limit: unstartedPage,
            }),
          ),
        ),
      )
      const items = pages.flatMap(({ Items = [] }) => Items as { orderId: string; unstartedSince: string }[])
      return items.sort((a, b) => (a.unstartedSince < b.unstartedSince ? -1 : 1)).map(({ orderId }) => orderId)
    },

    postpone: async (orderId, at) => {
      const update = new UpdateCommand({
        ...firstOf(orderId),
        UpdateExpression: 'SET unstartedSince = :at',
        ConditionExpression: 'attribute_exists(unstartedShard)',
        ExpressionAttributeValues: { ':at': iso(at) },
      })
      await client.send(update).catch(ignoreFailedCondition)
    },
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException ||
  (error instanceof TransactionCanceledException &&
    reasonsOf(error).some((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict'))

const reasonsOf = ({ CancellationReasons = [] }: Cancelled) => CancellationReasons.map(({ Code }) => Code)

const ignoreFailedCondition = (error: unknown): void => {
  if (!(error instanceof ConditionalCheckFailedException)) throw error
}
