import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { afterAll } from 'vitest'
import { planStore } from '../../functions/recovery/plan-store.ts'
import { deskStore } from '../../functions/recovery/store.ts'
import { deskStoreSuite } from '../support/desk-store-suite.ts'
import { system, tableOf } from './world.ts'

const client = new DynamoDBClient(system.clientConfig)
const twins: string[] = []

/** An empty table with the keys and indexes of a deployed one: what the suite writes is on nobody's desk. */
const twinOf = async (output: string): Promise<string> => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableOf(output) }))
  const name = `${output}-twin-${Date.now()}`
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Table!.AttributeDefinitions!,
      KeySchema: Table!.KeySchema!,
      GlobalSecondaryIndexes: Table!.GlobalSecondaryIndexes!.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName: IndexName!,
        KeySchema: KeySchema!,
        Projection: Projection!,
      })),
    }),
  )
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: name })
  twins.push(name)
  return name
}

afterAll(async () => {
  for (const name of twins) await client.send(new DeleteTableCommand({ TableName: name }))
})

const tables = {
  records: await twinOf('DeskTable'),
  groups: await twinOf('GroupsTable'),
  plans: await twinOf('PlansTable'),
}

deskStoreSuite('the desk in its tables', () => ({ desk: deskStore(client, tables), plans: planStore(client, tables) }))
