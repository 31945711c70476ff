import { describe, expect, test } from 'vitest'
import { Table } from '../../infra/constructs/table.ts'
import type { StageKind } from '../../infra/stages.ts'
import { emptyStack } from './support/app.ts'
import { resourcesOf, templatesOf } from './support/templates.ts'

const tablesOf = (stage: StageKind) => resourcesOf(templatesOf(stage), 'AWS::DynamoDB::Table')

/** What the rooms agreed on: keys, streams, indexes, expiry. */
const agreed = {
  EventsTable: {
    keys: ['orderId S', 'sequence N'],
    indexes: { sent: ['sentMinute S', 'sentAt S'], unheard: ['unheardShard S', 'unheardSince S'] },
    stream: 'NEW_AND_OLD_IMAGES',
  },
  ViewsTable: {
    keys: ['orderId S'],
    indexes: {
      byCustomer: ['customerId S', 'position S'],
      byPlaced: ['placedShard S', 'position S'],
    },
  },
  PricesTable: { keys: ['sku S'] },
  StockTable: { keys: ['sku S'], stream: 'NEW_AND_OLD_IMAGES' },
  ReservationsTable: { keys: ['orderId S', 'commandId S'], expires: 'expiresAt' },
  PaymentsTable: {
    keys: ['orderId S', 'commandId S'],
    indexes: { openIntents: ['openShard S', 'openSince N'] },
    expires: 'expiresAt',
  },
  ShipmentsTable: {
    keys: ['orderId S', 'commandId S'],
    indexes: { openIntents: ['openShard S', 'openSince N'] },
    expires: 'expiresAt',
  },
  NotificationsTable: { keys: ['orderId S', 'eventId S'], expires: 'expiresAt' },
  BooksTable: { keys: ['key S'], expires: 'expiresAt' },
  BookingsTable: { keys: ['key S'], expires: 'expiresAt' },
  FaultsTable: { keys: ['partner S'] },
  SagasTable: {
    keys: ['sagaId S'],
    indexes: { due: ['dueShard S', 'dueAt N'] },
    stream: 'NEW_AND_OLD_IMAGES',
    expires: 'expiresAt',
  },
  ControlsTable: { keys: ['control S'], expires: 'expiresAt' },
  SupportTable: { keys: ['thing S', 'at N'], indexes: { leases: ['leased S', 'thing S'] }, expires: 'expiresAt' },
  LedgerTable: { keys: ['kind S', 'id S'] },
  HistoryTable: {
    keys: ['sagaId S', 'revision N'],
    indexes: { listed: ['listShard S', 'position S'] },
    expires: 'expiresAt',
  },
  DeskTable: {
    keys: ['recordId S'],
    indexes: { byStatus: ['status S', 'position S'], byGroup: ['groupStatus S', 'position S'] },
  },
  GroupsTable: { keys: ['fingerprint S'], indexes: { byLastSeen: ['kind S', 'lastSeen S'] } },
  PlansTable: { keys: ['planId S'], indexes: { due: ['dueKind S', 'dueAt N'] } },
}

type Schema = { AttributeName: string }[]

describe('tables', () => {
  const tables = tablesOf('dev')

  test('are those that the rooms agreed on', () => {
    const found = Object.fromEntries(
      tables.map(({ id, Properties }) => {
        const typeOf = (name: string) =>
          Properties.AttributeDefinitions.find(({ AttributeName }: { AttributeName: string }) => AttributeName === name)
            .AttributeType
        const keys = (schema: Schema) => schema.map(({ AttributeName }) => `${AttributeName} ${typeOf(AttributeName)}`)
        const indexes = (Properties.GlobalSecondaryIndexes ?? []) as { IndexName: string; KeySchema: Schema }[]
        return [
          id.replace(/[0-9A-F]{8}$/, ''),
          {
            keys: keys(Properties.KeySchema),
            ...(indexes.length > 0
              ? { indexes: Object.fromEntries(indexes.map(({ IndexName, KeySchema }) => [IndexName, keys(KeySchema)])) }
              : {}),
            ...(Properties.StreamSpecification ? { stream: Properties.StreamSpecification.StreamViewType } : {}),
            ...(Properties.TimeToLiveSpecification
              ? { expires: Properties.TimeToLiveSpecification.AttributeName }
              : {}),
          },
        ]
      }),
    )
    expect(found).toEqual(agreed)
  })

  test('are paid by request', () => {
    for (const { Properties } of tables) expect(Properties.BillingMode).toBe('PAY_PER_REQUEST')
  })

  test('of prod survive their stack, their replacement, a mistaken call and a mistaken write', () => {
    for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of tablesOf('prod')) {
      expect(DeletionPolicy).toBe('Retain')
      expect(UpdateReplacePolicy).toBe('Retain')
      expect(Properties.DeletionProtectionEnabled).toBe(true)
      expect(Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true })
    }
  })

  test.each(['local', 'dev', 'test'] as const)('on the stage %s go with their stack', (stage) => {
    for (const { DeletionPolicy, Properties } of tablesOf(stage)) {
      expect(DeletionPolicy).toBe('Delete')
      expect(Properties.DeletionProtectionEnabled).toBe(false)
    }
  })

  test('are reached from their own stack only, but for what controls share', () => {
    for (const [stack, template] of Object.entries(templatesOf('dev'))) {
      const tables = resourcesOf({ [stack]: template }, 'AWS::DynamoDB::Table').map(({ id }) => id)
      const granted = resourcesOf({ [stack]: template }, 'AWS::IAM::Policy')
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Action }) => String([Action].flat()[0]).startsWith('dynamodb:'))
        .flatMap(({ Resource }) => [Resource].flat())
      for (const resource of granted) {
        if (/backbone:ExportsOutputFnGetAttControlsTable\w+Arn/.test(resource['Fn::ImportValue'] ?? '')) continue
        const id = resource['Fn::GetAtt']?.[0] ?? resource['Fn::Join']?.[1][0]['Fn::GetAtt'][0]
        expect(tables, `${stack}: ${JSON.stringify(resource)}`).toContain(id)
      }
    }
  })
})

describe('the use of a table', () => {
  const table = new Table(emptyStack(), 'THINGS_TABLE', {
    partition: ['id', 'S'],
    indexes: { byDay: { partition: ['day', 'S'] } },
  })
  const granted = (...access: Parameters<Table['use']>) =>
    (table.use(...access).statements ?? []).flatMap(({ actions }) => actions)

  test('names the table in the environment', () => {
    expect(Object.keys(table.use('read').environment ?? {})).toEqual(['THINGS_TABLE'])
  })

  test('for reading grants no writing and no scan', () => {
    expect(granted('read')).toEqual(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'])
  })

  test('for writing grants neither reading nor deleting', () => {
    expect(granted('write')).toEqual(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'])
  })

  test('reaches its indexes for reading only, by name', () => {
    const [read, write] = table.use('read', 'write').statements ?? []
    expect(read!.resources).toHaveLength(2)
    expect(read!.resources[1]).toMatch(/\/index\/byDay$/)
    expect(write!.resources).toHaveLength(1)
  })
})
