import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll } from 'vitest'
import { system, tableOf } from './world.ts'

const client = new DynamoDBClient(system.clientConfig)
export const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })

/**
 * An empty table with the keys and indexes of a deployed one, gone after the file: what a suite writes into it is no
 * order of the system's.
 */
export const twinOf = async (output: string): Promise<string> => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableOf(output) }))
  const name = `${output}-twin-${Date.now()}`
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Table!.AttributeDefinitions!,
      KeySchema: Table!.KeySchema!,
      ...(Table!.GlobalSecondaryIndexes?.length
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
  afterAll(async () => {
    await client.send(new DeleteTableCommand({ TableName: name }))
  })
  return name
}
