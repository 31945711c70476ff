import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'

type Item = Readonly<Record<string, unknown>>

/**
 * Tables for code that only reads: batches by key, queries of one equality, scans of a span. What else is asked is an
 * error, so that nothing passes because it was not understood. Counts the read units that DynamoDB would bill.
 */
export const readOnlyTables = (tables: Readonly<Record<string, readonly Item[]>>) => {
  const billed = { units: 0, calls: 0 }
  const itemsOf = (name: string | undefined): readonly Item[] => {
    const items = tables[name ?? '']
    if (!items) throw new Error(`There is no table ${name}.`)
    return items
  }
  const bill = (items: readonly Item[], consistent: boolean) => {
    const pages = Math.max(1, Math.ceil(Buffer.byteLength(JSON.stringify(items)) / 4_096))
    billed.units += consistent ? pages : pages / 2
  }
  const batch = ({ RequestItems = {} }: BatchGetCommand['input']) => {
    const Responses: Record<string, Item[]> = {}
    for (const [name, { Keys = [], ConsistentRead }] of Object.entries(RequestItems)) {
      if (Keys.length > 100) throw new Error(`${Keys.length} keys are more than a batch takes.`)
      if (new Set(Keys.map((key) => JSON.stringify(key))).size < Keys.length)
        throw new Error('A batch names a key twice.')
      const found = Keys.map((key) =>
        itemsOf(name).find((item) => Object.entries(key).every(([field, value]) => item[field] === value)),
      )
      for (const item of found) bill(item ? [item] : [], ConsistentRead === true)
      Responses[name] = found.filter((item) => item !== undefined)
    }
    return { Responses }
  }
  const query = ({ TableName, KeyConditionExpression = '', ...input }: QueryCommand['input']) => {
    const [, field, value] = /^(\w+) = (:\w+)$/.exec(KeyConditionExpression) ?? []
    if (!field) throw new Error(`This query is not understood here: ${KeyConditionExpression}`)
    const Items = itemsOf(TableName).filter((item) => item[field] === input.ExpressionAttributeValues?.[value!])
    bill(Items, input.ConsistentRead === true)
    return { Items }
  }
  const scan = ({ TableName, FilterExpression, ...input }: ScanCommand['input']) => {
    if (FilterExpression !== 'listedAt >= :from AND listedAt < :to')
      throw new Error(`This scan is not understood here: ${FilterExpression}`)
    const { ':from': from, ':to': to } = input.ExpressionAttributeValues ?? {}
    bill(itemsOf(TableName), false)
    return { Items: itemsOf(TableName).filter(({ listedAt }) => String(listedAt) >= from && String(listedAt) < to) }
  }
  const send = async (command: unknown) => {
    billed.calls += 1
    if (command instanceof BatchGetCommand) return batch(command.input)
    if (command instanceof QueryCommand) return query(command.input)
    if (command instanceof ScanCommand) return scan(command.input)
    throw new Error('Only reading is allowed here.')
  }
  const db = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' }))
  return { db: Object.assign(db, { send }) as DynamoDBDocumentClient, billed }
}
