import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, expect, test } from 'vitest'
import { dynamoBooks } from '../../functions/partners/books.ts'
import { dynamoFaults, noFaults } from '../../functions/partners/faults.ts'
import { commandRecords } from '../../reactive/command-records.ts'
import { dynamoBreakerStore } from '../../reactive/dynamo-breaker-store.ts'
import { days, minutes } from '../../reactive/time.ts'
import { booksSuite } from '../support/books-suite.ts'
import { breakerStoreSuite } from '../support/breaker-store-suite.ts'
import { commandRecordsSuite } from '../support/command-records-suite.ts'
import { system } from './world.ts'

const client = new DynamoDBClient(system.clientConfig)
const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
const created: string[] = []

const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' }) as const
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' }) as const

/** Tables with the keys of the deployed ones, empty: what the suites write is no payment and no shipment of the system's. */
const tables = {
  records: await tableWith('records', {
    AttributeDefinitions: [
      { AttributeName: 'orderId', AttributeType: 'S' },
      { AttributeName: 'commandId', AttributeType: 'S' },
      { AttributeName: 'openShard', AttributeType: 'S' },
      { AttributeName: 'openSince', AttributeType: 'N' },
    ],
    KeySchema: [hash('orderId'), range('commandId')],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'openIntents',
        KeySchema: [hash('openShard'), range('openSince')],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  }),
  books: await tableWith('books', {
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    KeySchema: [hash('key')],
  }),
  controls: await tableWith('controls', {
    AttributeDefinitions: [{ AttributeName: 'control', AttributeType: 'S' }],
    KeySchema: [hash('control')],
  }),
  faults: await tableWith('faults', {
    AttributeDefinitions: [{ AttributeName: 'partner', AttributeType: 'S' }],
    KeySchema: [hash('partner')],
  }),
}

async function tableWith(
  name: string,
  shape: Omit<ConstructorParameters<typeof CreateTableCommand>[0], 'TableName' | 'BillingMode'>,
): Promise<string> {
  const TableName = `participant-twin-${name}-${Date.now()}`
  await client.send(new CreateTableCommand({ ...shape, TableName, BillingMode: 'PAY_PER_REQUEST' }))
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName })
  created.push(TableName)
  return TableName
}

afterAll(async () => {
  for (const name of created) await client.send(new DeleteTableCommand({ TableName: name }))
})

commandRecordsSuite('in a table', () => commandRecords(db, tables.records, days(30)))
// A busy machine is no unreachable table.
breakerStoreSuite('in a table', () => dynamoBreakerStore(db, tables.controls, Date.now, minutes(1)))
booksSuite('in a table', () => dynamoBooks(db, tables.books))

test('a switch that is turned is read by the partner', async () => {
  const faults = dynamoFaults(db, tables.faults, Date.now)
  expect(await faults('swift')).toEqual(noFaults)
  await db.send(new PutCommand({ TableName: tables.faults, Item: { partner: 'steady', latencyMs: 40, down: true } }))
  expect(await faults('steady')).toEqual({ ...noFaults, latencyMs: 40, down: true })
})
