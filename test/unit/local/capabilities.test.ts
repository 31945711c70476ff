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
    expect(lackedBy(new Set())).toHaveLength(names.length - 1)
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

test('alarms keep their namespace where they are evaluated well', () => {
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/SQS' } }

  expect(adapted(['alarm-evaluation'], { It: alarm }).Resources.It).toEqual(alarm)
  expect(adapted([], { It: alarm }).Resources.It!.Properties).toEqual({ Namespace: 'Watch/AWS/SQS' })
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
