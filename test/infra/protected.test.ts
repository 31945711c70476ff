import { CfnResource } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { holding } from '../../cli/account/protect.ts'
import { allOf } from '../../infra/constructs/tree.ts'
import { treeOf } from './support/app.ts'
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

  test('is there whatever a deployment is told: a queue that came with an option could not go with it', () => {
    const told = {
      alarmEmail: 'oncall@example.com',
      otlp: 'https://otlp.example.com',
      tracing: '0',
      ledgerShare: '0.5',
    }
    const held = (more: Readonly<Record<string, string>>) =>
      allOf(treeOf('test', more), CfnResource)
        .filter(({ cfnResourceType }) => holds(cfnResourceType))
        .map(({ node, cfnResourceType }) => `${node.path}: ${cfnResourceType}`)
        .sort()
    const plain = held({})
    expect(plain.length).toBeGreaterThan(30)
    expect(held({ ...told, rollout: 'unwatched' })).toEqual(plain)
  })

  test('names no type that no stage has, but the other kind of table', () => {
    const types = new Set(resourcesOf(templatesOf('prod')).map(({ Type }) => Type))
    expect(holding.filter((type) => !types.has(type))).toEqual(['AWS::DynamoDB::GlobalTable'])
  })
})
