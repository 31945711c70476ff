import { describe, expect, test } from 'vitest'
import { holding } from '../../cli/account/protect.ts'
import { resourcesOf, templatesOf } from './support/templates.ts'

const holds = (type: string) => (holding as readonly string[]).includes(type)

describe('what the policies of stacks protect from being replaced', () => {
  test('is at least all that prod keeps when its stacks go', () => {
    const kept = resourcesOf(templatesOf('prod')).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
    expect(kept.length).toBeGreaterThan(10)
    const unprotected = kept.filter(({ Type }) => !holds(Type) && Type !== 'AWS::Logs::LogGroup')
    expect(unprotected.map(({ stack, id, Type }) => `${stack}/${id}: ${Type}`)).toEqual([])
  })

  test.each(['dev', 'test', 'prod'] as const)('is every table, bucket, queue and pool of %s, by its type', (stage) => {
    const types = new Set(resourcesOf(templatesOf(stage)).map(({ Type }) => Type))
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::Cognito::UserPool'])
      expect(types.has(type) && holds(type), type).toBe(true)
  })

  test('names no type that no stage has, but the other kind of table', () => {
    const types = new Set(resourcesOf(templatesOf('prod')).map(({ Type }) => Type))
    expect(holding.filter((type) => !types.has(type))).toEqual(['AWS::DynamoDB::GlobalTable'])
  })
})
