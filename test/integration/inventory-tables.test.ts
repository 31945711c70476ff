import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll } from 'vitest'
import { dynamoCatalogue } from '../../functions/inventory/dynamo-catalogue.ts'
import { dynamoReservations } from '../../functions/inventory/dynamo-reservations.ts'
import { days } from '../../reactive/time.ts'
import { inventoryStoreSuite } from '../support/inventory-store-suite.ts'
import { system } from './world.ts'

const client = new DynamoDBClient(system.clientConfig)
const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
const created: string[] = []

/** An empty table with the keys of a deployed one: what the suite writes is no stock of the system's. */
const tableWith = async (...keys: readonly string[]): Promise<string> => {
  const name = `inventory-twin-${keys.join('-')}-${Date.now()}`
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  )
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: name })
  created.push(name)
  return name
}

afterAll(async () => {
  for (const name of created) await client.send(new DeleteTableCommand({ TableName: name }))
})

const tables = { stock: await tableWith('sku'), reservations: await tableWith('orderId', 'commandId') }
const store = {
  ...dynamoReservations(db, tables, { horizon: days(30) }),
  ...dynamoCatalogue(db, tables),
}

inventoryStoreSuite('inventory in its tables', () => ({
  store,
  tamper: async (sku, members) => {
    const { Item } = await db.send(new GetCommand({ TableName: tables.stock, Key: { sku }, ConsistentRead: true }))
    await db.send(new PutCommand({ TableName: tables.stock, Item: { ...Item, ...members } }))
  },
}))
