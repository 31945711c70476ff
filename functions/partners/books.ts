import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { readMany } from '../../reactive/batch-read.ts'

/** One line of a partner's books, under a key of its own. `revision` counts its changes. */
export type Entry = { readonly key: string; readonly type: string; readonly revision: number }

/** `add`: there is none under this key yet. `change`: it is still at the revision before this one. */
export type Write = { readonly add: Entry } | { readonly change: Entry }

export type Books = {
  /** Consistent; an entry that is not there is missing from the result. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Entry>>
  /** All or nothing; false when a condition did not hold, and nothing was written. */
  readonly write: (writes: readonly Write[]) => Promise<boolean>
  /** Adds one to a counter and returns it. */
  readonly count: (key: string, expiresAt: number) => Promise<number>
}

/** Books in a DynamoDB table with the key `key`. */
export const dynamoBooks = (dynamo: DynamoDBDocumentClient, table: string): Books => ({
  read: async (keys) => {
    const items = await readMany(
      dynamo,
      table,
      keys.map((key) => ({ key })),
    )
    return new Map(items.map((item) => [item.key as string, item as Entry]))
  },

  write: async (writes) => {
    try {
      await dynamo.send(
        new TransactWriteCommand({
          TransactItems: writes.map((write) =>
            'add' in write
              ? {
                  Put: {
                    TableName: table,
                    Item: write.add,
                    ConditionExpression: 'attribute_not_exists(#key)',
                    ...keyName,
                  },
                }
              : {
                  Put: {
                    TableName: table,
                    Item: write.change,
                    ConditionExpression: 'revision = :before',
                    ExpressionAttributeValues: { ':before': write.change.revision - 1 },
                  },
                },
          ),
        }),
      )
      return true
    } catch (error) {
      // A conflict and a failed condition come to the same: somebody else was quicker.
      if (error instanceof TransactionCanceledException) return false
      throw error
    }
  },

  count: async (key, expiresAt) => {
    const { Attributes } = await dynamo.send(
      new UpdateCommand({
        TableName: table,
        Key: { key },
        UpdateExpression: 'SET expiresAt = :expiresAt, #type = :type ADD #count :one',
        ExpressionAttributeNames: { '#type': 'type', '#count': 'count' },
        ExpressionAttributeValues: { ':expiresAt': expiresAt, ':type': 'attempts', ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      }),
    )
    return Attributes?.count as number
  },
})

const keyName = { ExpressionAttributeNames: { '#key': 'key' } }
