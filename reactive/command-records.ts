import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Message } from '../events/envelope.ts'
import { readMany } from './batch-read.ts'
import { wasMade } from './conditional.ts'
import type { CommandRecord, OpenState, RecordState } from './participant.ts'
import { shardOf, shards } from './shard.ts'
import { days, type EpochMs, expiryOf, type Millis } from './time.ts'

export type CommandKey = { readonly orderId: string; readonly commandId: string }

/** An intent on the list of those that nobody has settled yet, with the message to deliver again. */
export type OpenIntent<Intent = unknown> = CommandKey & {
  readonly intent: Intent
  readonly message: Message
  readonly since: EpochMs
}

export type Written<Intent, Result> = Exclude<CommandRecord<Intent, Result>, { state: 'none' }>

/** A record as it was found. `openSince`: since when it is on the list of open intents, where the sweep looks. */
export type Found<Intent, Result> = CommandRecord<Intent, Result> & { readonly openSince?: EpochMs }

/**
 * A participant's book: one record a command, under its order.
 *
 * Every write is conditional on the state that it leaves; `commit` returns undefined when it was written, otherwise the
 * record that stood in the way. Each may throw, and a write that threw may have been made.
 */
export type CommandRecords<Intent, Result> = {
  /** Consistent. */
  readonly load: (key: CommandKey) => Promise<Found<Intent, Result>>
  /** Every record of an order, by command id. Consistent. */
  readonly ofOrder: (orderId: string) => Promise<readonly Written<Intent, Result>[]>
  /** A state is on no list when it is entered. */
  readonly commit: (
    key: CommandKey,
    from: RecordState,
    next: Written<Intent, Result>,
    now: EpochMs,
  ) => Promise<Found<Intent, Result> | undefined>
  /**
   * Puts an open intent on the list, with the message to deliver again until it is settled; nothing happens where it is
   * listed, or in another state by now.
   */
  readonly list: (key: CommandKey, state: OpenState, again: { message: Message; now: EpochMs }) => Promise<void>
  /** Takes an open intent off the list, because a person has to settle it; the record stays as it is. */
  readonly park: (key: CommandKey) => Promise<void>
}

/** The sweeper's view of the same book. */
export type OpenIntents<Intent = unknown> = {
  readonly openBefore: (since: EpochMs) => AsyncIterable<OpenIntent<Intent>>
  /** Moves an open intent to the back, unless another sweep already has; false then. */
  readonly touch: (intent: Omit<OpenIntent, 'intent' | 'message'>, now: EpochMs) => Promise<boolean>
}

/** A tombstone has no effect behind it, so it may go once no message that it refuses is younger than the horizon. */
const tombstoneLife = (horizon: Millis): Millis => horizon + days(1)

const openIndex = 'openIntents'
/** What an item has for as long as it is in it. */
const onTheList = ['message', 'openShard', 'openSince']
/** As many as are read in one call; whoever has enough asks for no more. */
const openAtOnce = 100
const placeOf = ({ orderId, commandId }: CommandKey) => `${orderId}\n${commandId}`

/**
 * The book in a DynamoDB table with the keys `orderId` and `commandId` and the sparse index `openIntents`, of keys alone.
 * An item keeps what it knew (`intent`, `result`) when its state moves on, so that an auditor can read what was undone.
 */
