import { describe, expect, test } from 'vitest'
import { gatewayProblems } from '../../events/http/gateway-problems.ts'
import { operations } from '../../functions/edge/operations.ts'
import { type Found, nameIn, resourcesOf, type Template, templatesOf } from './support/templates.ts'

/** The methods of an API as `GET /orders/{id}`. */
const routesOf = (stack: string, template: Template) => {
  const all = resourcesOf({ [stack]: template })
  const pathOf = (id: string): string => {
    const { ParentId, PathPart } = template.Resources[id]!.Properties
    const parent = ParentId.Ref ? pathOf(ParentId.Ref) : ''
    return `${parent}/${PathPart}`
  }
  return all
    .filter(({ Type }) => Type === 'AWS::ApiGateway::Method')
    .map((method) => ({
      ...method.Properties,
      verb: method.Properties.HttpMethod as string,
      path: method.Properties.ResourceId.Ref ? pathOf(method.Properties.ResourceId.Ref) : '/',
    }))
}

describe.each(['local', 'dev'] as const)('the public API of stage %s', (stage) => {
  const stack = `neverstop-${stage}-edge`
  const template = templatesOf(stage)[stack]!
  const of = (type: string): Found[] => resourcesOf({ [stack]: template }, type)
  const routes = routesOf(stack, template).filter(({ verb }) => verb !== 'OPTIONS')

  test('has exactly the operations that its document describes', () => {
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(routes.map(({ verb, path }) => `${verb} ${path}`).toSorted()).toEqual(described.toSorted())
  })

  test('asks for a token wherever the document says so, and nowhere else', () => {
    for (const { method, path, access } of operations) {
      const route = routes.find((route) => route.verb === method.toUpperCase() && route.path === path)!
      expect(route.AuthorizationType, `${method} ${path}`).toBe(access === 'open' ? 'NONE' : 'CUSTOM')
      expect('AuthorizerId' in route).toBe(access !== 'open')
    }
  })

  test('lets the gateway invoke each function for its own routes only', () => {
    const permissions = of('AWS::Lambda::Permission')
    for (const { Properties } of permissions) {
      expect(Properties.Principal).toBe('apigateway.amazonaws.com')
      expect(JSON.stringify(Properties.SourceArn)).toContain('execute-api')
      expect(JSON.stringify(Properties.SourceArn)).not.toContain('test-invoke-stage')
    }
    const invoked = new Set(permissions.map(({ Properties }) => nameIn(template, Properties.FunctionName)))
    expect([...invoked].toSorted()).toEqual(
      [
        'edge-authorizer',
        'edge-openapi',
        'inventory-api',
        'ordering-api',
        'recovery-api',
        'saga-api',
        'shipping-api',
      ].map((handler) => `neverstop-${stage}-${handler}`),
    )
  })

  test('judges a token once in five minutes, by the header alone', () => {
    expect(of('AWS::ApiGateway::Authorizer').map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({
        Type: 'REQUEST',
        IdentitySource: 'method.request.header.Authorization',
        AuthorizerResultTtlInSeconds: 300,
      }),
    ])
  })

  test('refuses in problem documents, that a page of another origin may read', () => {
    const responses = of('AWS::ApiGateway::GatewayResponse').map(({ Properties }) => Properties)
    expect(responses.map(({ ResponseType }) => ResponseType).toSorted()).toEqual(
      gatewayProblems.map(({ type }) => type).toSorted(),
    )
    for (const { ResponseType, StatusCode, ResponseParameters, ResponseTemplates } of responses) {
      expect(ResponseParameters).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
      })
      expect(JSON.parse(ResponseTemplates['application/json']), ResponseType).toMatchObject({
        status: Number(StatusCode),
      })
    }
  })

  test('answers a browser that asks whether it may, for every path', () => {
    const preflights = routesOf(stack, template).filter(({ verb }) => verb === 'OPTIONS')
    const paths = new Set(routes.map(({ path }) => path))
    expect(preflights.map(({ path }) => path)).toEqual(expect.arrayContaining([...paths]))
    for (const { Integration } of preflights) {
      const headers = Integration.IntegrationResponses[0].ResponseParameters
      expect(headers['method.response.header.Access-Control-Allow-Headers']).toContain('idempotency-key')
      expect(headers['method.response.header.Access-Control-Allow-Methods']).toBe("'GET,POST,PUT'")
    }
  })

  test('admits so much and writes down every request, but no bodies', () => {
    const [deployed] = of('AWS::ApiGateway::Stage')
    const { AccessLogSetting, MethodSettings, TracingEnabled } = deployed!.Properties
    expect(MethodSettings).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        DataTraceEnabled: false,
        LoggingLevel: 'ERROR',
        ...(stage === 'local'
          ? { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 }
          : { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }),
      }),
    ])
    const line = JSON.parse(AccessLogSetting.Format)
    expect(line).toMatchObject({ status: '$context.status', subject: '$context.authorizer.subject' })
    expect(AccessLogSetting.Format).not.toContain('$input')
    expect(TracingEnabled).toBeFalsy()
  })
})

