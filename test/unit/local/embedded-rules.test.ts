import { describe, expect, test } from 'vitest'
import { capabilitiesOf } from '../../../local/capabilities.ts'
import { localClientConfig } from '../../../local/client.ts'
import { rulesFor } from '../../../local/rules.ts'
import { shadow } from '../../../local/shadow.ts'
import type { Resource, Template } from '../../../local/template.ts'
import { adapt } from '../../../local/transform.ts'

const clientConfig = localClientConfig({ port: 4701, region: 'eu-central-1' })
const rules = rulesFor({ capabilities: capabilitiesOf('ministack'), clientConfig })
const adapted = (Resources: Record<string, Resource>, Outputs?: Template['Outputs']) =>
  adapt('stack', { Resources, ...(Outputs && { Outputs }) }, rules)

const deny = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sqs:*',
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
}
const allow = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: '*',
}
const queuePolicy = (...statements: unknown[]): Resource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Version: '2012-10-17', Statement: statements } },
})

describe('what the backend refuses', () => {
  test('archives are left out', () => {
    const { template, changes } = adapted({
      Archive: { Type: 'AWS::Events::Archive', Properties: { SourceArn: { 'Fn::GetAtt': ['Bus', 'Arn'] } } },
      Bus: { Type: 'AWS::Events::EventBus' },
    })

    expect(Object.keys(template.Resources)).toEqual(['Bus'])
    expect(changes.map(({ target }) => target)).toEqual(['Archive'])
  })

  test('a composite becomes a plain alarm of the same name and actions, watching nothing', () => {
    const { template } = adapted({
      Page: {
        Type: 'AWS::CloudWatch::CompositeAlarm',
        Properties: {
          AlarmName: 'page',
          AlarmRule: { 'Fn::GetAtt': ['Rate', 'Arn'] },
          AlarmActions: ['topic'],
          ActionsSuppressor: { Ref: 'Rate' },
          ActionsSuppressorWaitPeriod: 120,
          ActionsSuppressorExtensionPeriod: 120,
        },
      },
    })

    expect(template.Resources.Page).toMatchObject({
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { AlarmName: 'page', AlarmActions: ['topic'], Namespace: `${shadow}Neverstop` },
    })
    expect(JSON.stringify(template.Resources.Page)).not.toMatch(/AlarmRule|Suppressor/)
  })

  test('an alarm on an expression becomes one that watches nothing', () => {
    const { template } = adapted({
      Rate: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { AlarmName: 'rate', Threshold: 3, Metrics: [{ Id: 'rate', Expression: 'errors / calls' }] },
      },
    })

    expect(template.Resources.Rate!.Properties).toMatchObject({
      AlarmName: 'rate',
      Threshold: 3,
      MetricName: 'expression',
    })
    expect(template.Resources.Rate!.Properties).not.toHaveProperty('Metrics')
  })

  test('a dashboard and a user pool stay', () => {
    const resources = { Board: { Type: 'AWS::CloudWatch::Dashboard' }, Pool: { Type: 'AWS::Cognito::UserPool' } }

    expect(adapted(resources).changes).toEqual([])
  })
})

describe('alarms on one metric', () => {
  test('stay, on a namespace where nothing is published', () => {
    const { template } = adapted({
      Dead: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/SQS', Threshold: 1 } },
    })

    expect(template.Resources.Dead!.Properties).toEqual({ Namespace: `${shadow}AWS/SQS`, Threshold: 1 })
  })

  test('are not moved twice', () => {
    const once = adapted({ Dead: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/SQS' } } }).template

    expect(adapt('stack', once, rules).template).toEqual(once)
  })
})

describe('rules on the state of alarms', () => {
  test('hear the watch too, and other rules do not', () => {
    const rule = (source: string) => ({ Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: [source] } } })
    const { template } = adapted({ Alarms: rule('aws.cloudwatch'), Orders: rule('neverstop.ordering') })

    expect(template.Resources.Alarms!.Properties).toEqual({
      EventPattern: { source: ['aws.cloudwatch', 'watch.cloudwatch'] },
    })
    expect(template.Resources.Orders).toEqual(rule('neverstop.ordering'))
  })
})

describe('policies that insist on TLS', () => {
  test('lose that statement and keep the others', () => {
    const { template } = adapted({ Policy: queuePolicy(deny, allow) })

    expect(template.Resources.Policy!.Properties).toMatchObject({
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: { Version: '2012-10-17', Statement: [allow] },
    })
  })

  test('go whole when they say nothing else, also as something to wait for', () => {
    const { template } = adapted({
      Policy: queuePolicy(deny),
      Rule: { Type: 'AWS::Events::Rule', DependsOn: ['Policy'] },
    })

    expect(template.Resources).toEqual({ Rule: { Type: 'AWS::Events::Rule' } })
  })

  test.each([
    ['another condition', { ...deny, Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } } }],
    ['no condition', { ...deny, Condition: undefined }],
    ['permission', { ...deny, Effect: 'Allow' }],
  ])('keep a statement with %s', (_, statement) => {
    expect(adapted({ Policy: queuePolicy(statement) }).changes).toEqual([])
  })

  test.each(['AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'])('are the same on %s', (Type) => {
    expect(adapted({ Policy: { ...queuePolicy(deny, allow), Type } }).changes).toHaveLength(1)
  })

  test('of other kinds are not touched', () => {
    expect(adapted({ Role: { ...queuePolicy(deny), Type: 'AWS::IAM::Policy' } }).changes).toEqual([])
  })
})

