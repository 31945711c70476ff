import { randomUUID } from 'node:crypto'
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { namesOf, outputKey } from '../../infra/names.ts'
import { Failure } from '../../local/failure.ts'
import { Refusal } from '../api.ts'
import { outputOf } from '../outputs.ts'
import { turnPartner } from '../partner-faults.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost, until } from '../wait.ts'

/** By this the messages of a game day are known on the desk. */
const subject = 'gameday'

/** What an operator with the keys of the stage can do to it, and take back. `close` when it is over. */
export const toolsFor = (system: System) => {
  const lambda = new LambdaClient(system.clientConfig)
  const sqs = new SQSClient(system.clientConfig)
  const operator = signIn(system, { role: 'operator', subject })
  const names = namesOf(system.stage)
  const functionOf = names.function

  /** The event source by which a function reads a queue. */
  const mappingOf = async (handler: string, queue: string): Promise<string> => {
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
      { client: lambda },
      { FunctionName: functionOf(handler) },
    ))
      for (const { UUID, EventSourceArn } of EventSourceMappings)
        if (UUID && EventSourceArn?.endsWith(`:${names.queue(queue)}`)) return UUID
    throw new Failure(`${handler} does not read ${queue} on stage '${system.stage}'`)
  }

  const discard = async (id: string): Promise<void> => {
    try {
      await operator.discardFailed(id, { reason: 'sent by the game day' })
    } catch (error) {
      // It changed under our hands, or the desk is busy; the next look shows what is left.
      if (!(error instanceof Refusal) || (error.problem.status !== 409 && error.problem.status < 500)) throw error
    }
  }

  return {
    system,

    /** Runs a function once, with an event that it may not be made for; how it ends is its own business. */
    invoke: async (handler: string, event: unknown = {}): Promise<void> => {
      await lambda.send(
        new InvokeCommand({ FunctionName: functionOf(handler), Payload: Buffer.from(JSON.stringify(event)) }),
      )
    },

    /** Whether a function was let in; false where its concurrency is used up. */
    isLetIn: async (handler: string): Promise<boolean> => {
      try {
        await lambda.send(new InvokeCommand({ FunctionName: functionOf(handler), Payload: Buffer.from('{}') }))
        return true
      } catch (error) {
        if ((error as Error).name === 'TooManyRequestsException') return false
        throw error
      }
    },

    /** Lets at most so many of a function run at a time. Resolves to what sets it back to what it was. */
    limitConcurrency: async (handler: string, most: number): Promise<() => Promise<void>> => {
      const FunctionName = functionOf(handler)
      const { ReservedConcurrentExecutions: before } = await lambda.send(
        new GetFunctionConcurrencyCommand({ FunctionName }),
      )
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: most }))
      return async () => {
        if (before === undefined) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
        else
          await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: before }))
      }
    },

    /** Stops or starts what a function reads from a queue. */
    listen: async (handler: string, queue: string, on: boolean): Promise<void> => {
      const UUID = await mappingOf(handler, queue)
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: on }))
    },

    /** Throws so many messages at a queue that are sealed as they should be and of a type that nobody knows. */
    throwNonsense: async (queue: string, count: number): Promise<void> => {
      const QueueUrl = outputOf(system, outputKey(queue, 'Url'))
      for (let done = 0; done < count; done += 10)
        await sqs.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: Array.from({ length: Math.min(10, count - done) }, (_, index) => ({
              Id: String(index),
              MessageBody: JSON.stringify(nonsense()),
            })),
          }),
        )
    },

    /** Whether the desk has taken in any message of this game day. */
    isNonsenseOpen: async (): Promise<boolean> => {
      const { items } = await operator.failed({ status: 'open', limit: 100 })
      return items.some((item) => item.subject === subject)
    },

    /** Takes the messages of this game day off the desk, once all that are under way to it have come. */
    discardNonsense: async (): Promise<void> => {
      let quiet = 0
      const gone = await until(
        async () => {
          const { items } = await operator.failed({ status: 'open', limit: 100 })
          const ours = items.filter((item) => item.subject === subject)
          await atMost(8, ours, ({ id }) => discard(id))
          quiet = ours.length === 0 ? quiet + 1 : 0
          return quiet >= 2 ? true : undefined
        },
        { within: 60_000, every: 400 },
      )
      if (!gone)
        throw new Failure('messages of the game day are still on the desk', {
          remedy: "'./neverstop failed list --status open' shows them, '… discard' takes them off",
        })
    },

    turn: (faults: Parameters<typeof turnPartner>[2]) => turnPartner(system, 'acquirer', faults),

    close: () => {
      lambda.destroy()
      sqs.destroy()
    },
  }
}

export type Tools = ReturnType<typeof toolsFor>

const nonsense = () => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/gameday',
  type: 'gameday.Nonsense.v1',
  subject,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  correlationid: subject,
  data: {},
})
