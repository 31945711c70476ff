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
import { allEnded } from '../../reactive/all-ended.ts'
import { inSample } from '../../reactive/sample.ts'
import { shardOf, shards } from '../../reactive/shard.ts'
import { iso } from '../../reactive/time.ts'
import { type Cause, type OrderEvent, type Place, storedAs } from './events.ts'
import { sentKeyOf } from './sent.ts'
import type { EventStore } from './store.ts'
import { readRecord } from './upcast.ts'

const unheardIndex = 'unheard'

/** Of each shard, how many unheard events one look returns. */
const unheardPage = 25

/**
 * The streams of orders in a table: partition key `orderId`, sort key `sequence`. An event is put only where none is, so
 * of all who append after the same event one wins; several events go in one transaction.
 *
 * Every event carries the mark that lists it in the sparse index `unheard` until it was heard. It is written with the event
 * itself and not by a projection, so that it does not get lost with the table's stream. So are the keys under which the
 * ledger finds what was sent; `ledgerShare`, from 0 to 1, is the share of flows that have them.
 */
export const dynamoStore = (
  client: DynamoDBDocumentClient,
  table: string,
  { ledgerShare = 0 }: { readonly ledgerShare?: number } = {},
): EventStore => {
  const itemOf = (orderId: string, sequence: number, event: OrderEvent, cause: Cause) => ({
    ...storedAs(orderId, sequence, event, cause),
    unheardShard: shardOf(orderId),
    unheardSince: cause.at,
    ...(inSample(cause.correlationid, ledgerShare) ? sentKeyOf(orderId, cause.at) : {}),
  })
  /** An update of an event's mark, for as long as it has one. */
  const markOf = ({ orderId, sequence }: Place) => ({
    TableName: table,
    Key: { orderId, sequence },
    ConditionExpression: 'attribute_exists(unheardShard)',
  })

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

    markHeard: async (place) => {
      const update = new UpdateCommand({ ...markOf(place), UpdateExpression: 'REMOVE unheardShard, unheardSince' })
      await client.send(update).catch(ignoreFailedCondition)
    },

    unheard: async (since) => {
      const pages = await allEnded(
        shards.map((shard) =>
          client.send(
            new QueryCommand({
              TableName: table,
              IndexName: unheardIndex,
              KeyConditionExpression: 'unheardShard = :shard AND unheardSince < :since',
              ExpressionAttributeValues: { ':shard': shard, ':since': iso(since) },
              Limit: unheardPage,
            }),
          ),
        ),
      )
      const items = pages.flatMap(({ Items = [] }) => Items as (Place & { unheardSince: string })[])
      return items
        .sort((a, b) => (a.unheardSince < b.unheardSince ? -1 : 1))
        .map(({ orderId, sequence }) => ({ orderId, sequence }))
    },

    postpone: async (place, at) => {
      const update = new UpdateCommand({
        ...markOf(place),
        UpdateExpression: 'SET unheardSince = :at',
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
