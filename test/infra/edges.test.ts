import { describe, expect, test } from 'vitest'
import { walk } from './support/edges.ts'
import { functionOf, nameIn, type Resource, resourcesOf, type Templates, templatesOf } from './support/templates.ts'

const stages = ['local', 'dev'] as const

describe.each(stages)('asynchronous edges of stage %s', (stage) => {
  const templates = templatesOf(stage)
  const desk = `neverstop-${stage}-recovery-intake`

  test('all end at the recovery desk, which keeps them for 14 days', () => {
    expect(walk(templates, desk).loose).toEqual([])
  })

  test('have their queue before their event source, even where it is called by its name', () => {
    const late = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').flatMap(
      ({ id, stack, Properties, DependsOn }) => {
        const template = templates[stack]!
        const name = nameIn(template, Properties.EventSourceArn)
        const queue = Object.entries(template.Resources).find(([, { Properties: its }]) => its?.QueueName === name)?.[0]
        const waits = JSON.stringify([Properties.EventSourceArn, DependsOn ?? []])
        return queue && !waits.includes(`"${queue}"`) ? [`${id} may come before ${queue}`] : []
      },
    )

    expect(late).toEqual([])
  })

  test('are all walked: as many of each kind as the templates hold', () => {
    const count = (type: string, keep: (properties: Resource['Properties']) => boolean = () => true) =>
      resourcesOf(templates, type).filter(({ Properties }) => keep(Properties)).length
    const dead = count('AWS::SQS::Queue', ({ QueueName }) => QueueName.endsWith('-dead'))
    const streams = count('AWS::Lambda::EventSourceMapping', ({ StartingPosition }) => StartingPosition !== undefined)
    const { walked } = walk(templates, desk)

    expect(walked).toEqual({
      queue: count('AWS::SQS::Queue') - dead,
      bus: count('AWS::Events::EventBus'),
      rule: count('AWS::Events::Rule'),
      invocation: count('AWS::Events::Rule', ({ ScheduleExpression }) => ScheduleExpression !== undefined),
      stream: streams,
      subscription: count('AWS::SNS::Subscription'),
      // Each function that a queue or a stream feeds names one queue; the coordinator one for each that it reads.
      handler: count('AWS::Lambda::EventSourceMapping') - dead,
      'dead-letter queue': dead,
    })
    expect(Math.min(walked.queue, walked.rule, walked['dead-letter queue'])).toBeGreaterThan(9)
  })

  test('of the desk itself cover every dead-letter queue exactly once', () => {
    const read = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping')
      .filter(({ stack, Properties }) => nameIn(templates[stack]!, Properties.FunctionName) === desk)
      .map(({ stack, Properties }) => nameIn(templates[stack]!, Properties.EventSourceArn))
    const dead = resourcesOf(templates, 'AWS::SQS::Queue')
      .map(({ Properties }) => Properties.QueueName as string)
      .filter((name) => name.endsWith('-dead'))

    expect(dead.length).toBeGreaterThan(15)
    expect(read.toSorted()).toEqual(dead.toSorted())
  })

  test('have a dead-letter queue that lets in the rule, the bus or the topic that fails', () => {
    const named = (stack: string, value: unknown) => nameIn(templates[stack]!, value)
    const failing = [
      ...resourcesOf(templates, 'AWS::Events::Rule').flatMap(({ stack, Properties: { Name, Targets } }) =>
        Targets.map(({ DeadLetterConfig }: { DeadLetterConfig: { Arn: unknown } }) => ({
          stack,
          from: Name,
          service: 'events',
          queue: named(stack, DeadLetterConfig.Arn),
        })),
      ),
      ...resourcesOf(templates, 'AWS::Events::EventBus').map(({ stack, Properties }) => ({
        stack,
        from: Properties.Name,
        service: 'events',
        queue: named(stack, Properties.DeadLetterConfig.Arn),
      })),
      ...resourcesOf(templates, 'AWS::SNS::Subscription').map(({ stack, Properties }) => ({
        stack,
        from: named(stack, Properties.TopicArn),
        service: 'sns',
        queue: named(stack, Properties.RedrivePolicy.deadLetterTargetArn),
      })),
    ]
    const letIn = resourcesOf(templates, 'AWS::SQS::QueuePolicy').flatMap(({ stack, Properties }) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow').map(
        ({ Principal, Condition }: { Principal: { Service: string }; Condition: Record<string, unknown> }) => ({
          stack,
          from: named(stack, (Condition.ArnEquals as Record<string, unknown>)['aws:SourceArn']),
          service: Principal.Service.replace('.amazonaws.com', ''),
          queue: named(stack, Properties.Queues[0]),
        }),
      ),
    )
    expect(failing.length).toBeGreaterThan(9)
    for (const edge of failing) expect(letIn).toContainEqual(edge)
  })

  test('keep the order of a stream and never answer it with partial failures', () => {
    const streams = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties.StartingPosition !== undefined,
    )
    expect(streams).toHaveLength(5)
    for (const { Properties } of streams) {
      expect(Properties).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 60,
      })
      expect(Properties.FunctionResponseTypes).toBeUndefined()
      expect(Properties.ParallelizationFactor ?? 1).toBe(1)
    }
  })

  test('let nothing wait in a stream but what nobody is in a hurry for', () => {
    const waits = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').flatMap(({ stack, Properties }) =>
      Properties.MaximumBatchingWindowInSeconds
        ? [[nameIn(templates[stack]!, Properties.FunctionName), Properties.MaximumBatchingWindowInSeconds]]
        : [],
    )
    expect(waits).toEqual([[`neverstop-${stage}-saga-historian`, 2]])
  })

  test('wait for the permissions of who reads them', () => {
    for (const { stack, Properties } of resourcesOf(templates, 'AWS::Lambda::EventSourceMapping')) {
      const { Resources } = templates[stack]!
      const lambda = functionOf(templates[stack]!, Properties.FunctionName)
      const role = lambda.Properties.Role['Fn::GetAtt'][0] as string
      const policies = Object.entries(Resources)
        .filter(([, { Type, Properties }]) => Type === 'AWS::IAM::Policy' && Properties.Roles[0].Ref === role)
        .map(([id]) => id)
      expect(policies.length).toBeGreaterThan(0)
      expect(lambda.DependsOn).toEqual(expect.arrayContaining(policies))
    }
  })
})

