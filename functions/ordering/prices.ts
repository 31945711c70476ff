import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { BatchGetCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { Price, PricePage } from '../../events/http/ordering.ts'
import { TransientError } from '../../reactive/errors.ts'
import type { PriceList } from './decide.ts'

/** Ordering's own copy of what products cost, fed by ProductListed. */
export type Prices = {
  /** The entries of these SKUs; what is not sold is missing. */
  readonly find: (skus: readonly string[]) => Promise<PriceList>
  /** Keeps the entry unless one of the same or a higher revision is there: the order of arrival does not matter. */
  readonly list: (price: Price) => Promise<void>
  readonly page: (limit: number, after?: string) => Promise<PricePage>
}

export const dynamoPrices = (client: DynamoDBDocumentClient, table: string): Prices => ({
  find: async (skus) => {
    const found: Price[] = []
    let keys = skus.map((sku): Record<string, unknown> => ({ sku }))
    // A throttled table returns part of a batch and the rest as unprocessed.
    for (let attempt = 1; keys.length > 0; attempt++) {
      if (attempt > 4) throw new TransientError(`${keys.length} of ${skus.length} prices could not be read.`)
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      )
      found.push(...((Responses?.[table] ?? []) as Price[]))
      keys = UnprocessedKeys?.[table]?.Keys ?? []
    }
    return Object.fromEntries(found.map(({ sku, name, price }) => [sku, { name, price }]))
  },

  list: async ({ sku, name, price, revision }) => {
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: { sku, name, price, revision },
          ConditionExpression: 'attribute_not_exists(sku) OR revision < :revision',
          ExpressionAttributeValues: { ':revision': revision },
        }),
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  },

  page: async (limit, after) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        Limit: limit,
        ...(after ? { ExclusiveStartKey: { sku: after } } : {}),
      }),
    )
    const items = (Items as Price[]).map(({ sku, name, price, revision }) => ({ sku, name, price, revision }))
    return { items, ...(LastEvaluatedKey ? { next: String(LastEvaluatedKey.sku) } : {}) }
  },
})
