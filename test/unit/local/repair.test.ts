import { describe, expect, test } from 'vitest'
import { planRepairs, type Repair, type Repaired } from '../../../local/repair.ts'
import { repairs } from '../../../local/repairs.ts'
import type { Resource } from '../../../local/template.ts'

const stack = (Resources: Record<string, Resource>) => ({
  stackName: 'neverstop-local-payments',
  template: { Resources },
})
const plan = (Resources: Record<string, Resource>, before: Repaired[] = []) =>
  planRepairs([stack(Resources)], repairs, before).map(({ repair, resource, value }) => [repair.name, resource, value])
const done = (repair: string, resource: string): Repaired => ({
  repair,
  stack: 'neverstop-local-payments',
  resource,
  physicalId: 'physical',
  value: 1,
})

describe('reserved concurrency', () => {
  test('is wanted where the template reserves some', () => {
    const resources = {
      Bounded: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 4 } },
      Free: { Type: 'AWS::Lambda::Function', Properties: {} },
    }

    expect(plan(resources)).toEqual([['reserved concurrency', 'Bounded', 4]])
  })

  test('of nothing at all is wanted too: it stops a function', () => {
    const resources = { Off: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 0 } } }

    expect(plan(resources)).toEqual([['reserved concurrency', 'Off', 0]])
  })

  test('is taken back where it was put in and the template no longer reserves any', () => {
    const resources = { Freed: { Type: 'AWS::Lambda::Function' } }

    expect(plan(resources, [done('reserved concurrency', 'Freed')])).toEqual([
      ['reserved concurrency', 'Freed', undefined],
    ])
  })

  test('that was put in elsewhere does not concern a function of the same logical id', () => {
    const before = [{ ...done('reserved concurrency', 'Freed'), stack: 'neverstop-local-shipping' }]

    expect(plan({ Freed: { Type: 'AWS::Lambda::Function' } }, before)).toEqual([])
  })
})

describe('time to live', () => {
  const table = (Type: string, TimeToLiveSpecification: unknown): Record<string, Resource> => ({
    Table: { Type, Properties: { TimeToLiveSpecification } },
  })

  test.each(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'])('is wanted on %s', (type) => {
    expect(plan(table(type, { AttributeName: 'expiresAt', Enabled: true }))).toEqual([
      ['time to live', 'Table', 'expiresAt'],
    ])
  })

  test('is not wanted where it is switched off', () => {
    expect(plan(table('AWS::DynamoDB::Table', { AttributeName: 'expiresAt', Enabled: false }))).toEqual([])
  })
})

describe('point-in-time recovery', () => {
  const on = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }

  test('is wanted on a table', () => {
    expect(plan({ Table: { Type: 'AWS::DynamoDB::Table', Properties: on } })).toEqual([
      ['point-in-time recovery', 'Table', true],
    ])
  })

  test('is wanted on the replica of a global table', () => {
    const Properties = { Replicas: [{ Region: { Ref: 'AWS::Region' }, ...on }] }

    expect(plan({ Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties } })).toEqual([
      ['point-in-time recovery', 'Table', true],
    ])
  })

  test('is not wanted where it is off', () => {
    const Properties = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } }

    expect(plan({ Table: { Type: 'AWS::DynamoDB::Table', Properties } })).toEqual([])
  })
})

test('a resource may want several repairs', () => {
  const Properties = {
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  }

  expect(plan({ Table: { Type: 'AWS::DynamoDB::Table', Properties } }).map(([name]) => name)).toEqual([
    'time to live',
    'point-in-time recovery',
  ])
})

test('a repair only sees resources of its types', () => {
  const seen: string[] = []
  const curious: Repair = {
    name: 'curious',
    because: 'a reason',
    types: ['A'],
    wanted: ({ id }) => {
      seen.push(String(id))
      return undefined
    },
    read: async () => undefined,
    put: async () => undefined,
  }

  planRepairs(
    [stack({ One: { Type: 'A', Properties: { id: 1 } }, Two: { Type: 'B', Properties: { id: 2 } } })],
    [curious],
  )

  expect(seen).toEqual(['1'])
})
