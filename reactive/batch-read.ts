import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { TransientError } from './errors.ts'

const keysPerCall = 100
const mostAttempts = 5

/**
 * The items under `keys`, consistently and in no particular order; what is not there is missing. Every key once.
 *
 * @throws TransientError when a throttled table keeps answering with a part only.
 */
export const readMany = async (
  db: DynamoDBDocumentClient,
  table: string,
  keys: readonly Readonly<Record<string, string | number>>[],
): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = []
  const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()]
  for (let from = 0; from < distinct.length; from += keysPerCall) {
    let wanted: Record<string, unknown>[] = distinct.slice(from, from + keysPerCall).map((key) => ({ ...key }))
    for (let attempt = 1; wanted.length > 0; attempt++) {
      if (attempt > mostAttempts)
        throw new TransientError(`${wanted.length} of ${distinct.length} items could not be read.`)
      const { Responses, UnprocessedKeys } = await db.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } } }),
      )
      items.push(...(Responses?.[table] ?? []))
      wanted = UnprocessedKeys?.[table]?.Keys ?? []
    }
  }
  return items
}
