import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll } from 'vitest'
import { dynamoStore } from '../../functions/ordering/dynamo-store.ts'
import { dynamoPrices } from '../../functions/ordering/prices.ts'
import { dynamoViews } from '../../functions/ordering/views.ts'
import { eventStoreSuite } from '../support/event-store-suite.ts'
import { pricesSuite, viewsSuite } from '../support/ordering-reads-suite.ts'
import { system, tableOf } from './world.ts'

const client = new DynamoDBClient(system.clientConfig)
const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
const twins: string[] = []

/** An empty table with the keys and indexes of a deployed one: what the suites write is no order of the system's. */
const twinOf = async (output: string): Promise<string> => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableOf(output) }))
  const name = `${output}-twin-${Date.now()}`
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Table!.AttributeDefinitions!,
      KeySchema: Table!.KeySchema!,
      ...(Table!.GlobalSecondaryIndexes
        ? {
            GlobalSecondaryIndexes: Table!.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
              IndexName: IndexName!,
              KeySchema: KeySchema!,
              Projection: Projection!,
            })),
          }
        : {}),
    }),
  )
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: name })
  twins.push(name)
  return name
}

afterAll(async () => {
  for (const name of twins) await client.send(new DeleteTableCommand({ TableName: name }))
})

const [events, prices, views] = [await twinOf('EventsTable'), await twinOf('PricesTable'), await twinOf('ViewsTable')]

eventStoreSuite('the event store in its table', () => dynamoStore(db, events))
pricesSuite('the price list in its table', () => dynamoPrices(db, prices))
viewsSuite('the views in their table', () => dynamoViews(db, views))
