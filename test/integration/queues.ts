import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { until } from './patience.ts'
import { system, tableOf } from './world.ts'

const lambda = new LambdaClient(system.clientConfig)
export const sqs = new SQSClient(system.clientConfig)

/** The URL of a queue by its name without the stage: `payments-commands`. */
export const queueUrl = (thing: string): string =>
  tableOf(
    `${thing
      .split('-')
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join('')}QueueUrl`,
  )

/** Keeps a queue from being consumed for the length of `work`, as an operator would who stops a broken consumer. */
export const withoutConsumer = async <T>(thing: string, work: () => Promise<T>): Promise<T> => {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}))
  const mapping = EventSourceMappings.find(({ EventSourceArn }) =>
    EventSourceArn?.endsWith(`:neverstop-${system.stage}-${thing}`),
  )
  if (!mapping?.UUID) throw new Error(`Nobody consumes ${thing}.`)
  const turn = (Enabled: boolean) => lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID!, Enabled }))
  await turn(false)
  // A poll that was under way may still take what comes.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  try {
    return await work()
  } finally {
    await turn(true)
  }
}

/** Takes one message away behind the system's back, once it is there, and tells which it was. */
export const steal = async (
  thing: string,
  isIt: (body: { id: string; subject: string; type: string }) => boolean,
  within = 30_000,
): Promise<{ id: string; type: string; subject: string }> => {
  const QueueUrl = queueUrl(thing)
  const stolen = await until(
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 2 }),
      )
      for (const { Body = '', ReceiptHandle } of Messages) {
        const body = JSON.parse(Body)
        if (!isIt(body)) continue
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        return body
      }
      return undefined
    },
    { within, every: 200 },
  )
  if (!stolen) throw new Error(`The message never came to ${thing}.`)
  return stolen
}