/** The templates with one resource changed by `change`, the first that it makes anything of. */
const broken = (templates: Templates, type: string, change: (properties: Resource['Properties']) => boolean) => {
  const copy = structuredClone(templates)
  const found = resourcesOf(copy, type).find(({ Properties }) => change(Properties))
  if (!found) throw new Error(`no ${type} could be broken: the test tests nothing`)
  return { copy, ...found }
}

describe('the search for loose edges', () => {
  const templates = templatesOf('dev')
  const desk = 'neverstop-dev-recovery-intake'
  const without = (path: readonly string[]) => (properties: Resource['Properties']) => {
    const parent = path.slice(0, -1).reduce((node, key) => node?.[key], properties)
    if (parent?.[path.at(-1)!] === undefined) return false
    delete parent[path.at(-1)!]
    return true
  }

  test.each([
    ['a queue', 'AWS::SQS::Queue', ['RedrivePolicy'], /^queue /],
    ['a bus', 'AWS::Events::EventBus', ['DeadLetterConfig'], /^bus /],
    ['a rule', 'AWS::Events::Rule', ['Targets', '0', 'DeadLetterConfig'], /^rule /],
    ['a scheduled function', 'AWS::Lambda::EventInvokeConfig', ['DestinationConfig'], /^invocation /],
    ['a stream', 'AWS::Lambda::EventSourceMapping', ['DestinationConfig'], /^stream /],
    ['a subscription', 'AWS::SNS::Subscription', ['RedrivePolicy'], /^subscription /],
  ])('finds %s without its dead-letter queue', (_, type, path, expected) => {
    const { copy } = broken(templates, type, without(path))
    const found = walk(copy, desk).loose
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(expected)
  })

  test('finds a dead-letter queue that forgets sooner than in 14 days', () => {
    const { copy, Properties } = broken(templates, 'AWS::SQS::Queue', (queue) => {
      if (!queue.QueueName.endsWith('-dead')) return false
      queue.MessageRetentionPeriod = 4 * 86_400
      return true
    })
    expect(walk(copy, desk).loose).toEqual([
      `dead-letter queue ${Properties.QueueName} keeps messages for 345600 s only`,
    ])
  })

  test('finds a handler that knows no queue for what it gives up', () => {
    const { copy } = broken(templates, 'AWS::Lambda::Function', ({ FunctionName, Environment: { Variables } }) => {
      if (!FunctionName.endsWith('-relay')) return false
      Variables.DEAD_LETTER_QUEUE = undefined
      return true
    })
    expect(walk(copy, desk).loose).toEqual([expect.stringMatching(/^handler neverstop-dev-\w+-relay$/)])
  })

  test("finds edges that name a queue which is nobody's", () => {
    const { copy } = broken(templates, 'AWS::SNS::Subscription', (subscription) => {
      subscription.RedrivePolicy.deadLetterTargetArn = 'arn:aws:sqs:eu-central-1:123456789012:elsewhere'
      return true
    })
    expect(walk(copy, desk).loose).toEqual([
      expect.stringMatching(/^subscription /),
      'dead-letter queue elsewhere is not emptied by the desk',
      'dead-letter queue elsewhere keeps messages for an unknown number of s only',
    ])
  })

  test('finds everything behind a dead-letter queue that the desk does not read', () => {
    const { copy, stack, id } = broken(templates, 'AWS::Lambda::EventSourceMapping', ({ EventSourceArn }) =>
      JSON.stringify(EventSourceArn).includes('payments-commands-dead'),
    )
    delete (copy[stack]!.Resources as Record<string, Resource>)[id]
    expect(walk(copy, desk).loose).toEqual(
      expect.arrayContaining([
        'queue neverstop-dev-payments-commands',
        'handler neverstop-dev-payments-commands',
        'dead-letter queue neverstop-dev-payments-commands-dead is not emptied by the desk',
      ]),
    )
  })

  test('asks about a type that it does not know', () => {
    const { copy } = broken(templates, 'AWS::Events::EventBus', () => true)
    Object.assign(copy['neverstop-dev-backbone']!.Resources, { Pipe: { Type: 'AWS::Pipes::Pipe', Properties: {} } })
    expect(walk(copy, desk).loose).toEqual(['AWS::Pipes::Pipe: nobody has said whether messages travel on it'])
  })
})
