import { type Found, nameIn, resourcesOf, type Templates } from './templates.ts'

/** Types that carry no message from one part to another, or only while somebody waits for the answer. */
const synchronous = new Set([
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Authorizer',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  // An alarm's action cannot be dead-lettered; the alarm itself keeps the state.
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentGroup',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolGroup',
  'AWS::DynamoDB::Table',
  'AWS::Events::Archive',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
])

/** Types whose every instance is an asynchronous edge, or has some. */
const asynchronous = [
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::Lambda::EventSourceMapping',
  'AWS::SNS::Subscription',
  'AWS::SQS::Queue',
]

/** The ways in which a message travels while nobody waits for the answer. */
const kinds = ['queue', 'bus', 'rule', 'invocation', 'stream', 'subscription', 'handler'] as const

/** What a walk over the templates found. */
export type Walk = {
  /** How many edges of each kind were looked at: a walk that saw none proves nothing. */
  readonly walked: Readonly<Record<(typeof kinds)[number] | 'dead-letter queue', number>>
  /** Edges that do not end at the recovery desk when they fail, and dead-letter queues that may forget, in words. */
  readonly loose: readonly string[]
}

type Edge = {
  readonly kind: (typeof kinds)[number]
  readonly name: string
  readonly stack: string
  readonly to: unknown
}

/** Fourteen days, the longest that SQS keeps anything. Seconds. */
const longestRetention = 14 * 86_400

/**
 * Walks every asynchronous edge of a stage: queues, buses, rule targets, invocations that nobody waits for (by a rule, or
 * with a configuration of their own), streams, subscriptions, and the queue to which a handler itself gives up what it
 * cannot handle. Each must have a dead-letter queue that is kept for 14 days and emptied by the desk. A resource type that
 * nobody has classified counts as an edge that ends nowhere.
 */
export const walk = (templates: Templates, desk: string): Walk => {
  const all = resourcesOf(templates)
  const ofType = (type: string) => all.filter(({ Type }) => Type === type)
  const named = (stack: string, value: unknown) => nameIn(templates[stack]!, value)
  const queues = new Map(
    ofType('AWS::SQS::Queue').map(({ Properties }) => [Properties.QueueName as string, Properties]),
  )
  const mappings = ofType('AWS::Lambda::EventSourceMapping').map((mapping) => ({
    ...mapping,
    source: named(mapping.stack, mapping.Properties.EventSourceArn),
    target: named(mapping.stack, mapping.Properties.FunctionName),
  }))
  const readByDesk = new Set(mappings.filter(({ target }) => target === desk).map(({ source }) => source))

  const targets = ofType('AWS::Events::Rule').flatMap((rule) =>
    (rule.Properties.Targets as { Id: string; Arn: unknown; DeadLetterConfig?: { Arn: unknown } }[]).map((target) => ({
      rule,
      target,
    })),
  )
  const configured = ofType('AWS::Lambda::EventInvokeConfig').map(({ stack, Properties }) => ({
    stack,
    name: named(stack, Properties.FunctionName),
    to: Properties.DestinationConfig?.OnFailure?.Destination as unknown,
  }))
  const invokedByRule = targets
    .map(({ rule, target }) => ({ stack: rule.stack, name: named(rule.stack, target.Arn), to: undefined }))
    .filter(({ name }) => !queues.has(name) && !configured.some((config) => config.name === name))

  const edges: Edge[] = [
    ...ofType('AWS::SQS::Queue')
      .filter(({ Properties }) => !readByDesk.has(Properties.QueueName) && !Properties.QueueName.endsWith('-dead'))
      .map(({ stack, Properties }) => ({
        kind: 'queue' as const,
        name: Properties.QueueName,
        stack,
        to: Properties.RedrivePolicy?.deadLetterTargetArn,
      })),
    ...ofType('AWS::Events::EventBus').map(({ stack, Properties }) => ({
      kind: 'bus' as const,
      name: Properties.Name,
      stack,
      to: Properties.DeadLetterConfig?.Arn,
    })),
    ...targets.map(({ rule, target }) => ({
      kind: 'rule' as const,
      name: `${rule.Properties.Name} ${target.Id}`,
      stack: rule.stack,
      to: target.DeadLetterConfig?.Arn,
    })),
    ...[...configured, ...invokedByRule].map((invoked) => ({ kind: 'invocation' as const, ...invoked })),
    ...mappings
      .filter(({ source }) => !queues.has(source))
      .map(({ stack, target, Properties }) => ({
        kind: 'stream' as const,
        name: `of ${target}`,
        stack,
        to: Properties.DestinationConfig?.OnFailure?.Destination,
      })),
    ...ofType('AWS::SNS::Subscription').map(({ stack, id, Properties }) => ({
      kind: 'subscription' as const,
      name: `${stack}/${id}`,
      stack,
      to: Properties.RedrivePolicy?.deadLetterTargetArn,
    })),
    ...handlersThatGiveUp(ofType('AWS::Lambda::Function'), mappings, desk),
  ]

  // Whatever an edge names as its dead-letter queue is one, and so is what is called one.
  const dead = new Map(
    [...queues].filter(([name]) => name.endsWith('-dead') || readByDesk.has(name)).map(([name]) => [name, true]),
  )
  for (const { stack, to } of edges) if (to !== undefined) dead.set(named(stack, to), true)

  return {
    walked: {
      ...(Object.fromEntries(kinds.map((kind) => [kind, edges.filter((edge) => edge.kind === kind).length])) as Record<
        (typeof kinds)[number],
        number
      >),
      'dead-letter queue': dead.size,
    },
    loose: [
      ...[...new Set(all.map(({ Type }) => Type))]
        .filter((type) => !synchronous.has(type) && !asynchronous.includes(type))
        .map((type) => `${type}: nobody has said whether messages travel on it`),
      ...edges
        .filter(({ stack, to }) => to === undefined || !readByDesk.has(named(stack, to)))
        .map(({ kind, name }) => `${kind} ${name}`),
      ...[...dead.keys()].flatMap((name) => deadLetterFaults(name, queues.get(name), readByDesk.has(name))),
    ],
  }
}

/**
 * Every function that is fed by a queue or a stream gives up by itself what it knows to be hopeless, and what its backend
 * would lose: it must be told of a queue for that. The desk's own intake gives up nothing.
 */
const handlersThatGiveUp = (
  functions: readonly Found[],
  mappings: readonly { readonly stack: string; readonly source: string; readonly target: string }[],
  desk: string,
): Edge[] =>
  functions
    .filter(({ Properties }) => Properties.FunctionName !== desk)
    .filter(({ Properties }) => mappings.some(({ target }) => target === Properties.FunctionName))
    .flatMap(({ stack, Properties }) => {
      const told = Properties.Environment.Variables.DEAD_LETTER_QUEUE as unknown
      const name = Properties.FunctionName as string
      return addressesIn(told).map((to) => ({ kind: 'handler' as const, name, stack, to }))
    })

/** One address, or several in JSON by the queue's name, which CloudFormation joins of parts. */
const addressesIn = (told: unknown): unknown[] => {
  const parts = (told as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join']?.[1]
  return parts ? parts.filter((part) => typeof part === 'object') : [told]
}

const deadLetterFaults = (name: string, queue: Found['Properties'] | undefined, read: boolean): string[] => [
  ...(read ? [] : [`dead-letter queue ${name} is not emptied by the desk`]),
  ...(queue?.MessageRetentionPeriod >= longestRetention
    ? []
    : [
        `dead-letter queue ${name} keeps messages for ${queue?.MessageRetentionPeriod ?? 'an unknown number of'} s only`,
      ]),
]
