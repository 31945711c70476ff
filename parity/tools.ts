import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { until } from '../cli/wait.ts'
import { present } from './check.ts'
import type { Lab } from './lab.ts'

export type Queue = { url: string; arn: string }

/** A queue of this check. */
export const queue = async (
  { sqs, name, later }: Lab,
  word = 'queue',
  Attributes: Record<string, string> = {},
): Promise<Queue> => {
  const QueueName = `${name(word)}${Attributes.FifoQueue ? '.fifo' : ''}`
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  later(() => sqs.send(new DeleteQueueCommand({ QueueUrl: url })))
  const { Attributes: shown = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  )
  return { url, arn: shown.QueueArn! }
}

/** A queue that a service of AWS may send to. */
export const openQueue = async (lab: Lab, word: string, ...services: string[]): Promise<Queue> => {
  const its = await queue(lab, word)
  const Statement = [
    { Effect: 'Allow', Principal: { Service: services }, Action: 'sqs:SendMessage', Resource: its.arn },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await lab.sqs.send(new SetQueueAttributesCommand({ QueueUrl: its.url, Attributes: { Policy } }))
  return its
}

/** A queue with a dead-letter queue behind it. */
export const guarded = async (
  lab: Lab,
  { receives = 2, visibility = 1 } = {},
): Promise<{ live: Queue; dead: Queue }> => {
  const dead = await queue(lab, 'dead')
  const live = await queue(lab, 'live', {
    VisibilityTimeout: String(visibility),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: receives }),
  })
  return { live, dead }
}

/** Sends bodies, ten at a time. */
export const send = async (
  { sqs }: Lab,
  { url }: Queue,
  bodies: readonly (string | object)[],
  more: (index: number) => object = () => ({}),
): Promise<void> => {
  const entries = bodies.map((body, index) => ({
    Id: String(index),
    MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
    ...more(index),
  }))
  for (let from = 0; from < entries.length; from += 10)
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries.slice(from, from + 10) }))
}

/** One receive. */
export const receive = async (
  { sqs }: Lab,
  { url }: Queue,
  { wait = 0, most = 10, hide }: { wait?: number; most?: number; hide?: number } = {},
): Promise<Message[]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: wait,
      VisibilityTimeout: hide,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  )
  return Messages
}

export const remove = ({ sqs }: Lab, { url }: Queue, { ReceiptHandle }: Message) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }))

/** Receives and deletes until so many bodies have come. Resolves to what came when patience ended. */
export const collect = async (lab: Lab, from: Queue, count: number, within = 30_000): Promise<Message[]> => {
  const found: Message[] = []
  await until(
    async () => {
      for (const message of await receive(lab, from, { wait: 1 })) {
        found.push(message)
        await remove(lab, from, message)
      }
      return found.length >= count ? true : undefined
    },
    { within, every: 100 },
  )
  return found
}

export const parsed = ({ Body = 'null' }: Message): Record<string, unknown> => JSON.parse(Body)

/** What a probe's log bears witness to. */
export type Witness = { request: string; began?: number; ended?: number; seen?: Record<string, unknown>[] }

export type Probe = { name: string; arn: string }

/** A function of this check. */
export const probe = async (
  { lambda, probe: ZipFile, roles, name, later }: Lab,
  { word = 'probe', role = 'all', timeout = 3 }: { word?: string; role?: 'all' | 'none'; timeout?: number } = {},
): Promise<Probe> => {
  const FunctionName = name(word)
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: roles[role],
      Timeout: timeout,
      MemorySize: 256,
      Code: { ZipFile },
    }),
  )
  later(() => lambda.send(new DeleteFunctionCommand({ FunctionName })))
  await until(
    async () => {
      const { State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
      return State === 'Pending' ? undefined : true
    },
    { within: 30_000 },
  )
  return { name: FunctionName, arn: FunctionArn }
}

/** An event source of a probe, enabled. */
export const feed = async (
  { lambda, later }: Lab,
  { name }: Probe,
  from: string,
  more: Partial<CreateEventSourceMappingCommandInput> = {},
): Promise<string> => {
  const { UUID = '' } = await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn: from, ...more }),
  )
  later(() => lambda.send(new DeleteEventSourceMappingCommand({ UUID })))
  await until(
    async () => {
      const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }))
      return State === 'Enabled' ? true : undefined
    },
    { within: 20_000 },
  )
  return UUID
}

/** Invokes and waits for the answer. */
export const invoke = async ({ lambda }: Lab, { name }: Probe, event: object = {}) => {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
  )
  return { failed: FunctionError !== undefined, answer: JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') }
}

/** Hands an event over without waiting. */
export const invokeLater = ({ lambda }: Lab, { name }: Probe, event: object = {}) =>
  lambda.send(
    new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }),
  )

/** Every line of a probe's log, oldest first. */
export const logOf = async ({ logs }: Lab, { name }: Probe): Promise<string[]> => {
  const lines: string[] = []
  let nextToken: string | undefined
  do {
    const page = await logs
      .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, nextToken }))
      .catch((error: Error) => {
        if (error.name === 'ResourceNotFoundException') return undefined
        throw error
      })
    lines.push(...(page?.events ?? []).map(({ message = '' }) => message))
    nextToken = page?.nextToken
  } while (nextToken)
  return lines
}

/** What a probe has witnessed until now. */
export const witnesses = async (lab: Lab, of: Probe): Promise<Witness[]> =>
  (await logOf(lab, of)).flatMap((line) => {
    const found = /witness (\{.*\})/.exec(line)
    return found ? [JSON.parse(found[1]!) as Witness] : []
  })

/** Everything that a probe was shown, invocation after invocation. */
export const shownTo = async (lab: Lab, of: Probe): Promise<Record<string, unknown>[][]> =>
  (await witnesses(lab, of)).flatMap(({ seen }) => (seen ? [seen] : []))

/** Waits until a probe was shown so many things. */
export const shown = async (lab: Lab, of: Probe, count: number, within = 40_000): Promise<Record<string, unknown>[]> =>
  present(
    await until(
      async () => {
        const all = (await shownTo(lab, of)).flat()
        return all.length >= count ? all : undefined
      },
      { within, every: 500 },
    ),
    `the function is not shown ${count} within ${within / 1000} s`,
  )

export type Table = { name: string; stream: string }

/** A table with the key `id`, with or without a sort key `at`, and a stream where one is wanted. */
export const table = async (
  { tables, name, later }: Lab,
  { sorted = false, stream = false, index = false } = {},
): Promise<Table> => {
  const TableName = name('table')
  await tables.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        ...(sorted ? [{ AttributeName: 'at', AttributeType: 'N' as const }] : []),
        ...(index ? [{ AttributeName: 'mark', AttributeType: 'S' as const }] : []),
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        ...(sorted ? [{ AttributeName: 'at', KeyType: 'RANGE' as const }] : []),
      ],
      GlobalSecondaryIndexes: index
        ? [
            {
              IndexName: 'marked',
              KeySchema: [{ AttributeName: 'mark', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          ]
        : undefined,
      StreamSpecification: stream ? { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } : undefined,
    }),
  )
  later(() => tables.send(new DeleteTableCommand({ TableName })))
  const description = present(
    await until(
      async () => {
        const { Table } = await tables.send(new DescribeTableCommand({ TableName }))
        return Table?.TableStatus === 'ACTIVE' ? Table : undefined
      },
      { within: 30_000 },
    ),
    'the table is not active within 30 s',
  )
  return { name: TableName, stream: description.LatestStreamArn ?? '' }
}