describe('rights to publish', () => {
  const publish = (Condition: unknown) => ({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*', Condition })
  const statements = (...Statement: unknown[]) => ({ PolicyDocument: { Version: '2012-10-17', Statement } })
  const bystander = { Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }
  const own = { StringEquals: { 'events:source': 'neverstop.ordering' } }

  test.each(['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'])(
    'of %s do not depend on the source of an event',
    (Type) => {
      const { template, changes } = adapted({
        Rights: { Type, Properties: { Roles: ['r'], ...statements(publish(own), bystander) } },
      })

      expect(template.Resources.Rights!.Properties).toEqual({
        Roles: ['r'],
        ...statements({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' }, bystander),
      })
      expect(changes).toHaveLength(1)
    },
  )

  test('that a role carries do not either', () => {
    const { template } = adapted({
      Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'p', ...statements(publish(own)) }] } },
    })

    expect(JSON.stringify(template)).not.toContain('events:source')
    expect(template.Resources.Role!.Properties!.Policies).toMatchObject([{ PolicyName: 'p' }])
  })

  test('keep what else they depend on', () => {
    const { template } = adapted({
      Rights: {
        Type: 'AWS::IAM::Policy',
        Properties: statements(
          publish({
            StringEquals: { 'events:source': 'neverstop.ordering', 'aws:RequestedRegion': 'eu-central-1' },
            Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          }),
        ),
      },
    })

    expect(template.Resources.Rights!.Properties).toEqual(
      statements(
        publish({
          StringEquals: { 'aws:RequestedRegion': 'eu-central-1' },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        }),
      ),
    )
  })

  test('that ask for no source are not touched', () => {
    const resources = {
      Rights: { Type: 'AWS::IAM::Policy', Properties: statements(bystander, publish({ Bool: { x: 'true' } })) },
      Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'p', ...statements(bystander) }] } },
    }

    expect(adapted(resources).changes).toEqual([])
  })
})

test('REST APIs are addressed on the port of this cloud', () => {
  const Value = {
    'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.amazonaws.com/v1/']],
  }

  const { template } = adapted({ Api: { Type: 'AWS::ApiGateway::RestApi' } }, { ApiUrl: { Value } })

  expect(template.Outputs!.ApiUrl!.Value).toEqual({
    'Fn::Join': ['', ['http://localhost:4701/_aws/execute-api/', { Ref: 'Api' }, '/v1/']],
  })
})

test('every rule has a reason that a person can read', () => {
  for (const { name, because } of rules) expect(because.length, name).toBeGreaterThan(20)
})

describe('rights to queues', () => {
  const right = (Action: unknown, Effect = 'Allow') => ({ Effect, Action, Resource: 'arn' })
  const document = (...Statement: unknown[]) => ({ PolicyDocument: { Version: '2012-10-17', Statement } })
  const adaptedRights = (...Statement: unknown[]) => {
    const { template, changes } = adapted({
      Rights: { Type: 'AWS::IAM::Policy', Properties: document(...Statement) },
    })
    return { properties: template.Resources.Rights!.Properties, changes }
  }

  test.each(['SendMessage', 'DeleteMessage', 'ChangeMessageVisibility'])('to sqs:%s cover its batch form', (action) => {
    const { properties, changes } = adaptedRights(right(`sqs:${action}`))
    expect(properties).toEqual(document(right([`sqs:${action}`, `sqs:${action}Batch`])))
    expect(changes).toHaveLength(1)
  })

  test('keep the other actions of their statement', () =>
    expect(adaptedRights(right(['sqs:ReceiveMessage', 'sqs:DeleteMessage'])).properties).toEqual(
      document(right(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:DeleteMessageBatch'])),
    ))

  test('that a role carries cover it as well', () => {
    const { template } = adapted({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { Policies: [{ PolicyName: 'p', ...document(right('sqs:SendMessage')) }] },
      },
    })
    expect(template.Resources.Role!.Properties!.Policies).toEqual([
      { PolicyName: 'p', ...document(right(['sqs:SendMessage', 'sqs:SendMessageBatch'])) },
    ])
  })

  test.each([
    ['that are denied', right('sqs:SendMessage', 'Deny')],
    ['that cover it already', right(['sqs:SendMessage', 'sqs:SendMessageBatch'])],
    ['to something else', right('sns:Publish')],
  ])('%s are not touched', (_, statement) => expect(adaptedRights(statement).changes).toEqual([]))
})
