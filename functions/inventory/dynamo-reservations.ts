import { setTimeout as sleep } from 'node:timers/promises'
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Line } from '../../events/vocabulary.ts'
import { backoff } from '../../reactive/backoff.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import { TransientError } from '../../reactive/errors.ts'
import { days, expiryOf, type Millis } from '../../reactive/time.ts'
import { advance, dynamoSales } from './dynamo-sales.ts'
import type { Moved, Reservation, ReservationBook } from './store.ts'

type Item = NonNullable<TransactWriteCommandInput['TransactItems']>[number]
type Shelf = 'available' | 'committed'

export type Tables = { readonly stock: string; readonly reservations: string }

/** Others who move the same product at the same moment make a transaction fail; they are done in milliseconds. */
const mostAttempts = 6
const conflictBackoff = { base: 20, cap: 200 }

/**
 * Reservations and stock in two DynamoDB tables. A move is one transaction: the reservation's record first, on condition
 * of its state, then each stock item, on condition that the units are where they are taken from.
 *
 * No ClientRequestToken is derived from the command. DynamoDB answers a known token with the first outcome for ten minutes
 * without looking at the tables: a repetition after the undo would be told that it reserved. The record is the inbox.
 */
export const dynamoReservations = (
  dynamo: DynamoDBDocumentClient,
  { stock, reservations }: Tables,
  { horizon, random = Math.random }: { readonly horizon: Millis; readonly random?: () => number },
): ReservationBook => {
  const move = (sku: string, quantity: number, from: Shelf, to: Shelf): Item => ({
    Update: {
      TableName: stock,
      Key: { sku },
      UpdateExpression: 'SET #from = #from - :quantity, #to = #to + :quantity ADD #changes :one',
      // Both shelves have to be numbers: a text is never at least a number, and adding to one is not refused everywhere.
      ConditionExpression: '#from >= :quantity AND attribute_type(#to, :number)',
      ExpressionAttributeNames: { '#from': from, '#to': to, '#changes': 'changes' },
      ExpressionAttributeValues: { ':quantity': quantity, ':one': 1, ':number': 'N' },
    },
  })

  const transact = async (
    key: CommandKey,
    record: Item,
    lines: readonly Line[],
    from: Shelf,
    to: Shelf,
  ): Promise<Moved> => {
    const TransactItems = [record, ...lines.map(({ sku, quantity }) => move(sku, quantity, from, to))]
    for (let attempt = 1; ; attempt++) {
      try {
        await dynamo.send(new TransactWriteCommand({ TransactItems }))
        return 'written'
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error
        const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None')
        if (isDefinite(reasons[0])) return 'recorded'
        if (reasons.some(isDefinite)) return 'stock'
        if (attempt === mostAttempts) throw crowded(key, reasons, error)
        await sleep(backoff(attempt, conflictBackoff, random()))
      }
    }
  }

  return {
    ...dynamoSales(dynamo, { reservations }),

    load: async ({ orderId, commandId }) => {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: reservations, Key: { orderId, commandId }, ConsistentRead: true }),
      )
      return Item as Reservation | undefined
    },

    stockOf: async (skus) => {
      const found = new Map<string, unknown>()
      let keys = skus.map((sku): Record<string, unknown> => ({ sku }))
      // A throttled table returns part of a batch and the rest as unprocessed.
      for (let attempt = 1; keys.length > 0; attempt++) {
        if (attempt > mostAttempts)
          throw new TransientError(`${keys.length} of ${skus.length} stock items could not be read.`)
        if (attempt > 1) await sleep(backoff(attempt, conflictBackoff, random()))
        const { Responses, UnprocessedKeys } = await dynamo.send(
          new BatchGetCommand({ RequestItems: { [stock]: { Keys: keys, ConsistentRead: true } } }),
        )
        for (const item of Responses?.[stock] ?? []) found.set(String(item.sku), item)
        keys = UnprocessedKeys?.[stock]?.Keys ?? []
      }
      return found
    },

    record: async (key, record, now) => {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: reservations,
            Item: {
              ...key,
              ...record,
              at: now,
              // It has no effect behind it, so it may go once no message that it refuses is younger than the horizon.
              ...(record.state === 'tombstone' ? { expiresAt: expiryOf(now + horizon + days(1)) } : {}),
            },
            ConditionExpression: 'attribute_not_exists(commandId)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        return undefined
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item) return unmarshall(error.Item) as Reservation
        throw error
      }
    },

    reserve: (key, lines, now) => {
      const record = {
        Put: {
          TableName: reservations,
          Item: { ...key, state: 'done', lines, at: now },
          ConditionExpression: 'attribute_not_exists(commandId)',
        },
      }
      return transact(key, record, lines, 'available', 'committed')
    },

    release: (key, lines, now) => {
      const record = { Update: advance(reservations, key, 'done', 'undone', now) }
      return transact(key, record, lines, 'committed', 'available')
    },

    restock: (key, lines, now) => {
      const record = { Update: advance(reservations, key, 'sold', 'restocked', now) }
      return transact(key, record, lines, 'committed', 'available')
    },
  }
}

/** Of the reasons of a cancelled transaction those that trying again does not cure. */
const isDefinite = (code: string | undefined) => code === 'ConditionalCheckFailed' || code === 'ValidationError'

const crowded = ({ commandId }: CommandKey, reasons: readonly string[], cause: Error) => {
  const why = [...new Set(reasons)].filter((code) => code !== 'None').join(', ')
  return new TransientError(`The stock of ${commandId} was moved by others ${mostAttempts} times (${why}).`, { cause })
}
