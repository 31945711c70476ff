import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { until } from '../../cli/wait.ts'
import { type Check, must, present } from '../check.ts'
import type { Lab } from '../lab.ts'
import { collect, invoke, probe, queue, table } from '../tools.ts'

type Door = { authorizer?: boolean; throttled?: boolean; iam?: boolean }

/** A REST API before a probe, at `GET /`. */
const door = async (lab: Lab, { authorizer = false, throttled = false, iam = false }: Door): Promise<string> => {
  const behind = await probe(lab)
  await lab.lambda.send(
    new AddPermissionCommand({
      FunctionName: behind.name,
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  )
  const uri = `arn:aws:apigateway:${lab.config.region}:lambda:path/2015-03-31/functions/${behind.arn}/invocations`
  const admitted = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } }
  const { Id } = await lab.stack(
    {
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: lab.name('api') } },
      ...(authorizer && {
        Authorizer: {
          Type: 'AWS::ApiGateway::Authorizer',
          Properties: {
            Name: 'door',
            Type: 'REQUEST',
            RestApiId: { Ref: 'Api' },
            AuthorizerUri: uri,
            IdentitySource: 'method.request.header.Authorization',
            AuthorizerResultTtlInSeconds: 0,
          },
        },
      }),
      Refusal: {
        Type: 'AWS::ApiGateway::GatewayResponse',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResponseType: 'UNAUTHORIZED',
          StatusCode: '401',
          ResponseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" },
          ResponseTemplates: { 'application/json': '{"title":"Not signed in"}' },
        },
      },
      Method: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: { Ref: 'Api' },
          ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          HttpMethod: 'GET',
          ...(authorizer ? admitted : { AuthorizationType: iam ? 'AWS_IAM' : 'NONE' }),
          Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: uri },
        },
      },
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: ['Method', 'Refusal'],
        Properties: { RestApiId: { Ref: 'Api' } },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: {
          RestApiId: { Ref: 'Api' },
          DeploymentId: { Ref: 'Deployment' },
          StageName: 'v1',
          ...(throttled && {
            MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 }],
          }),
        },
      },
    },
    { Id: { Ref: 'Api' } },
  )
  return `${lab.config.endpoint}/_aws/execute-api/${Id}/v1/`
}

const ask = (url: string, word?: string) =>
  fetch(url, { headers: word ? { authorization: word } : {}, signal: AbortSignal.timeout(30_000) })

/** REST APIs, rights and regions: who may come in, and what is kept apart. */
export const doorChecks: readonly Check[] = [
  {
    id: 'api.admits',
    behaviour: 'A caller whom the authorizer admits comes through, and the function is told who it is.',
    guarantee: 'who-may',
    run: async (lab) => {
      const response = await ask(await door(lab, { authorizer: true }), 'yes')
      must(response.status === 200, `the answer is ${response.status}`)
      const told = (await response.json()) as Record<string, unknown> | null
      const { principalId, role, level } = told ?? {}
      must([principalId, role, String(level)].join() === 'alice,customer,3', 'it is not told who it is')
    },
  },
  {
    id: 'api.refuses',
    behaviour: 'A caller without a token or with a bad one gets 401, one who may not gets 403.',
    guarantee: 'who-may',
    run: async (lab) => {
      const url = await door(lab, { authorizer: true })
      const answers = [(await ask(url)).status, (await ask(url, 'bad')).status, (await ask(url, 'no')).status].join()
      must(answers === '401,401,403', `the answers are ${answers}`)
    },
  },
  {
    id: 'api.gateway-response',
    behaviour: "A refusal of the gateway is said in the API's own words and headers.",
    guarantee: 'who-may',
    run: async (lab) => {
      const response = await ask(await door(lab, { authorizer: true }))
      const text = await response.text()
      must(text.includes('Not signed in'), 'it is said in other words')
      must(response.headers.get('www-authenticate') === 'Bearer', 'the header is missing')
    },
  },
  {
    id: 'api.throttles',
    behaviour: 'Calls above the rate of a stage get 429.',
    guarantee: 'overload',
    run: async (lab) => {
      const url = await door(lab, { throttled: true })
      await ask(url)
      const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(url)).status))
      must(statuses.includes(429), 'all of twenty at once come through a limit of one a second')
    },
  },
  {
    id: 'api.signature',
    behaviour: 'A method that asks for a signature refuses a call without one.',
    guarantee: 'who-may',
    run: async (lab) => {
      const { status } = await ask(await door(lab, { iam: true }))
      must(status === 403, `the answer is ${status}`)
    },
  },
  {
    id: 'iam.grants',
    behaviour: 'A function reaches what its role allows.',
    guarantee: 'who-may',
    run: async (lab) => {
      const [its, target] = [await probe(lab), await queue(lab)]
      const { failed } = await invoke(lab, its, { do: 'send', queue: target.url })
      must(!failed && (await collect(lab, target, 1, 10_000)).length === 1, 'it does not')
    },
  },
  {
    id: 'iam.denies',
    behaviour: 'A function is denied what its role does not allow.',
    guarantee: 'who-may',
    run: async (lab) => {
      const [its, target] = [await probe(lab, { role: 'none' }), await queue(lab)]
      const { failed } = await invoke(lab, its, { do: 'send', queue: target.url })
      must(failed, 'it is not')
    },
  },
  {
    id: 'region.apart',
    behaviour: 'A table of one region is not seen in another.',
    guarantee: 'endures',
    run: async (lab) => {
      const { name } = await table(lab)
      const far = new DynamoDBClient({ ...lab.config, region: 'eu-west-1' })
      const { TableNames = [] } = await far.send(new ListTablesCommand({})).finally(() => far.destroy())
      must(!TableNames.includes(name), 'it is')
    },
  },
  {
    id: 'region.global-table',
    behaviour: 'CloudFormation makes a table with a replica in another region, which gets what is written.',
    guarantee: 'endures',
    run: async (lab) => {
      const TableName = lab.name('global')
      await lab.stack({
        Table: {
          Type: 'AWS::DynamoDB::GlobalTable',
          Properties: {
            TableName,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
            Replicas: [{ Region: lab.config.region }, { Region: 'eu-west-1' }],
          },
        },
      })
      await lab.tables.send(new PutCommand({ TableName, Item: { id: 'a' } }))
      const far = new DynamoDBClient({ ...lab.config, region: 'eu-west-1' })
      const there = await until(
        async () => {
          const get = new GetCommand({ TableName, Key: { id: 'a' } })
          return (
            await DynamoDBDocumentClient.from(far)
              .send(get)
              .catch(() => undefined)
          )?.Item
        },
        { within: 15_000 },
      )
      far.destroy()
      present(there, 'the replica does not have it')
    },
  },
]
