import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  type AuthorizationType,
  type CorsOptions,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { ServiceAlarm } from './service-alarm.ts'
import { stackOf } from './service-stack.ts'
import { keyOf } from './stage-key.ts'

type Options = {
  /** How methods are authorised that do not say otherwise. */
  readonly authorization: AuthorizationType
  readonly cors?: CorsOptions
}

/** A REST API of the platform: regional, throttled to the stage's admission, with an access log and alarms. */
export class ServiceApi extends Construct {
  readonly thing: string
  readonly stageName = 'v1'
  readonly api: RestApi

  constructor(scope: Construct, thing: string, { authorization, cors }: Options) {
    super(scope, `${thing}-rest-api`)
    this.thing = thing
    const { site } = stackOf(this)
    const { stage, names } = site
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/neverstop/${stage.name}/${thing}-access`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      encryptionKey: keyOf(this),
    })
    this.api = new RestApi(this, 'Api', {
      restApiName: names.stack(thing),
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      defaultMethodOptions: { authorizationType: authorization },
      ...(cors ? { defaultCorsPreflightOptions: cors } : {}),
      deployOptions: {
        stageName: this.stageName,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLine)),
        loggingLevel: MethodLoggingLevel.ERROR,
        // Bodies and tokens would be in it.
        dataTraceEnabled: false,
        metricsEnabled: true,
        throttlingRateLimit: stage.admission.rate,
        throttlingBurstLimit: stage.admission.burst,
      },
    })
    acknowledge(
      this.api,
      {
        id: 'AwsSolutions-APIG2',
        reason:
          'Handlers validate strictly against the published schemas and answer with problem documents (RFC 9457).',
      },
      {
        id: 'AwsSolutions-APIG3',
        reason:
          'Throttled and authorised; a web ACL costs more a month than the platform at rest and is the operator’s choice.',
      },
      {
        id: 'Serverless-APIGWXrayEnabled',
        reason:
          'The first span is made by our handler with OpenTelemetry, as all that follow; X-Ray would add a second tree.',
      },
      {
        id: 'AwsSolutions-COG4',
        reason: 'The stage chooses its issuer, so tokens are judged by our authorizer, or requests are signed (IAM).',
      },
    )
    // Its own output has a made-up key; the stack shows the address under ours.
    this.api.node.tryRemoveChild('Endpoint')

    const period = Duration.minutes(1)
    new ServiceAlarm(
      this,
      {
        kind: 'api-errors',
        of: thing,
        severity: 'critical',
        meaning: `more than 1 % of the requests to the API of ${thing} end with a 5xx`,
      },
      // The average of a metric that is 0 or 1 a request is the error rate.
      { metric: this.api.metricServerError({ period, statistic: Stats.AVERAGE }), threshold: 0.01, datapoints: [3, 5] },
    )
    new ServiceAlarm(
      this,
      {
        kind: 'api-latency',
        of: thing,
        severity: 'minor',
        meaning: `one request in a hundred to the API of ${thing} takes longer than 2 s`,
      },
      {
        metric: this.api.metricLatency({ period, statistic: Stats.percentile(99) }),
        threshold: 2_000,
        datapoints: [5, 10],
      },
    )
  }
}

/** One JSON line a request. What people wrote is not in it: neither bodies nor queries nor tokens. */
const accessLine = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  responseBytes: '$context.responseLength',
  subject: '$context.authorizer.subject',
  error: '$context.error.responseType',
}
