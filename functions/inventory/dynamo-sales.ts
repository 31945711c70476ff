import {
  type DynamoDBDocumentClient,
  paginateQuery,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import type { CommandKey } from '../../reactive/command-records.ts'
import { wasMade } from '../../reactive/conditional.ts'
import type { EpochMs } from '../../reactive/time.ts'
import type { Reservation, SaleBook } from './store.ts'

/** Sales in the table of reservations, which is all that they need. Every read is consistent, every write conditional. */
export const dynamoSales = (
  dynamo: DynamoDBDocumentClient,
  { reservations }: { readonly reservations: string },
): SaleBook => {
  const update = (input: UpdateCommandInput) => wasMade(dynamo.send(new UpdateCommand(input)))

  return {
    ofOrder: async (orderId) => {
      const pages = paginateQuery(
        { client: dynamo },
        {
          TableName: reservations,
          ConsistentRead: true,
          KeyConditionExpression: 'orderId = :orderId',
          ExpressionAttributeValues: { ':orderId': orderId },
        },
      )
      const items: (CommandKey & Reservation)[] = []
      for await (const { Items = [] } of pages) items.push(...(Items as (CommandKey & Reservation)[]))
      return items
    },

    sell: (key, now) => update(advance(reservations, key, 'done', 'sold', now)),

    takeBack: (key, condition) =>
      update({
        TableName: reservations,
        Key: { ...key },
        UpdateExpression: 'SET #condition = :condition',
        ConditionExpression: '#state = :sold AND attribute_not_exists(#condition)',
        ExpressionAttributeNames: { '#state': 'state', '#condition': 'condition' },
        ExpressionAttributeValues: { ':condition': condition, ':sold': 'sold' },
      }),
  }
}

/** A reservation's step from one state to the next: by itself, or as a part of a transaction. */
export const advance = (
  TableName: string,
  key: CommandKey,
  from: 'done' | 'sold',
  to: 'undone' | 'sold' | 'restocked',
  now: EpochMs,
) => ({
  TableName,
  Key: { ...key },
  UpdateExpression: 'SET #state = :to, #at = :at',
  ConditionExpression: '#state = :from',
  ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
  ExpressionAttributeValues: { ':to': to, ':at': now, ':from': from },
})
