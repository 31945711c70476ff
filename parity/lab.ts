import { randomBytes } from 'node:crypto'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { until } from '../cli/wait.ts'
import type { ClientConfig } from '../local/client.ts'
import { Difference } from './difference.ts'

/** What a check works with: clients of one endpoint, names of its own, and an end that clears away what it made. */
export type Lab = {
  config: ClientConfig
  sqs: SQSClient
  tables: DynamoDBDocumentClient
  lambda: LambdaClient
  events: EventBridgeClient
  sns: SNSClient
  cloudwatch: CloudWatchClient
  logs: CloudWatchLogsClient
  /** ARNs of the roles under which probes run: one may do everything, one may only write logs. */
  roles: Roles
  /** The code of probes, zipped. */
  probe: Uint8Array
  /** A name that nobody else has. */
  name: (word: string) => string
  /** Clears away at the check's end, in reverse order; failures are nobody's business. */
  later: (clear: () => Promise<unknown>) => void
  /** Creates a stack and resolves to its outputs. A refusal is a difference. */
  stack: (resources: object, outputs?: Record<string, unknown>) => Promise<Record<string, string>>
}

export type Roles = { all: string; none: string }

/** The clients and names of one check, and how to end it. */
export const openLab = (config: ClientConfig, { roles, probe }: Pick<Lab, 'roles' | 'probe'>) => {
  const clears: (() => Promise<unknown>)[] = []
  const dynamo = new DynamoDBClient(config)
  const clients = {
    sqs: new SQSClient(config),
    tables: DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } }),
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
    events: new EventBridgeClient(config),
    sns: new SNSClient(config),
    cloudwatch: new CloudWatchClient(config),
    logs: new CloudWatchLogsClient(config),
  }
  const run = randomBytes(4).toString('hex')
  const lab: Lab = {
    config,
    ...clients,
    roles,
    probe,
    name: (word) => `parity-${word}-${run}`,
    later: (clear) => void clears.push(clear),
    stack: async (resources, outputs = {}) => {
      const name = `parity-${run}-${clears.length}`
      clears.push(() => deleteStack(config, name))
      return await createStack(config, name, resources, outputs)
    },
  }
  const close = async () => {
    for (const clear of clears.reverse()) await clear().catch(() => undefined)
    for (const client of [...Object.values(clients), dynamo]) client.destroy()
  }
  return { lab, close }
}

/** Creates a stack and waits for it. */
export const createStack = async (
  config: ClientConfig,
  StackName: string,
  resources: object,
  outputs: Record<string, unknown> = {},
): Promise<Record<string, string>> => {
  const client = new CloudFormationClient(config)
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]))
  const template = { Resources: resources, ...(Object.keys(Outputs).length > 0 && { Outputs }) }
  try {
    const Capabilities = ['CAPABILITY_IAM' as const]
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities }))
    const stack = await until(
      async () => {
        const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName }))
        return found?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : found
      },
      { within: 90_000 },
    )
    if (stack?.StackStatus === 'CREATE_COMPLETE')
      return Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]))
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }))
    const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'))
    throw new Difference(`the stack ends in ${stack?.StackStatus}${failed ? `, ${failed.ResourceType} fails` : ''}`)
  } catch (error) {
    if (error instanceof Difference) throw error
    throw new Difference(`CloudFormation refuses the stack (${(error as Error).name})`)
  } finally {
    client.destroy()
  }
}

const deleteStack = async (config: ClientConfig, StackName: string) => {
  const client = new CloudFormationClient(config)
  await client.send(new DeleteStackCommand({ StackName })).finally(() => client.destroy())
}