export const commandRecords = <Intent, Result>(
  dynamo: DynamoDBDocumentClient,
  table: string,
  horizon: Millis,
): CommandRecords<Intent, Result> & OpenIntents<Intent> => ({
  load: async (key) => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: table, Key: { ...key }, ConsistentRead: true }))
    return recordOf(Item)
  },

  ofOrder: async (orderId) => {
    const pages = paginateQuery(
      { client: dynamo },
      {
        TableName: table,
        KeyConditionExpression: 'orderId = :orderId',
        ExpressionAttributeValues: { ':orderId': orderId },
        ConsistentRead: true,
      },
    )
    const records: Written<Intent, Result>[] = []
    for await (const { Items = [] } of pages) records.push(...(Items as Written<Intent, Result>[]))
    return records
  },

  commit: async (key, from, next, now) => {
    const fields: Record<string, unknown> = {
      ...next,
      at: now,
      ...(next.state === 'tombstone' ? { expiresAt: expiryOf(now + tombstoneLife(horizon)) } : {}),
    }
    try {
      if (from === 'none') {
        await dynamo.send(
          new PutCommand({
            TableName: table,
            Item: { ...key, ...fields },
            ConditionExpression: 'attribute_not_exists(commandId)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
      } else {
        await dynamo.send(
          new UpdateCommand({
            TableName: table,
            Key: { ...key },
            ...setting(fields),
            ConditionExpression: '#state = :from',
            ExpressionAttributeValues: { ...values(fields), ':from': from },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
      }
      return undefined
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return recordOf(error.Item && unmarshall(error.Item))
      throw error
    }
  },

  list: async (key, state, { message, now }) => {
    await wasMade(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { ...key },
          UpdateExpression: 'SET #message = :message, openShard = :shard, openSince = :now',
          ConditionExpression: '#state = :state AND attribute_not_exists(openSince)',
          ExpressionAttributeNames: { '#message': 'message', '#state': 'state' },
          ExpressionAttributeValues: {
            ':message': message,
            ':shard': shardOf(key.commandId),
            ':now': now,
            ':state': state,
          },
        }),
      ),
    )
  },

  park: async (key) => {
    await wasMade(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { ...key },
          UpdateExpression: 'REMOVE openShard, openSince',
          ConditionExpression: 'attribute_exists(commandId)',
        }),
      ),
    )
  },

  openBefore: async function* (since) {
    for (const shard of shards) {
      let from: Record<string, unknown> | undefined
      do {
        const { Items = [], LastEvaluatedKey } = await dynamo.send(
          new QueryCommand({
            TableName: table,
            IndexName: openIndex,
            KeyConditionExpression: 'openShard = :shard AND openSince < :since',
            ExpressionAttributeValues: { ':shard': shard, ':since': since },
            Limit: openAtOnce,
            ...(from ? { ExclusiveStartKey: from } : {}),
          }),
        )
        const keys = Items.map(({ orderId, commandId }) => ({ orderId, commandId }))
        const items = new Map((await readMany(dynamo, table, keys)).map((item) => [placeOf(item as CommandKey), item]))
        for (const { orderId, commandId, openSince } of Items) {
          const { intent, message, openSince: since } = items.get(placeOf({ orderId, commandId })) ?? {}
          // Settled or moved since, which the index does not know yet.
          if (since === openSince) yield { orderId, commandId, intent, message, since } as OpenIntent<Intent>
        }
        from = LastEvaluatedKey
      } while (from)
    }
  },

  touch: ({ orderId, commandId, since }, now) =>
    wasMade(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { orderId, commandId },
          UpdateExpression: 'SET openSince = :now',
          ConditionExpression: 'openSince = :since',
          ExpressionAttributeValues: { ':now': now, ':since': since },
        }),
      ),
    ),
})

const recordOf = <Intent, Result>(item: Record<string, unknown> | undefined): Found<Intent, Result> =>
  item ? (item as Found<Intent, Result>) : { state: 'none' }

const values = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value]))

/** Sets these fields, and takes the item off the list of open intents. */
const setting = (fields: Record<string, unknown>) => ({
  UpdateExpression: `SET ${Object.keys(fields)
    .map((name) => `#${name} = :${name}`)
    .join(', ')} REMOVE ${onTheList.map((name) => `#${name}`).join(', ')}`,
  ExpressionAttributeNames: Object.fromEntries(
    [...Object.keys(fields), ...onTheList].map((name) => [`#${name}`, name]),
  ),
})
