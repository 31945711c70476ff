import { describe, expect, test } from 'vitest'
import { resourcesOf, templatesOf } from './support/templates.ts'

const templates = templatesOf('prod')
const [key] = resourcesOf(templates, 'AWS::KMS::Key')
const isKey = (value: unknown) => JSON.stringify(value).includes('neverstop-prod-keys:ExportsOutputFnGetAttKey')
const statements = key!.Properties.KeyPolicy.Statement as {
  Principal: Record<string, unknown>
  Action: string | string[]
  Condition?: Record<string, Record<string, unknown>>
}[]
const byService = (service: string) =>
  statements.filter(({ Principal }) => JSON.stringify(Principal.Service ?? '').includes(service))

describe('the key of prod', () => {
  test('is the only one, is turned once a year and outlives its stack', () => {
    expect(resourcesOf(templates, 'AWS::KMS::Key')).toHaveLength(1)
    expect(key).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { EnableKeyRotation: true, RotationPeriodInDays: 365, PendingWindowInDays: 30 },
    })
  })

  test.each([
    ['AWS::SQS::Queue', 'KmsMasterKeyId'],
    ['AWS::SNS::Topic', 'KmsMasterKeyId'],
    ['AWS::Logs::LogGroup', 'KmsKeyId'],
    ['AWS::DynamoDB::Table', 'SSESpecification'],
    ['AWS::S3::Bucket', 'BucketEncryption'],
  ])('encrypts every %s', (type, property) => {
    const all = resourcesOf(templates, type)
    expect(all.length).toBeGreaterThan(0)
    for (const { id, Properties } of all) expect(isKey(Properties[property] ?? ''), id).toBe(true)
  })

  test.each(['events.amazonaws.com', 'cloudwatch.amazonaws.com', 'sns.amazonaws.com'])(
    'lets %s write to queues and topics, for this account only',
    (service) => {
      const [statement, ...others] = byService(service)
      expect(others).toEqual([])
      expect(statement!.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey'])
      expect(statement!.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } })
    },
  )

  test('lets the log service encrypt the logs of this stage, and no others', () => {
    const [statement] = byService('logs.')
    const groups = JSON.stringify(statement!.Condition)
    expect(groups).toContain(':log-group:/aws/lambda/neverstop-prod-*')
    expect(groups).toContain(':log-group:/neverstop/prod/*')
    for (const { Properties } of resourcesOf(templates, 'AWS::Logs::LogGroup'))
      expect(Properties.LogGroupName).toMatch(/^\/(aws\/lambda\/neverstop-prod-|neverstop\/prod\/)/)
  })

  test('opens to functions through the services that they use, and only through those', () => {
    const policies = resourcesOf(templates, 'AWS::IAM::Policy').map(
      ({ id, Properties }) => [id, Properties.PolicyDocument.Statement as Statement[]] as const,
    )
    let opened = 0
    for (const [id, statements] of policies) {
      const used = new Set(statements.flatMap(({ Action }) => [Action].flat()).map((action) => action.split(':')[0]!))
      const wanted = ['dynamodb', 's3', 'sns', 'sqs'].filter((service) => used.has(service))
      const opening = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')))
      const through = opening.flatMap(({ Condition }) => [Condition!.StringEquals!['kms:ViaService']].flat())
      expect(
        through.map((service) => JSON.stringify(service)).map((text) => /(dynamodb|s3|sns|sqs)/.exec(text)?.[1]),
        id,
      ).toEqual(wanted)
      for (const { Resource } of opening) expect(isKey(Resource), id).toBe(true)
      opened += opening.length
    }
    expect(opened).toBeGreaterThan(20)
  })
})

type Statement = {
  readonly Action: string | string[]
  readonly Resource: unknown
  readonly Condition?: Record<string, Record<string, unknown>>
}

describe.each(['local', 'dev', 'test'] as const)('the stage %s', (stage) => {
  test('has no key that anybody would have to pay for', () => {
    expect(resourcesOf(templatesOf(stage), 'AWS::KMS::Key')).toEqual([])
    expect(JSON.stringify(templatesOf(stage))).not.toContain('kms:')
  })

  test('has its queues encrypted all the same', () => {
    for (const { Properties } of resourcesOf(templatesOf(stage), 'AWS::SQS::Queue'))
      expect(Properties.SqsManagedSseEnabled).toBe(true)
  })
})
