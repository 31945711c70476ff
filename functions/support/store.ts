import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { allEnded } from '../../reactive/all-ended.ts'
import { wasMade } from '../../reactive/conditional.ts'
import { days, expiryOf } from '../../reactive/time.ts'
import { type Memory, nothingYet } from './decide.ts'
import type { Lease } from './lease.ts'
import type { Entry, SupportStore } from './ports.ts'

/** How long what was done is kept. */
const kept = days(30)

const leaseKey = (queue: string) => ({ thing: `lease#${queue}`, at: 0 })

/** Support's memory in one table: alarms, leases and the log of what was done, told apart by their partition. */
export const dynamoSupport = (db: DynamoDBDocumentClient, TableName: string): SupportStore => ({
  memory: async (alarm) => {
    const { Item } = await db.send(
      new GetCommand({ TableName, Key: { thing: `alarm#${alarm}`, at: 0 }, ConsistentRead: true }),
    )
    return Item
      ? { memory: Item.memory as Memory, version: Item.version as number }
      : { memory: nothingYet, version: 0 }
  },

  remember: async (alarm, memory, version) => {
    return wasMade(
      db.send(
        new PutCommand({
          TableName,
          Item: { thing: `alarm#${alarm}`, at: 0, memory, version: version + 1 },
          ConditionExpression: 'attribute_not_exists(thing) OR version = :version',
          ExpressionAttributeValues: { ':version': version },
        }),
      ),
    )
  },

  lease: async (queue) => {
    const { Item } = await db.send(new GetCommand({ TableName, Key: leaseKey(queue), ConsistentRead: true }))
    return Item?.lease as Lease | undefined
  },
  leases: async () => {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName,
        IndexName: 'leases',
        KeyConditionExpression: 'leased = :yes',
        ExpressionAttributeValues: { ':yes': 'yes' },
      }),
    )
    // The index lags; each is read again where it is decided about.
    const read = await allEnded(
      Items.map(({ thing, at }) => db.send(new GetCommand({ TableName, Key: { thing, at }, ConsistentRead: true }))),
    )
    return read.flatMap(({ Item }) => (Item?.lease ? [Item.lease as Lease] : []))
  },
  putLease: async (lease) => {
    await db.send(new PutCommand({ TableName, Item: { ...leaseKey(lease.queue), leased: 'yes', lease } }))
  },
  // An empty item, out of the index: nothing here is ever deleted but by its time.
  dropLease: ({ queue, kind, until }) =>
    wasMade(
      db.send(
        new PutCommand({
          TableName,
          Item: leaseKey(queue),
          ConditionExpression: '#lease.#kind = :kind AND #lease.#until = :until',
          ExpressionAttributeNames: { '#lease': 'lease', '#kind': 'kind', '#until': 'until' },
          ExpressionAttributeValues: { ':kind': kind, ':until': until },
        }),
      ),
    ),

  note: async (entry) => {
    await db.send(
      new PutCommand({
        TableName,
        Item: { thing: `log#${entry.alarm}`, expiresAt: expiryOf(entry.at + kept), ...entry },
      }),
    )
  },

  notes: async (alarm, since) => {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'thing = :thing AND #at >= :since',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':thing': `log#${alarm}`, ':since': since },
        Limit: 50,
      }),
    )
    return Items.map(({ alarm, at, what, outcome }) => ({ alarm, at, what, outcome }) as Entry)
  },
})
