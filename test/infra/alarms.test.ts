import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../infra/constructs/bundle.ts'
import { alarmKinds, pages, remedies } from '../../infra/constructs/service-alarm.ts'
import { type Severity, severities } from '../../infra/constructs/severity.ts'
import { sagas } from '../../infra/sagas.ts'
import { failureClasses } from '../../reactive/failure.ts'
import { type Found, nameIn, resourcesOf, templatesOf, textOf } from './support/templates.ts'

const runbooks = join(root, 'docs/runbooks')
const traits = ({ Properties: { AlarmDescription } }: Found) => {
  const [, severity, owner, remedy, runbook] =
    /severity: (\w+) \| owner: (\w+)(?: \| remedy: (\S+))? \| runbook: (\S+)$/.exec(AlarmDescription) ?? []
  return { severity: severity as Severity, owner, remedy, runbook }
}

const periodOf = ({ Properties }: Found): number =>
  Properties.Period ??
  Properties.Metrics.find(({ MetricStat }: { MetricStat?: object }) => MetricStat).MetricStat.Period

describe.each(['local', 'dev'] as const)('the alarms of stage %s', (stage) => {
  const templates = templatesOf(stage)
  const metricAlarms = resourcesOf(templates, 'AWS::CloudWatch::Alarm')
  // One half of an objective's alarm is nobody's news by itself.
  const alarms = metricAlarms.filter(({ Properties }) => !Properties.AlarmDescription.startsWith('One half of '))
  const composites = resourcesOf(templates, 'AWS::CloudWatch::CompositeAlarm')
  const burning = composites.filter(({ Properties }) => Properties.AlarmName.endsWith('-objective-burn'))
  const told = composites.filter(({ Properties }) => Properties.AlarmActions)
  const paging = told.filter((alarm) => !burning.includes(alarm))
  const named = (name: string) => `neverstop-${stage}-${name}`
  const actionsOf = ({ stack, Properties }: Found) =>
    ((Properties.AlarmActions ?? []) as unknown[]).map((action) => nameIn(templates[stack]!, action))

  test('take a timer that lies in its queue on purpose for no old message', () => {
    const ages = alarms.filter(({ Properties }) => Properties.AlarmName.endsWith('-queue-age'))
    expect(ages.length).toBeGreaterThan(5)
    // SQS keeps a message back for a quarter of an hour at most.
    for (const { Properties } of ages)
      expect(Properties.Threshold > 900, Properties.AlarmName).toBe(
        Properties.AlarmName === named('saga-wakeups-queue-age'),
      )
  })

  test('say how bad it is, who answers and where it is written what to do', () => {
    for (const alarm of [...alarms, ...burning, ...paging]) {
      const { severity, owner, remedy, runbook } = traits(alarm)
      expect(severities, alarm.Properties.AlarmName).toContain(severity)
      expect(alarm.Properties.AlarmDescription.split(' | '), alarm.Properties.AlarmName).toContain(`stage: ${stage}`)
      expect(owner, alarm.Properties.AlarmName).toBeTruthy()
      if (remedy) expect(remedies).toContain(remedy.split(':')[0])
      expect(existsSync(join(root, runbook!)), `${alarm.Properties.AlarmName}: ${runbook}`).toBe(true)
    }
  })

  test('name no remedy that support cannot carry out', () => {
    const { CONSUMERS } = resourcesOf(templates, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === named('support-commands'),
    )!.Properties.Environment.Variables
    const switched = Object.keys(JSON.parse(textOf(templates[named('support')]!, CONSUMERS)))
    const queues = alarms.flatMap((alarm) => traits(alarm).remedy?.split(':')[1] ?? [])
    expect(queues.length).toBeGreaterThan(10)
    expect([...new Set(queues)].filter((queue) => !switched.includes(queue))).toEqual([])
  })

  test('speak to the topic of their severity', () => {
    for (const alarm of [...alarms.filter((alarm) => !pages(traits(alarm).severity)), ...told]) {
      const topic = named(`alarms-${traits(alarm).severity}`)
      expect(actionsOf(alarm), alarm.Properties.AlarmName).toEqual([topic])
      expect(alarm.Properties.OKActions, alarm.Properties.AlarmName).toHaveLength(1)
    }
  })

  test('that page do it through the composite of their owner, never by themselves', () => {
    const states = composites.filter(({ Properties }) => Properties.AlarmName.endsWith('-state'))
    for (const alarm of [...alarms, ...burning].filter((alarm) => pages(traits(alarm).severity))) {
      const { AlarmName } = alarm.Properties
      expect(actionsOf(alarm), AlarmName).toEqual([])
      const parents = states.filter(({ Properties }) => Properties.AlarmRule.includes(`ALARM("${AlarmName}")`))
      // What waits says nothing of where the cause is: it pages with the flow of orders.
      const waits = /-(queue|stream)-age$/.test(AlarmName)
      expect(parents.map(({ Properties }) => Properties.AlarmName)).toEqual([
        named(`${waits ? 'flow' : traits(alarm).owner}-state`),
      ])
    }
  })

  test('of a service page at the severity of the worst one below', () => {
    for (const { Properties, ...rest } of paging.filter(({ Properties }) =>
      Properties.AlarmName.endsWith('-service-unhealthy'),
    )) {
      const { owner, severity } = traits({ Properties, ...rest })
      const below = [...alarms, ...burning].map(traits).filter((alarm) => alarm.owner === owner)
      expect(severity).toBe(below.some((alarm) => alarm.severity === 'critical') ? 'critical' : 'major')
      expect(Properties.AlarmRule).toBe(`ALARM("${named(`${owner}-state`)}")`)
    }
  })

  test('make one page of one cause: services keep silent while the platform pages', () => {
    const platform = paging.find(({ Properties }) => Properties.AlarmName === named('platform-unhealthy'))!
    const services = paging.filter((alarm) => alarm !== platform && traits(alarm).owner !== 'flow')
    for (const { Properties } of services) {
      expect(Properties.ActionsSuppressor['Fn::GetAtt'][0]).toBe(platform.id)
      expect(Properties.ActionsSuppressorWaitPeriod).toBe(120)
    }
    expect(platform.Properties.ActionsSuppressor).toBeUndefined()
    // Any two services, and no fewer.
    expect(platform.Properties.AlarmRule.match(/ AND /g)).toHaveLength((services.length * (services.length - 1)) / 2)
  })

  test('say of the flow of orders nothing while a service pages, and never count it as a second cause', () => {
    const known = composites.find(({ Properties }) => Properties.AlarmName === named('cause-known'))!
    const flows = paging.find((alarm) => traits(alarm).owner === 'flow')!
    const platform = paging.find(({ Properties }) => Properties.AlarmName === named('platform-unhealthy'))!
    const services = paging
      .map((alarm) => traits(alarm).owner)
      .filter((owner) => owner !== 'flow' && owner !== 'platform')
    expect(flows.Properties.ActionsSuppressor['Fn::GetAtt'][0]).toBe(known.id)
    expect(flows.Properties.ActionsSuppressorWaitPeriod).toBe(300)
    expect(flows.Properties.ActionsSuppressorExtensionPeriod).toBe(2_400)
    for (const owner of services) expect(known.Properties.AlarmRule).toContain(`ALARM("${named(`${owner}-state`)}")`)
    for (const { Properties } of [known, platform]) expect(Properties.AlarmRule).not.toContain(named('flow-state'))
    const below = [...alarms, ...burning].filter((alarm) => traits(alarm).owner === 'flow')
    expect(
      below.filter((alarm) => pages(traits(alarm).severity)).map(({ Properties }) => Properties.AlarmName),
    ).toEqual(
      expect.arrayContaining([
        named('orders-no-orders'),
        named('orders-in-time-fast-objective-burn'),
        named('sagas-stuck-sagas'),
      ]),
    )
  })

  test('of stand-ins for the outside world wake nobody', () => {
    for (const alarm of alarms.filter((alarm) => alarm.stack === named('partners')))
      expect(pages(traits(alarm).severity) && traits(alarm).owner === 'partners', alarm.Properties.AlarmName).toBe(
        false,
      )
  })

  test('of an objective need the long and the short window together', () => {
    expect(burning).toHaveLength(6)
    for (const { Properties } of burning) {
      const [long, short] = ['long', 'short'].map((word) =>
        metricAlarms.find(
          ({ Properties: half }) =>
            half.AlarmName === Properties.AlarmName.replace('-objective-burn', `-${word}-objective-burn`),
        ),
      )
      expect(Properties.AlarmRule).toBe(
        `(ALARM("${long!.Properties.AlarmName}") AND ALARM("${short!.Properties.AlarmName}"))`,
      )
      expect(periodOf(long!)).toBe(12 * periodOf(short!))
      expect(long!.Properties.Threshold).toBe(short!.Properties.Threshold)
    }
  })

  test('refer to alarms that exist, within what CloudWatch allows', () => {
    const known = [...metricAlarms, ...composites].map(({ Properties }) => Properties.AlarmName)
    for (const { Properties } of composites) {
      const children = [...Properties.AlarmRule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name]) => name)
      expect(known).toEqual(expect.arrayContaining(children))
      expect(new Set(children).size, Properties.AlarmName).toBeLessThanOrEqual(100)
      expect(Properties.AlarmRule.length, Properties.AlarmName).toBeLessThanOrEqual(10_240)
    }
  })

  test('watch every queue, consumer, dead-letter queue, function, table, stream, schedule, rule and API', () => {
    const all = alarms.map(({ Properties }) => Properties.AlarmName as string)
    const names = (type: string, property: string) =>
      resourcesOf(templates, type).map(({ Properties }) => Properties[property] as string)
    const queues = names('AWS::SQS::Queue', 'QueueName')
    const dead = queues.filter((name) => name.endsWith('-dead'))
    const functions = names('AWS::Lambda::Function', 'FunctionName')
    const rules = resourcesOf(templates, 'AWS::Events::Rule').map(({ Properties }) => Properties)
    const mappings = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping')
    const streams = mappings.filter(({ Properties }) => Properties.StartingPosition)
    const consumed = mappings
      .filter(({ Properties }) => Properties.ScalingConfig)
      .map(({ stack, Properties }) => nameIn(templates[stack]!, Properties.EventSourceArn))
      .filter((queue) => !queue.endsWith('-dead'))

    const expected = [
      ...queues.filter((name) => !dead.includes(name)).map((name) => `${name}-queue-age`),
      ...consumed.flatMap((name) => [`${name}-consumer-saturated`, `${name}-message-failures`]),
      ...dead.flatMap((name) => ['dead-letters', 'dead-letter-age'].map((kind) => name.replace(/dead$/, kind))),
      ...functions.flatMap((name) => [`${name}-function-throttles`, `${name}-function-duration`]),
      ...functions.filter((name) => !name.endsWith('-edge-authorizer')).map((name) => `${name}-function-errors`),
      ...streams.map(({ stack, Properties }) => `${nameIn(templates[stack]!, Properties.FunctionName)}-stream-age`),
      ...rules.map(({ Name }) => `${Name}-delivery-lost`),
      ...rules.filter(({ ScheduleExpression }) => ScheduleExpression).map(({ Name }) => `${Name}-schedule-silent`),
      ...['edge', 'partners'].flatMap((api) => [named(`${api}-api-errors`), named(`${api}-api-latency`)]),
      ...['acquirer', 'carriers'].map((partner) => named(`${partner}-partner-unanswered`)),
      ...['acquirer', 'swift', 'steady'].flatMap((dependency) =>
        ['open', 'unreachable'].map((how) => named(`${dependency}-breaker-${how}`)),
      ),
      ...sagas.map((saga) => named(`saga-${saga}-undo-failed`)),
      ...failureClasses.map((failure) => named(`desk-${failure}-open-failures`)),
      ...[
        'desk-old-failures',
        'ledger-ledger-drift',
        'recovery-intake-message-failures',
        'ordering-events-republished',
        'orders-confirm-ratio',
        'orders-no-orders',
        'orders-refund-ratio',
        ...['work-shed', 'admission-blind', 'admission-off'].map((kind) => `ordering-api-${kind}`),
        'sagas-sagas-overdue',
        'sagas-stuck-sagas',
      ].map(named),
    ]
    const tables = resourcesOf(templates, 'AWS::DynamoDB::Table')
    const throttled = all.filter((name) => name.endsWith('-table-throttles'))
    expect(throttled).toHaveLength(tables.length)
    expect(all.filter((name) => !throttled.includes(name)).toSorted()).toEqual(expected.toSorted())
  })

  test('watch metrics that exist, of the very thing that they are named after', () => {
    for (const { stack, Properties } of metricAlarms) {
      const { AlarmName } = Properties
      const watched = metricsOf(Properties)
      for (const { Namespace, MetricName, Dimensions = [] } of watched) {
        if (Namespace.startsWith('Neverstop/')) continue
        expect(metrics[Namespace], AlarmName).toContain(MetricName)
        if (/-api-|-table-|consumer-saturated/.test(AlarmName)) continue
        const thing = nameIn(templates[stack]!, Dimensions.at(-1)!.Value).replace(/-dead$/, '')
        expect(AlarmName.startsWith(thing), `${AlarmName}: ${thing}`).toBe(true)
      }
    }
  })

  test('of rules name the bus, without which they would watch the default one', () => {
    const rules = resourcesOf(templates, 'AWS::Events::Rule')
    for (const { Properties } of alarms.filter(({ Properties }) => Properties.AlarmName.endsWith('-delivery-lost'))) {
      const rule = rules.find(({ Properties: { Name } }) => Properties.AlarmName === `${Name}-delivery-lost`)!
      const names = Properties.Dimensions.map(({ Name }: { Name: string }) => Name)
      const onDefaultBus =
        rule.Properties.ScheduleExpression || rule.Properties.EventPattern.source[0] === 'aws.cloudwatch'
      expect(names).toEqual(onDefaultBus ? ['RuleName'] : ['EventBusName', 'RuleName'])
    }
  })

  test('take silence for a fault only where silence is one', () => {
    for (const { Properties } of alarms)
      expect(Properties.TreatMissingData, Properties.AlarmName).toBe(
        Properties.AlarmName.endsWith('-schedule-silent') ? 'breaching' : 'notBreaching',
      )
  })
})

type Watched = { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: unknown }[] }

/** Every metric that an alarm looks at. */
const metricsOf = (properties: { Metrics?: { MetricStat?: { Metric: Watched } }[] } & Watched): Watched[] =>
  properties.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []) ?? [properties]

/** What the services publish, as far as we watch it. */
const metrics: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway': ['5XXError', 'Latency'],
  'AWS/DynamoDB': ['ReadThrottleEvents', 'WriteThrottleEvents'],
  'AWS/Events': ['InvocationsFailedToBeSentToDlq'],
  'AWS/Lambda': ['ConcurrentExecutions', 'Duration', 'Errors', 'Invocations', 'IteratorAge', 'Throttles'],
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
  const written = readdirSync(runbooks).filter((file) => file.endsWith('.md') && file !== 'README.md')

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
    for (const file of [...written, 'README.md'])
      for (const [, target] of readFileSync(join(runbooks, file), 'utf8').matchAll(/\]\(([^)]+)\)/g))
        expect(existsSync(join(runbooks, target!.replace(/#.*$/, ''))), `${file} → ${target}`).toBe(true)
  })
})
