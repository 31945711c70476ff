import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import type { ClientConfig } from './client.ts'
import type { Repair } from './repair.ts'
import { isObject } from './template.ts'

const tables = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']

const reservedConcurrency: Repair<number> = {
  name: 'reserved concurrency',
  because: 'CloudFormation of the backend drops ReservedConcurrentExecutions of a function',
  types: ['AWS::Lambda::Function'],
  wanted: ({ ReservedConcurrentExecutions: reserved }) => (typeof reserved === 'number' ? reserved : undefined),
  read: (config, FunctionName) =>
    withLambda(config, async (lambda) => {
      const { ReservedConcurrentExecutions } = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))
      return ReservedConcurrentExecutions
    }),
  put: (config, FunctionName, value) =>
    withLambda(config, async (lambda) => {
      if (value === undefined) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
      else await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: value }))
    }),
}

const timeToLive: Repair<string> = {
  name: 'time to live',
  because: 'CloudFormation of the backend drops TimeToLiveSpecification of a table',
  types: tables,
  wanted: ({ TimeToLiveSpecification: ttl }) =>
    isObject(ttl) && ttl.Enabled === true && typeof ttl.AttributeName === 'string' ? ttl.AttributeName : undefined,
  read: (config, TableName) =>
    withDynamo(config, async (dynamo) => {
      const { TimeToLiveDescription: ttl } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }))
      return ttl?.TimeToLiveStatus === 'ENABLED' ? ttl.AttributeName : undefined
    }),
  put: (config, TableName, value) =>
    withDynamo(config, async (dynamo) => {
      const current = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }))
      const AttributeName = value ?? current.TimeToLiveDescription?.AttributeName
      const TimeToLiveSpecification = { AttributeName, Enabled: value !== undefined }
      await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
    }),
}

const pointInTimeRecovery: Repair<true> = {
  name: 'point-in-time recovery',
  because: 'CloudFormation of the backend drops PointInTimeRecoverySpecification of a table',
  types: tables,
  wanted: ({ PointInTimeRecoverySpecification: own, Replicas: replicas }) => {
    const replica: unknown = Array.isArray(replicas) ? replicas[0] : undefined
    const wanted = own ?? (isObject(replica) ? replica.PointInTimeRecoverySpecification : undefined)
    return isObject(wanted) && wanted.PointInTimeRecoveryEnabled === true ? true : undefined
  },
  read: (config, TableName) =>
    withDynamo(config, async (dynamo) => {
      const { ContinuousBackupsDescription: backups } = await dynamo.send(
        new DescribeContinuousBackupsCommand({ TableName }),
      )
      return backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED' ? true : undefined
    }),
  put: (config, TableName, value) =>
    withDynamo(config, async (dynamo) => {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: value === true }
      await dynamo.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }))
    }),
}

/**
 * What CloudFormation of one backend or another drops. Each repair reads before it puts: where a backend, or a later
 * version of it, keeps the setting, nothing is done.
 *
 * Compared for queues, tables, functions, event sources, async settings, buses and rules, property by property.
 * ministack also drops a bus's own dead-letter queue and an API stage's access log; nothing in it would act on either.
 */
export const repairs: readonly Repair[] = [reservedConcurrency, timeToLive, pointInTimeRecovery] as Repair[]

const withLambda = async <T>(config: ClientConfig, use: (client: LambdaClient) => Promise<T>): Promise<T> => {
  const client = new LambdaClient(config)
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}

const withDynamo = async <T>(config: ClientConfig, use: (client: DynamoDBClient) => Promise<T>): Promise<T> => {
  const client = new DynamoDBClient(config)
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}
