import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateScan,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import type { Line } from '../../events/vocabulary.ts'
import type { Tables } from './dynamo-reservations.ts'
import type { Catalogue, Put } from './store.ts'

/** The catalogue in the table of stock items. Every read is consistent, every write on condition of what was read. */
export const dynamoCatalogue = (dynamo: DynamoDBDocumentClient, { stock, reservations }: Tables): Catalogue => ({
  find: async (sku) => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: stock, Key: { sku }, ConsistentRead: true }))
    return Item
  },

  page: async (limit, after) => {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({
        TableName: stock,
        ConsistentRead: true,
        Limit: limit,
        ...(after === undefined ? {} : { ExclusiveStartKey: { sku: after } }),
      }),
    )
    return { items: Items, ...(LastEvaluatedKey ? { next: String(LastEvaluatedKey.sku) } : {}) }
  },

  create: (item) =>
    unlessChanged(
      dynamo.send(new PutCommand({ TableName: stock, Item: item, ConditionExpression: 'attribute_not_exists(sku)' })),
    ),

  change: (sku, { revision, initial }, { difference, ...entry }) =>
    unlessChanged(
      dynamo.send(
        new UpdateCommand({
          TableName: stock,
          Key: { sku },
          UpdateExpression:
            'SET #name = :name, price = :price, revision = :next, listedAt = :listedAt, ' +
            '#initial = #initial + :difference, available = available + :difference ADD #changes :one',
          ConditionExpression: 'revision = :revision AND #initial = :initial AND available >= :taken',
          ExpressionAttributeNames: { '#name': 'name', '#initial': 'initial', '#changes': 'changes' },
          ExpressionAttributeValues: {
            ':name': entry.name,
            ':price': entry.price,
            ':next': entry.revision,
            ':listedAt': entry.listedAt,
            ':difference': difference,
            ':taken': Math.max(0, -difference),
            ':revision': revision,
            ':initial': initial,
            ':one': 1,
          },
        }),
      ),
    ),

  replace: (item, from) =>
    unlessChanged(
      dynamo.send(
        new PutCommand({
          TableName: stock,
          Item: item,
          ...(from === undefined
            ? { ConditionExpression: 'attribute_exists(sku) AND attribute_not_exists(#changes)' }
            : { ConditionExpression: '#changes = :from', ExpressionAttributeValues: { ':from': from } }),
          ExpressionAttributeNames: { '#changes': 'changes' },
        }),
      ),
    ),

  committed: async function* () {
    const pages = paginateScan(
      { client: dynamo },
      {
        TableName: reservations,
        ConsistentRead: true,
        FilterExpression: '#state IN (:done, :sold)',
        ProjectionExpression: '#lines',
        ExpressionAttributeNames: { '#state': 'state', '#lines': 'lines' },
        ExpressionAttributeValues: { ':done': 'done', ':sold': 'sold' },
      },
    )
    for await (const { Items = [] } of pages) yield* Items.map(({ lines }) => lines as Line[])
  },
})

/**
 * A transaction under way on the same item and arithmetic on a shelf that is damaged by now both mean that the item is not
 * what was read.
 */
const meansChanged = ['TransactionConflictException', 'ValidationException']

const unlessChanged = async (write: Promise<unknown>): Promise<Put> => {
  try {
    await write
    return 'written'
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'changed'
    if (error instanceof DynamoDBServiceException && meansChanged.includes(error.name)) return 'changed'
    throw error
  }
}