describe('the issuer', () => {
  const authorizerOf = (stage: 'local' | 'dev') => {
    const templates = templatesOf(stage)
    return resourcesOf(templates, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === `neverstop-${stage}-edge-authorizer`,
    )!.Properties.Environment.Variables
  }

  test('is the one that the stage was given, with its keys, and then there is no user pool', () => {
    const variables = authorizerOf('local')
    expect(variables).toMatchObject({ ISSUER: 'http://neverstop.local/local', AUDIENCE: 'neverstop' })
    expect(JSON.parse(variables.JWKS).keys).toHaveLength(1)
    expect(resourcesOf(templatesOf('local')).filter(({ Type }) => Type.startsWith('AWS::Cognito'))).toEqual([])
  })

  test('is a user pool of the stage’s own where it was given none', () => {
    const templates = templatesOf('dev')
    const variables = authorizerOf('dev')
    expect(variables).not.toHaveProperty('JWKS')
    expect(JSON.stringify(variables.ISSUER)).toContain('neverstop-dev-identity:ExportsOutput')
    expect(
      resourcesOf(templates, 'AWS::Cognito::UserPoolGroup')
        .map(({ Properties }) => Properties.GroupName)
        .toSorted(),
    ).toEqual(['customers', 'operators', 'personal-data'])
  })

  test('lets nobody sign up by themselves, and asks for long passwords', () => {
    const [pool] = resourcesOf(templatesOf('prod'), 'AWS::Cognito::UserPool')
    expect(pool!.Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      DeletionProtection: 'ACTIVE',
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
    })
  })
})

describe('the partners’ API', () => {
  const stack = 'neverstop-dev-partners'
  const template = templatesOf('dev')[stack]!

  test('answers signed requests only', () => {
    const routes = routesOf(stack, template)
    expect(routes.map(({ verb, path }) => `${verb} ${path}`).toSorted()).toEqual([
      'ANY /acquirer/{proxy+}',
      'ANY /carriers/{proxy+}',
    ])
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM')
  })

  test('is open to each caller for its own partner, to ask and to look up', () => {
    const granted = (caller: string) => {
      const resources = resourcesOf(templatesOf('dev'), 'AWS::IAM::Policy')
        .filter(({ stack }) => stack === `neverstop-dev-${caller}`)
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Action }) => Action === 'execute-api:Invoke')
        .flatMap(({ Resource }) => Resource)
      return [...new Set(resources.map((resource) => resource['Fn::Join'][1].at(-1)))]
    }
    expect(granted('payments')).toEqual(['/v1/GET/acquirer/*', '/v1/POST/acquirer/*'])
    expect(granted('shipping')).toEqual(['/v1/GET/carriers/*', '/v1/POST/carriers/*'])
    expect(granted('inventory')).toEqual([])
  })

  test('is where callers are told that it is', () => {
    const [commands] = resourcesOf(templatesOf('dev'), 'AWS::Lambda::Function').filter(
      ({ Properties }) => Properties.FunctionName === 'neverstop-dev-payments-commands',
    )
    const url = commands!.Properties.Environment.Variables.ACQUIRER_URL['Fn::Join'][1]
    expect(url[0]).toBe('https://')
    expect(url.at(-1)).toBe('/acquirer')
  })
})
