import { nameIn, resourcesOf, type Templates } from './templates.ts'

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
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolGroup',
  'AWS::DynamoDB::Table',
  'AWS::Events::Archive',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
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

/**
 * The asynchronous edges of a stage that do not end at the recovery desk when they fail, in words; empty when a message
 * can get lost on none. A resource type that nobody has classified counts as one.
 */
export const looseEdges = (templates: Templates, desk: string): string[] => {
  const all = resourcesOf(templates)
  const at = (stack: string) => templates[stack]!
  const queues = all.filter(({ Type }) => Type === 'AWS::SQS::Queue')
  const mappings = all
    .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
    .map((mapping) => ({
      ...mapping,
      source: nameIn(at(mapping.stack), mapping.Properties.EventSourceArn),
      target: nameIn(at(mapping.stack), mapping.Properties.FunctionName),
    }))
  const readByDesk = new Set(mappings.filter(({ target }) => target === desk).map(({ source }) => source))
  const ends = (stack: string, arn: unknown) => arn !== undefined && readByDesk.has(nameIn(at(stack), arn))

  const unknown = [...new Set(all.map(({ Type }) => Type))]
    .filter((type) => !synchronous.has(type) && !asynchronous.includes(type))
    .map((type) => `${type}: nobody has said whether messages travel on it`)

  const onQueues = queues
    .filter(({ Properties }) => !readByDesk.has(Properties.QueueName))
    .filter(({ stack, Properties }) => !ends(stack, Properties.RedrivePolicy?.deadLetterTargetArn))
    .map(({ Properties }) => `queue ${Properties.QueueName}`)

  const onBuses = all
    .filter(({ Type }) => Type === 'AWS::Events::EventBus')
    .filter(({ stack, Properties }) => !ends(stack, Properties.DeadLetterConfig?.Arn))
    .map(({ Properties }) => `bus ${Properties.Name}`)

  const targets = all
    .filter(({ Type }) => Type === 'AWS::Events::Rule')
    .flatMap((rule) =>
      (rule.Properties.Targets as { Id: string; Arn: unknown; DeadLetterConfig?: { Arn: unknown } }[]).map(
        (target) => ({
          rule,
          target,
        }),
      ),
    )
  const onTargets = targets
    .filter(({ rule, target }) => !ends(rule.stack, target.DeadLetterConfig?.Arn))
    .map(({ rule, target }) => `rule ${rule.Properties.Name} ${target.Id}`)

  const queueNames = new Set(queues.map(({ Properties }) => Properties.QueueName as string))
  const invoked = targets
    .map(({ rule, target }) => ({ stack: rule.stack, name: nameIn(at(rule.stack), target.Arn) }))
    .filter(({ name }) => !queueNames.has(name))
  const invokeConfigs = all.filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig')
  const onInvocations = invoked
    .filter(
      ({ name }) =>
        !invokeConfigs.some(
          ({ stack, Properties }) =>
            nameIn(at(stack), Properties.FunctionName) === name &&
            ends(stack, Properties.DestinationConfig?.OnFailure?.Destination),
        ),
    )
    .map(({ name }) => `asynchronous invocation of ${name}`)

  const onStreams = mappings
    .filter(({ source }) => !queueNames.has(source))
    .filter(({ stack, Properties }) => !ends(stack, Properties.DestinationConfig?.OnFailure?.Destination))
    .map(({ target }) => `stream of ${target}`)

  const onSubscriptions = all
    .filter(({ Type }) => Type === 'AWS::SNS::Subscription')
    .filter(({ stack, Properties }) => !ends(stack, Properties.RedrivePolicy?.deadLetterTargetArn))
    .map(({ stack, id }) => `subscription ${stack}/${id}`)

  return [...unknown, ...onQueues, ...onBuses, ...onTargets, ...onInvocations, ...onStreams, ...onSubscriptions]
}
