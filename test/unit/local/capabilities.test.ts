import { describe, expect, test } from 'vitest'
import { type Capability, capabilitiesOf, capabilityTable, cloudKinds, lackedBy } from '../../../local/capabilities.ts'
import { localClientConfig } from '../../../local/client.ts'
import { rulesFor } from '../../../local/rules.ts'
import type { Resource, Template } from '../../../local/template.ts'
import { adapt } from '../../../local/transform.ts'

const names = Object.keys(capabilityTable) as Capability[]
const clientConfig = localClientConfig({ port: 4701, region: 'eu-central-1' })

/** What is left of some resources on a cloud with these capabilities. */
const adapted = (capabilities: Iterable<Capability>, Resources: Record<string, Resource>): Template =>
  adapt('stack', { Resources }, rulesFor({ capabilities: new Set(capabilities), clientConfig })).template

const refusable = {
  archives: { Type: 'AWS::Events::Archive', Properties: {} },
  dashboards: { Type: 'AWS::CloudWatch::Dashboard', Properties: {} },
} satisfies Partial<Record<Capability, Resource>>

describe('the table', () => {
  test.each(names)('says of %s what it is, and names kinds that exist', (name) => {
    const { what, kinds } = capabilityTable[name]

    expect(what).toMatch(/^\S.{10,}[^.]$/)
    for (const kind of kinds) expect(cloudKinds).toContain(kind)
    expect(new Set(kinds).size).toBe(kinds.length)
  })

  test('has nothing that every kind does, which would be no difference', () => {
    for (const name of names) expect(capabilityTable[name].kinds.length, name).toBeLessThan(cloudKinds.length)
  })

  test('tells a kind by what it does', () => {
    expect(capabilitiesOf('ministack').has('iam')).toBe(true)
    expect(capabilitiesOf('ministack').has('alarm-evaluation')).toBe(false)
    expect(capabilitiesOf('localstack-host').has('alarm-evaluation')).toBe(true)
    expect(capabilitiesOf('localstack-host').has('alarms-over-periods')).toBe(false)
    expect(capabilitiesOf('localstack-open').has('authorizers')).toBe(false)
  })
})

describe('what a cloud lacks', () => {
  test('is told in words, and is nothing where all is there', () => {
    expect(lackedBy(new Set(names))).toEqual([])
    expect(lackedBy(capabilitiesOf('localstack-host'))).toContain(capabilityTable.iam.what)
    expect(lackedBy(capabilitiesOf('ministack'))).not.toContain(capabilityTable.iam.what)
  })

  test('has nothing that only our own watch does', () => {
    expect(lackedBy(new Set())).toHaveLength(names.length - 2)
  })
})

describe.each(Object.entries(refusable))('%s', (capability, resource) => {
  test('stays where the cloud takes it', () => {
    expect(Object.keys(adapted(names, { It: resource }).Resources)).toEqual(['It'])
  })

  test('is left out where the cloud refuses it', () => {
    const without = names.filter((name) => name !== capability)

    expect(adapted(without, { It: resource, Bus: { Type: 'AWS::Events::EventBus' } }).Resources).toEqual({
      Bus: { Type: 'AWS::Events::EventBus' },
    })
  })
})

describe.each([
  ['composite-alarms', { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: 'TRUE' } }],
  ['metric-math-alarms', { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [{ Id: 'm' }] } }],
] as const)('%s', (capability, resource) => {
  test('stay where the cloud takes them', () => {
    expect(adapted(names, { It: resource }).Resources).toEqual({ It: resource })
  })

  test('are plain alarms on nothing where the cloud refuses them', () => {
    const without = names.filter((name) => name !== capability)

    expect(adapted(without, { It: resource }).Resources.It).toMatchObject({
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { Namespace: 'Watch/Neverstop' },
    })
  })
})

describe('an alarm', () => {
  const alarm = (over: Record<string, unknown> = {}): Resource => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'dead-letters',
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      ...over,
    },
  })
  const onLocalstack = capabilitiesOf('localstack-host')

  test('is left as it is where the cloud evaluates it well', () => {
    expect(adapted(onLocalstack, { It: alarm() }).Resources.It).toEqual(alarm())
    expect(adapted(names, { It: alarm({ EvaluationPeriods: 5 }) }).Resources.It).toEqual(
      alarm({ EvaluationPeriods: 5 }),
    )
  })

  test('watches a shadow namespace where the cloud evaluates none', () => {
    expect(adapted([], { It: alarm() }).Resources.It).toEqual(alarm({ Namespace: 'Watch/AWS/SQS' }))
  })

  test.each([
    ['over several periods', { EvaluationPeriods: 5, DatapointsToAlarm: 3 }],
    ['on a percentile', { Statistic: undefined, ExtendedStatistic: 'p99' }],
    ['on a metric of embedded lines', { Namespace: 'Neverstop/local', MetricName: 'FailuresOpen' }],
    ['on the age of messages', { MetricName: 'ApproximateAgeOfOldestMessage' }],
  ])('%s is left to the watch where the cloud gets it wrong', (_, over) => {
    const { Namespace, TreatMissingData, ExtendedStatistic, ...others } = adapted(onLocalstack, { It: alarm(over) })
      .Resources.It!.Properties!

    expect(Namespace).toMatch(/^Watch\//)
    expect(TreatMissingData).toBe('ignore')
    expect(ExtendedStatistic).toMatch(/^p/)
    expect(others).not.toHaveProperty('Statistic')
  })

  test('that stands for a composite is left to the watch, too', () => {
    const composite = { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmName: 'it', AlarmRule: 'TRUE' } }

    expect(adapted(onLocalstack, { It: composite }).Resources.It).toMatchObject({
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { AlarmName: 'it', Namespace: 'Watch/Neverstop', TreatMissingData: 'ignore' },
    })
  })
})

test('functions are told the address under which they reach the cloud', () => {
  const url = { 'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.x/v1/']] }
  const rules = rulesFor({
    capabilities: capabilitiesOf('localstack-licensed'),
    clientConfig,
    functionEndpoint: 'http://localhost.localstack.cloud:4701',
  })

  const { template } = adapt('stack', { Resources: {}, Outputs: { ApiUrl: { Value: url } } }, rules)

  expect(JSON.stringify(template.Outputs)).toContain('http://localhost.localstack.cloud:4701/_aws/execute-api/')
})
