import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Alias,
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { namespaceOf } from '../../reactive/metrics.ts'
import type { Millis } from '../../reactive/time.ts'
import { liveAlias, outputKey } from '../names.ts'
import { acknowledge } from './acknowledge.ts'
import { functionAlarms } from './function-alarms.ts'
import { type ServiceStack, stackOf } from './service-stack.ts'
import { decrypting, keyOf } from './stage-key.ts'
import type { Use } from './use.ts'

type Options = {
  /** After which the service stops it, in milliseconds. */
  readonly timeout: Millis
  /** In megabytes; processor time grows with it. */
  readonly memory?: 256 | 512
  /**
   * Executions at once that nobody else in the account can take, and more than which it never has; only on stages that
   * reserve any. For what has to work while everything else is busy.
   */
  readonly reserved?: number
  readonly uses?: readonly Use[]
  /** False where a thrown error is the caller's fault, as in an authorizer that refuses a token. */
  readonly alarmOnErrors?: boolean
}

/**
 * A function of the platform, named after its handler: `payments-commands` runs
 * `functions/payments/commands.handler.ts` with a role of its own that may do what `uses` says and write its log.
 *
 * @throws Error at synth when the handler does not exist.
 *
 * @example
 * new ServiceFunction(this, 'payments-commands', { timeout: stage.timing.handlerTimeout, uses: [payments.use('read', 'write')] })
 */
export class ServiceFunction extends Construct {
  readonly handler: string
  readonly timeout: Millis
  readonly lambda: LambdaFunction
  /** What events, requests and schedules go to, where new code takes over step by step. */
  readonly alias: Alias | undefined
  readonly role: Role
  private readonly granted: PolicyStatement[] = []
  private decrypts = false

  constructor(
    scope: Construct,
    handler: string,
    { timeout, memory = 256, reserved, uses = [], alarmOnErrors = true }: Options,
  ) {
    super(scope, handler)
    const stack = stackOf(this)
    const { stage, names } = stack.site
    this.handler = handler
    this.timeout = timeout

    const functionName = names.function(handler)
    // Made here, with a retention: the role then needs no permission to create one that is kept for ever.
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      encryptionKey: keyOf(this),
    })
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    )
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description: `${handler} (${stage.name})`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleOf(stack, handler)),
      timeout: Duration.millis(timeout),
      memorySize: memory,
      reservedConcurrentExecutions: stage.reserves ? reserved : undefined,
      role: this.role,
      logGroup,
      tracing: Tracing.DISABLED,
      environment: {
        NEVERSTOP_HANDLER: handler,
        STAGE: stage.name,
        TIMING: stage.timingName,
        POWERTOOLS_SERVICE_NAME: stack.owner,
        METRICS_NAMESPACE: namespaceOf(stage.name),
        TRACING: String(stage.tracing),
        ...(stage.collector ? { OTEL_EXPORTER_OTLP_ENDPOINT: stage.collector } : {}),
        LOG_LEVEL: stage.logLevel,
      },
    })
    this.alias = stage.rollout
      ? new Alias(this, 'Live', { aliasName: liveAlias, version: this.lambda.currentVersion })
      : undefined
    acknowledge(
      this.lambda,
      {
        id: 'Serverless-LambdaDLQ',
        reason: 'Whatever invokes it has a dead-letter queue or destination of its own, or waits for the answer.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'Spans are recorded by OpenTelemetry, whose context the envelopes carry over queues; X-Ray would add a second tree.',
      },
    )
    for (const use of uses) this.use(use)
    functionAlarms(this, this, alarmOnErrors)
    stack.output(outputKey(handler, 'FunctionName'), this.lambda.functionName)
  }

  /** The function as it is to be called. */
  get live(): IFunction {
    return this.alias ?? this.lambda
  }

  /** Gives the function something to use: its variables and its permissions. */
  use({ environment = {}, statements = [], acknowledged = [] }: Use) {
    for (const [name, value] of Object.entries(environment)) this.lambda.addEnvironment(name, value)
    for (const statement of statements) this.role.addToPolicy(statement)
    this.granted.push(...statements)
    const key = this.decrypts ? undefined : decrypting(this, this.granted)
    if (key) this.decrypts = this.role.addToPolicy(key)
    acknowledge(this.role, ...acknowledged)
  }
}

/** A permission on exactly these resources. */
export const allow = (actions: readonly string[], resources: readonly string[]) =>
  new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] })

const bundleOf = (stack: ServiceStack, handler: string): string => {
  const folder = stack.site.bundles.get(handler)
  if (folder) return folder
  const [context, ...rest] = handler.split('-')
  const file = `${context === 'saga' ? 'sagas/engine' : `functions/${context}`}/${rest.join('-')}.handler.ts`
  throw new Error(
    `The function '${handler}' of ${stack.stackName} has no handler: write ${file}, or take the function out of infra/stacks`,
  )
}
