import { Duration } from 'aws-cdk-lib'
import {
  AuthorizationType,
  Cors,
  IdentitySource,
  LambdaIntegration,
  type Method,
  type MethodOptions,
  RequestAuthorizer,
  ResponseType,
} from 'aws-cdk-lib/aws-apigateway'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { gatewayProblems, templateOf } from '../../events/http/gateway-problems.ts'
import { seconds } from '../../reactive/time.ts'
import { acknowledge } from '../constructs/acknowledge.ts'
import { Objective } from '../constructs/objective.ts'
import { ServiceApi } from '../constructs/service-api.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Issuer } from '../stages.ts'

/** The public API: which function answers what. Everything but the last two needs a bearer token. */
const routes = {
  '/orders': { GET: 'ordering-api', POST: 'ordering-api' },
  '/orders/{id}': { GET: 'ordering-api' },
  '/orders/{id}/cancel': { POST: 'ordering-api' },
  '/orders/{id}/review': { POST: 'ordering-api' },
  '/orders/{id}/refund': { POST: 'ordering-api' },
  '/orders/{id}/return': { POST: 'ordering-api' },
  '/orders/{id}/inspection': { POST: 'ordering-api' },
  '/returns/{id}/parcel': { POST: 'shipping-api' },
  '/prices': { GET: 'ordering-api' },
  '/products': { GET: 'inventory-api' },
  '/products/{sku}': { GET: 'inventory-api', PUT: 'inventory-api' },
  '/failed': { GET: 'recovery-api' },
  '/failed/cleared': { POST: 'recovery-api' },
  '/failed/groups': { GET: 'recovery-api' },
  '/failed/groups/{fingerprint}': { GET: 'recovery-api' },
  '/failed/groups/{fingerprint}/check': { GET: 'recovery-api' },
  '/failed/groups/{fingerprint}/redrive': { POST: 'recovery-api' },
  '/failed/groups/{fingerprint}/stop': { POST: 'recovery-api' },
  '/failed/import': { POST: 'recovery-api' },
  '/failed/{id}': { GET: 'recovery-api' },
  '/failed/{id}/check': { GET: 'recovery-api' },
  '/failed/{id}/redrive': { POST: 'recovery-api' },
  '/sagas': { GET: 'saga-api' },
  '/sagas/versions': { GET: 'saga-api' },
  '/sagas/acts': { POST: 'saga-api' },
  '/sagas/{id}': { GET: 'saga-api' },
  '/sagas/{id}/acts': { POST: 'saga-api' },
  '/failed/{id}/edit': { POST: 'recovery-api' },
  '/failed/{id}/discard': { POST: 'recovery-api' },
  '/openapi.json': { GET: 'edge-openapi' },
  '/health': { GET: 'edge-openapi' },
} as const

const open: readonly string[] = ['/openapi.json', '/health']

/** The edge: one REST API in front of the contexts, which admits, authorises and answers in problem documents. */
export class Edge extends ServiceStack {
  constructor(scope: Construct, site: Site, { issuer }: { issuer: Issuer }) {
    super(scope, 'edge', site, 'The public API')
    const { api } = new ServiceApi(this, 'edge', {
      authorization: AuthorizationType.NONE,
      cors: {
        // Bearer tokens are sent by hand, never by the browser itself, so any page may ask.
        allowOrigins: Cors.ALL_ORIGINS,
        allowMethods: ['GET', 'POST', 'PUT'],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'priority', 'traceparent'],
        maxAge: Duration.hours(1),
      },
    })
    new Objective(this, {
      of: 'api-availability',
      owner: this.owner,
      promised: 0.999,
      promise: 'requests are answered without a 5xx',
      // The average of a metric that is 0 or 1 a request is the share of the bad.
      bad: (period) => api.metricServerError({ period: Duration.millis(period), statistic: Stats.AVERAGE }),
    })
    this.output('ApiUrl', api.url)

    const authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: this.authorizer(issuer),
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.minutes(5),
    })
    const signedIn: MethodOptions = { authorizer, authorizationType: AuthorizationType.CUSTOM }

    const integrations = new Map<string, LambdaIntegration>()
    const integrationOf = (handler: string) => {
      const known = integrations.get(handler)
      if (known) return known
      const made = new LambdaIntegration(this.functionOf(handler), { allowTestInvoke: false })
      integrations.set(handler, made)
      return made
    }
    for (const [path, methods] of Object.entries(routes)) {
      const resource = api.root.resourceForPath(path)
      for (const [method, handler] of Object.entries(methods))
        if (open.includes(path)) this.publish(resource.addMethod(method, integrationOf(handler)))
        else resource.addMethod(method, integrationOf(handler), signedIn)
    }

    for (const problem of gatewayProblems)
      api.addGatewayResponse(`Problem-${problem.type}`, {
        type: ResponseType.of(problem.type),
        statusCode: String(problem.statusCode),
        responseHeaders: quoted({
          'Content-Type': 'application/problem+json',
          'Access-Control-Allow-Origin': '*',
          ...problem.headers,
        }),
        templates: { 'application/json': templateOf(problem) },
      })
  }

  private publish(method: Method) {
    acknowledge(method, {
      id: 'AwsSolutions-APIG4',
      reason: 'Open on purpose: it says that the API answers, or how to use it, and reads nothing of anybody.',
    })
  }

  private authorizer({ url, audience, jwks }: Issuer) {
    return new ServiceFunction(this, 'edge-authorizer', {
      timeout: seconds(5),
      memory: 512,
      uses: [{ environment: { ISSUER: url, AUDIENCE: audience, ...(jwks ? { JWKS: jwks } : {}) } }],
      // To refuse a token is to throw; the API's own errors are watched instead.
      alarmOnErrors: false,
    }).live
  }

  /** A function of this stack, or of another one by its name. */
  private functionOf(handler: string) {
    if (handler === 'edge-openapi') return new ServiceFunction(this, handler, { timeout: seconds(5) }).live
    return LambdaFunction.fromFunctionAttributes(this, handler, {
      functionArn: this.functionArn(handler),
      sameEnvironment: true,
    })
  }
}

/** Header values as API Gateway wants constants: in single quotes. */
const quoted = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]))
