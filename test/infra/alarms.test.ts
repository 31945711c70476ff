import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../infra/constructs/bundle.ts'
import { alarmKinds, pages, type Severity, severities } from '../../infra/constructs/service-alarm.ts'
import { type Found, nameIn, resourcesOf, templatesOf } from './support/templates.ts'

const runbooks = join(root, 'docs/runbooks')
const traits = ({ Properties: { AlarmDescription } }: Found) => {
  const [, severity, owner, runbook] = /severity: (\w+) \| owner: (\w+) \| runbook: (\S+)$/.exec(AlarmDescription) ?? []
  return { severity: severity as Severity, owner, runbook }
}

describe.each(['local', 'dev'] as const)('the alarms of stage %s', (stage) => {
  const templates = templatesOf(stage)
  const alarms = resourcesOf(templates, 'AWS::CloudWatch::Alarm')
  const composites = resourcesOf(templates, 'AWS::CloudWatch::CompositeAlarm')
  const paging = composites.filter(({ Properties }) => Properties.AlarmActions)
  const named = (name: string) => `neverstop-${stage}-${name}`
  const actionsOf = ({ stack, Properties }: Found) =>
    ((Properties.AlarmActions ?? []) as unknown[]).map((action) => nameIn(templates[stack]!, action))

  test('say how bad it is, who answers and where it is written what to do', () => {
    for (const alarm of [...alarms, ...paging]) {
      const { severity, owner, runbook } = traits(alarm)
      expect(severities, alarm.Properties.AlarmName).toContain(severity)
      expect(owner, alarm.Properties.AlarmName).toBeTruthy()
      expect(existsSync(join(root, runbook!)), `${alarm.Properties.AlarmName}: ${runbook}`).toBe(true)
    }
  })

  test('speak to the topic of their severity', () => {
    for (const alarm of [...alarms.filter((alarm) => !pages(traits(alarm).severity)), ...paging]) {
      const topic = named(`alarms-${traits(alarm).severity}`)
      expect(actionsOf(alarm), alarm.Properties.AlarmName).toEqual([topic])
      expect(alarm.Properties.OKActions, alarm.Properties.AlarmName).toHaveLength(1)
    }
  })

  test('that page do it through the composite of their owner, never by themselves', () => {
    const states = composites.filter(({ Properties }) => Properties.AlarmName.endsWith('-state'))
    for (const alarm of alarms.filter((alarm) => pages(traits(alarm).severity))) {
      const { AlarmName } = alarm.Properties
      expect(actionsOf(alarm), AlarmName).toEqual([])
      const parents = states.filter(({ Properties }) => Properties.AlarmRule.includes(`ALARM("${AlarmName}")`))
      expect(parents.map(({ Properties }) => Properties.AlarmName)).toEqual([named(`${traits(alarm).owner}-state`)])
    }
  })

  test('of a service page at the severity of the worst one below', () => {
    for (const { Properties, ...rest } of paging.filter(({ Properties }) =>
      Properties.AlarmName.endsWith('-service-unhealthy'),
    )) {
      const { owner, severity } = traits({ Properties, ...rest })
      const below = alarms.map(traits).filter((alarm) => alarm.owner === owner)
      expect(severity).toBe(below.some((alarm) => alarm.severity === 'critical') ? 'critical' : 'major')
      expect(Properties.AlarmRule).toBe(`ALARM("${named(`${owner}-state`)}")`)
    }
  })

  test('make one page of one cause: services keep silent while the platform pages', () => {
    const platform = paging.find(({ Properties }) => Properties.AlarmName === named('platform-unhealthy'))!
    for (const { Properties } of paging.filter((alarm) => alarm !== platform)) {
      expect(Properties.ActionsSuppressor['Fn::GetAtt'][0]).toBe(platform.id)
      expect(Properties.ActionsSuppressorWaitPeriod).toBe(120)
    }
    expect(platform.Properties.ActionsSuppressor).toBeUndefined()
    // Any two services, and no fewer.
    const owners = paging.length - 1
    expect(platform.Properties.AlarmRule.match(/ AND /g)).toHaveLength((owners * (owners - 1)) / 2)
  })

  test('refer to alarms that exist, within what CloudWatch allows', () => {
    const known = [...alarms, ...composites].map(({ Properties }) => Properties.AlarmName)
    for (const { Properties } of composites) {
      const children = [...Properties.AlarmRule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name]) => name)
      expect(known).toEqual(expect.arrayContaining(children))
      expect(new Set(children).size, Properties.AlarmName).toBeLessThanOrEqual(100)
      expect(Properties.AlarmRule.length, Properties.AlarmName).toBeLessThanOrEqual(10_240)
    }
  })

  test('watch every queue, dead-letter queue, function, stream, schedule, rule and API', () => {
    const all = alarms.map(({ Properties }) => Properties.AlarmName as string)
    const names = (type: string, property: string) =>
      resourcesOf(templates, type).map(({ Properties }) => Properties[property] as string)
    const queues = names('AWS::SQS::Queue', 'QueueName')
    const dead = queues.filter((name) => name.endsWith('-dead'))
    const functions = names('AWS::Lambda::Function', 'FunctionName')
    const rules = resourcesOf(templates, 'AWS::Events::Rule').map(({ Properties }) => Properties)
    const streams = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties.StartingPosition,
    )

    const expected = [
      ...queues.filter((name) => !dead.includes(name)).map((name) => `${name}-queue-age`),
      ...dead.flatMap((name) => ['dead-letters', 'dead-letter-age'].map((kind) => name.replace(/dead$/, kind))),
      ...functions.flatMap((name) => [`${name}-function-throttles`, `${name}-function-duration`]),
      ...functions.filter((name) => !name.endsWith('-edge-authorizer')).map((name) => `${name}-function-errors`),
      ...streams.map(({ stack, Properties }) => `${nameIn(templates[stack]!, Properties.FunctionName)}-stream-age`),
      ...rules.map(({ Name }) => `${Name}-delivery-lost`),
      ...rules.filter(({ ScheduleExpression }) => ScheduleExpression).map(({ Name }) => `${Name}-schedule-silent`),
      ...['edge', 'partners'].flatMap((api) => [named(`${api}-api-errors`), named(`${api}-api-latency`)]),
    ]
    expect(all.toSorted()).toEqual(expected.toSorted())
  })

  test('watch a metric that exists, of the very thing that they are named after', () => {
    for (const { stack, Properties } of alarms) {
      const { Namespace, MetricName, Dimensions, AlarmName } = Properties
      const of = (Dimensions as { Name: string; Value: unknown }[]).map(
        ({ Name, Value }) => `${Name}=${nameIn(templates[stack]!, Value)}`,
      )
      expect(metrics[Namespace], AlarmName).toContain(MetricName)
      const thing = of
        .at(-1)!
        .split('=')[1]!
        .replace(/-dead$/, '')
      if (!AlarmName.includes('-api-')) expect(AlarmName.startsWith(thing), `${AlarmName}: ${of}`).toBe(true)
    }
  })

  test('of rules name the bus, without which they would watch the default one', () => {
    const rules = resourcesOf(templates, 'AWS::Events::Rule')
    for (const { Properties } of alarms.filter(({ Properties }) => Properties.AlarmName.endsWith('-delivery-lost'))) {
      const rule = rules.find(({ Properties: { Name } }) => Properties.AlarmName === `${Name}-delivery-lost`)!
      const names = Properties.Dimensions.map(({ Name }: { Name: string }) => Name)
      expect(names).toEqual(rule.Properties.ScheduleExpression ? ['RuleName'] : ['EventBusName', 'RuleName'])
    }
  })

  test('take silence for a fault only where silence is one', () => {
    for (const { Properties } of alarms)
      expect(Properties.TreatMissingData, Properties.AlarmName).toBe(
        Properties.AlarmName.endsWith('-schedule-silent') ? 'breaching' : 'notBreaching',
      )
  })
})

