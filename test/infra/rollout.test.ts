import { CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy'
import { describe, expect, test } from 'vitest'
import { ServiceAlarm } from '../../infra/constructs/service-alarm.ts'
import { allOf } from '../../infra/constructs/tree.ts'
import { treeOf } from './support/app.ts'
import { contexts } from './support/contexts.ts'
import { type Found, functionOf, nameIn, resourcesOf, templatesOf, textOf } from './support/templates.ts'

const accounts = ['dev', 'test', 'prod'] as const

/** A function is called as `neverstop-dev-payments-commands:live`, whatever way that is written. */
const calledByAlias = (stage: (typeof accounts)[number], { stack }: Found, called: unknown) =>
  textOf(templatesOf(stage)[stack]!, called)

describe.each(accounts)('new code on stage %s', (stage) => {
  const templates = templatesOf(stage)
  const functions = resourcesOf(templates, 'AWS::Lambda::Function')
  const groups = resourcesOf(templates, 'AWS::CodeDeploy::DeploymentGroup')

  test('takes over by an alias of each function, moved by CodeDeploy', () => {
    const aliases = resourcesOf(templates, 'AWS::Lambda::Alias')
    expect(aliases).toHaveLength(functions.length)
    expect(groups).toHaveLength(functions.length)
    for (const { stack, Properties, UpdatePolicy } of aliases) {
      expect(Properties.Name).toBe('live')
      const { ApplicationName, DeploymentGroupName } = UpdatePolicy!.CodeDeployLambdaAliasUpdate!
      const { Resources } = templates[stack]!
      expect(Resources[ApplicationName!.Ref]!.Type).toBe('AWS::CodeDeploy::Application')
      const group = Resources[DeploymentGroupName!.Ref]!
      const { FunctionName } = functionOf(templates[stack]!, Properties.FunctionName).Properties
      expect(FunctionName).toBe(`neverstop-${stage}-${group.Properties.DeploymentGroupName}`)
    }
  })

  test('takes over as fast as the stage says', () => {
    const speed = {
      dev: 'CodeDeployDefault.LambdaAllAtOnce',
      test: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      prod: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute',
    }
    for (const { Properties } of groups) expect(Properties.DeploymentConfigName).toBe(speed[stage])
  })

  test('is turned back by serious alarms of its own service, at most ten, its own errors first', () => {
    const alarms = allOf(treeOf(stage), ServiceAlarm)
    const unwatched: string[] = []
    for (const { stack, id, Properties } of groups) {
      const { Alarms = [], Enabled } = Properties.AlarmConfiguration ?? {}
      const names = (Alarms as { Name: unknown }[]).map(({ Name }) => nameIn(templates[stack]!, Name))
      expect(names.length, id).toBeLessThanOrEqual(10)
      const handler = Properties.DeploymentGroupName as string
      const own = `neverstop-${stage}-${handler}-function-errors`
      const serious = ({ severity }: ServiceAlarm) => severity === 'critical' || severity === 'major'
      if (alarms.some((alarm) => alarm.alarmName === own && serious(alarm))) expect(names).toContain(own)
      for (const name of names) {
        const alarm = alarms.find(({ alarmName }) => alarmName === name)!
        expect(serious(alarm), name).toBe(true)
        expect(`neverstop-${stage}-${alarm.owner}`).toBe(stack)
      }
      if (names.length === 0) unwatched.push(handler)
      else {
        expect(Enabled).toBe(true)
        expect(Properties.AutoRollbackConfiguration).toEqual({
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
        })
      }
    }
    // What is not ours has no serious alarm.
    expect(unwatched.sort()).toEqual(['partners-acquirer', 'partners-carriers'])
  })

  test('is what queues, streams, schedules and requests reach', () => {
    const callers: readonly [type: string, called: (properties: Found['Properties']) => unknown[]][] = [
      ['AWS::Lambda::EventSourceMapping', ({ FunctionName }) => [FunctionName]],
      ['AWS::Lambda::Permission', ({ FunctionName }) => [FunctionName]],
      ['AWS::ApiGateway::Method', ({ Integration }) => (Integration.Type === 'MOCK' ? [] : [Integration.Uri])],
      ['AWS::ApiGateway::Authorizer', ({ AuthorizerUri }) => [AuthorizerUri]],
      [
        'AWS::Events::Rule',
        ({ ScheduleExpression, Targets }) =>
          ScheduleExpression ? Targets.map(({ Arn }: { Arn: unknown }) => Arn) : [],
      ],
    ]
    for (const [type, called] of callers) {
      const found = resourcesOf(templates, type).flatMap((resource) =>
        called(resource.Properties).map((name) => [resource, name] as const),
      )
      expect(found.length, type).toBeGreaterThan(0)
      for (const [resource, name] of found)
        expect(calledByAlias(stage, resource, name), `${type} ${resource.id}`).toMatch(/:live(\/invocations)?$/)
    }
    // The last part of the alias's ARN.
    for (const { stack, Properties } of resourcesOf(templates, 'AWS::Lambda::EventInvokeConfig'))
      expect(templates[stack]!.Resources[Properties.Qualifier['Fn::Select'][1]['Fn::Split'][1].Ref]!.Type).toBe(
        'AWS::Lambda::Alias',
      )
  })

  test('is what functions call that call others, and what they may call', () => {
    const invoking = resourcesOf(templates, 'AWS::IAM::Policy').flatMap(({ Properties }) =>
      (Properties.PolicyDocument.Statement as { Action: unknown; Resource: unknown }[]).filter(
        ({ Action }) => Action === 'lambda:InvokeFunction',
      ),
    )
    expect(invoking.length).toBeGreaterThan(0)
    for (const { Resource } of invoking)
      for (const arn of [Resource].flat()) expect(JSON.stringify(arn)).toMatch(/:live/)
    const variables = (handler: string) =>
      functions.find(({ Properties }) => Properties.FunctionName === `neverstop-${stage}-${handler}`)!.Properties
        .Environment.Variables
    const { OPERATORS, CONSUMERS } = variables('support-commands')
    expect(Object.values(JSON.parse(OPERATORS))).toEqual(['recovery-api:live', 'saga-api:live', 'ordering-api:live'])
    expect(JSON.parse(CONSUMERS)['payments-commands'][0]).toBe('payments-commands:live')
    expect(Object.values(JSON.parse(variables('recovery-ledger').WITNESSES))).toContain('payments-evidence:live')
  })
})

describe('on the stage local', () => {
  test('there is nothing to shift: functions are called by their names', () => {
    const text = JSON.stringify(templatesOf('local'))
    expect(text).not.toContain('AWS::Lambda::Alias')
    expect(text).not.toContain('CodeDeploy')
    expect(text).not.toContain(':live')
  })
})

describe('a rollout that nobody watches', () => {
  test('is for what mends the thing that the alarms ring about', () => {
    const groups = allOf(treeOf('prod', { rollout: 'unwatched' }), CfnDeploymentGroup)
    expect(groups.length).toBeGreaterThan(30)
    for (const group of groups) {
      expect(group.stack.resolve(group.alarmConfiguration)?.enabled ?? false).toBe(false)
      expect(JSON.stringify(group.stack.resolve(group.autoRollbackConfiguration) ?? {})).not.toContain('ALARM')
      expect(group.deploymentConfigName).toBe('CodeDeployDefault.LambdaAllAtOnce')
    }
    expect(contexts.prod).not.toHaveProperty('rollout')
  })
})
