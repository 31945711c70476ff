import { describe, expect, test } from 'vitest'
import { commandsOf, deadOf, eventsOf, inboxOf, namesOf, outputKey, wakeups } from '../../infra/names.ts'
import { resourcesOf, templatesOf } from './support/templates.ts'

describe('names', () => {
  const names = namesOf('dev')

  test('carry the platform and the stage', () => {
    expect(names.bus).toBe('neverstop-dev')
    expect(names.queue(commandsOf('payments'))).toBe('neverstop-dev-payments-commands')
    expect(names.queue(deadOf(eventsOf('inventory')))).toBe('neverstop-dev-inventory-events-dead')
    expect(names.queue(inboxOf('fulfil-order'))).toBe('neverstop-dev-saga-fulfil-order')
    expect(names.queue(wakeups)).toBe('neverstop-dev-saga-wakeups')
  })

  test.each([
    ['EVENTS_TABLE', '', 'EventsTable'],
    ['payments-commands', 'QueueUrl', 'PaymentsCommandsQueueUrl'],
    ['saga-fulfil-order', 'DeadLetterQueueUrl', 'SagaFulfilOrderDeadLetterQueueUrl'],
    ['critical', 'TopicArn', 'CriticalTopicArn'],
  ])('of %s are shown under a key in Pascal case', (thing, suffix, key) => {
    expect(outputKey(thing, suffix)).toBe(key)
  })

  test('of stacks are those of the seams between rooms', () => {
    const rooms = [
      'backbone',
      'edge',
      'inventory',
      'notifications',
      'observability',
      'ordering',
      'partners',
      'payments',
    ]
    const rest = ['recovery', 'sagas', 'shipping', 'support']
    expect(Object.keys(templatesOf('local')).toSorted()).toEqual(
      [...rooms, ...rest].map((room) => `neverstop-local-${room}`),
    )
    expect(Object.keys(templatesOf('dev'))).toContain('neverstop-dev-identity')
  })

  test('are unique among resources of a type, over all stacks', () => {
    const properties = ['QueueName', 'FunctionName', 'TopicName', 'AlarmName', 'LogGroupName']
    for (const property of properties) {
      const all = resourcesOf(templatesOf('dev'))
        .filter(({ Type }) => !['AWS::Lambda::Permission', 'AWS::Lambda::EventSourceMapping'].includes(Type))
        .map(({ Type, Properties }) => [Type, Properties?.[property]] as const)
        .filter(([, name]) => typeof name === 'string')
        .map(String)
      expect(all.length, property).toBeGreaterThan(0)
      expect(all.length, property).toBe(new Set(all).size)
    }
  })
})

describe('the outputs of a stage', () => {
  const keys = Object.values(templatesOf('local')).flatMap(({ Outputs = {} }) => Object.keys(Outputs))

  test('show every table, queue and function once, and the two addresses', () => {
    const templates = templatesOf('local')
    const count = (type: string) => resourcesOf(templates, type).length
    const ending = (suffix: string) => keys.filter((key) => key.endsWith(suffix)).length

    expect(ending('Table')).toBe(count('AWS::DynamoDB::Table'))
    expect(ending('FunctionName')).toBe(count('AWS::Lambda::Function'))
    expect(ending('QueueUrl')).toBe(count('AWS::SQS::Queue'))
    expect(keys).toEqual(expect.arrayContaining(['ApiUrl', 'PartnersUrl', 'BusName', 'NotificationsTopicArn']))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test.each([
    'EventsTable',
    'ViewsTable',
    'PricesTable',
    'StockTable',
    'ReservationsTable',
    'PaymentsTable',
    'ShipmentsTable',
    'NotificationsTable',
    'BooksTable',
    'BookingsTable',
    'FaultsTable',
    'SagasTable',
    'DeskTable',
    'LedgerTable',
    'SagaFulfilOrderQueueUrl',
    'SagaWakeupsQueueUrl',
    'OrderingCommandsDeadLetterQueueUrl',
  ])('have %s', (key) => {
    expect(keys).toContain(key)
  })

  test('are the only ones besides what stacks hand to each other', () => {
    const odd = keys.filter(
      (key) => !/(Table|FunctionName|QueueUrl|TopicArn|Url|Name)$/.test(key) && !key.startsWith('ExportsOutput'),
    )
    expect(odd).toEqual([])
  })

  test('tie no stack to another but the partners, and the state of controls, to who uses them', () => {
    const tied = Object.entries(templatesOf('local'))
      .filter(([, { Outputs = {} }]) => Object.keys(Outputs).some((key) => key.startsWith('ExportsOutput')))
      .map(([stack]) => stack)
    expect(tied.toSorted()).toEqual(['neverstop-local-backbone', 'neverstop-local-partners'])
  })
})