/** What the services publish, as far as we watch it. */
const metrics: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway': ['5XXError', 'Latency'],
  'AWS/Events': ['InvocationsFailedToBeSentToDlq'],
  'AWS/Lambda': ['Duration', 'Errors', 'Invocations', 'IteratorAge', 'Throttles'],
  'AWS/SQS': ['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible'],
}

describe('the alarm topics', () => {
  test('are one a severity; the paging ones reach a person where an address is given', () => {
    const templates = templatesOf('dev')
    const subscribed = resourcesOf(templates, 'AWS::SNS::Subscription').map(({ stack, Properties }) => [
      nameIn(templates[stack]!, Properties.TopicArn),
      Properties.Protocol,
      Properties.Endpoint,
    ])
    expect(subscribed).toEqual([
      ['neverstop-dev-alarms-critical', 'email', 'oncall@example.com'],
      ['neverstop-dev-alarms-major', 'email', 'oncall@example.com'],
    ])
    expect(resourcesOf(templatesOf('local'), 'AWS::SNS::Subscription')).toEqual([])
  })
})

describe('the runbooks', () => {
  const written = readdirSync(runbooks).filter((file) => file !== 'README.md')

  test('are one page a kind of alarm, and no page more', () => {
    expect(written.toSorted()).toEqual(alarmKinds.map((kind) => `${kind}.md`).toSorted())
  })

  test.each(written)(
    '%s says what it means, where to look with which command, what causes it and what to do',
    (file) => {
      const text = readFileSync(join(runbooks, file), 'utf8')
      expect(text.startsWith(`# ${file.replace('.md', '')}\n`)).toBe(true)
      const parts = ['**Means.**', '**Look first.**', '**Causes', '**Do.**'].map((part) => text.indexOf(part))
      expect(parts).toEqual(parts.toSorted((a, b) => a - b))
      expect(parts).not.toContain(-1)
      const [, command] = /```sh\n([\s\S]+?)```/.exec(text) ?? []
      expect(command).toMatch(/^(aws|\.\/neverstop) /)
    },
  )

  test('link to pages that exist', () => {
    for (const file of readdirSync(runbooks))
      for (const [, target] of readFileSync(join(runbooks, file), 'utf8').matchAll(/\]\(([^)]+)\)/g))
        expect(existsSync(join(runbooks, target!)), `${file} → ${target}`).toBe(true)
  })
})
