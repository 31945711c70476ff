import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { OrderSummary } from '../../events/http/ordering.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { shards } from '../../reactive/shard.ts'
import { type Advance, definitionIn, isSlot, slotFor, type View, type ViewChange } from './projection.ts'

export type Scope = { readonly customerId: string } | 'everyone'

/** An advance of one of the sagas about an order, with the name of that saga. */
export type SagaStory = Advance & { readonly definition: string }

/** The read model: orders in lists, and the histories of their sagas. It follows its sources by a moment. */
export type Views = {
  readonly apply: (change: ViewChange) => Promise<void>
  /** Notes an advance of an order's saga; `known` when it, or a later one in its slot, was noted before. */
  readonly advance: (orderId: string, definition: string, advance: Advance) => Promise<'noted' | 'known'>
  /** What sagas did for an order, each by revision; empty when nothing is known. */
  readonly history: (orderId: string) => Promise<readonly SagaStory[]>
  /** The newest orders before a position; `next` is where the page after this one begins. */
  readonly page: (
    scope: Scope,
    limit: number,
    before?: string,
  ) => Promise<{ readonly items: readonly OrderSummary[]; readonly next?: string }>
}

export const dynamoViews = (client: DynamoDBDocumentClient, table: string): Views => ({
  apply: async ({ orderId, set, initially = {} }) => {
    const parts = [
      ...Object.entries(set).map(([name, value]) => ({ name, value, expression: `#${name} = :${name}` })),
      ...Object.entries(initially).map(([name, value]) => ({
        name,
        value,
        expression: `#${name} = if_not_exists(#${name}, :${name})`,
      })),
    ]
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { orderId },
        UpdateExpression: `SET ${parts.map(({ expression }) => expression).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(parts.map(({ name }) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(parts.map(({ name, value }) => [`:${name}`, value])),
      }),
    )
  },

  advance: async (orderId, definition, advance) => {
    try {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { orderId },
          UpdateExpression: 'SET #slot = :advance',
          ConditionExpression: 'attribute_not_exists(#slot) OR #slot.#revision < :revision',
          ExpressionAttributeNames: { '#slot': slotFor(definition, advance), '#revision': 'revision' },
          ExpressionAttributeValues: { ':advance': advance, ':revision': advance.revision },
        }),
      )
      return 'noted'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'known'
      throw error
    }
  },

  history: async (orderId) => {
    const { Item = {} } = await client.send(new GetCommand({ TableName: table, Key: { orderId } }))
    const advances = Object.entries(Item).flatMap(([name, value]) =>
      isSlot(name) ? [{ ...(value as Advance), definition: definitionIn(name) }] : [],
    )
    return advances.sort((a, b) => a.revision - b.revision)
  },

  page: async (scope, limit, before) => {
    const keys =
      scope === 'everyone'
        ? shards.map((shard) => ({ index: 'byPlaced', name: 'placedShard', value: shard }))
        : [{ index: 'byCustomer', name: 'customerId', value: scope.customerId }]
    const found = await allEnded(
      keys.map(async ({ index, name, value }) => {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: index,
            KeyConditionExpression: `#key = :key${before ? ' AND #position < :before' : ''}`,
            ExpressionAttributeNames: { '#key': name, ...(before ? { '#position': 'position' } : {}) },
            ExpressionAttributeValues: { ':key': value, ...(before ? { ':before': before } : {}) },
            ScanIndexForward: false,
            // One more than asked for tells whether there is a next page.
            Limit: limit + 1,
          }),
        )
        return Items as View[]
      }),
    )
    return pageFrom(found.flat(), limit)
  },
})

/** The newest `limit` of some views as a page. */
export const pageFrom = (views: readonly View[], limit: number) => {
  const newest = views.toSorted((a, b) => (a.position > b.position ? -1 : 1))
  const page = newest.slice(0, limit)
  return {
    items: page.map(summaryOf),
    ...(newest.length > limit ? { next: page.at(-1)!.position } : {}),
  }
}

const summaryOf = ({ orderId, customerId, status, placedAt, total, reason }: View): OrderSummary => ({
  orderId,
  customerId,
  status,
  placedAt,
  total,
  ...(reason ? { reason } : {}),
})
