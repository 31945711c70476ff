import { randomUUID } from 'node:crypto'
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge'
import {
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { namesOf, outputKey } from '../../infra/names.ts'
import { Failure } from '../../local/failure.ts'
import { atEase, regulateTo, switchOff, switchOn } from '../admission.ts'
import { Refusal } from '../api.ts'
import { resendMissing } from '../ledger.ts'
import { outputOf } from '../outputs.ts'
import { turnPartner } from '../partner-faults.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost, until } from '../wait.ts'
import { customersOf } from './customers.ts'
import { forbidden } from './permissions.ts'

/** By this the messages of a game day are known on the desk. */
const subject = 'gameday'

/** What an operator with the keys of the stage can do to it, and take back. `close` when it is over. */
export const toolsFor = (system: System) => {
  const lambda = new LambdaClient(system.clientConfig)
  const sqs = new SQSClient(system.clientConfig)
  const events = new EventBridgeClient(system.clientConfig)
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

  /** Runs a function once, with an event that it may not be made for; how it ends is its own business. */
  const invoke = async (handler: string, event: unknown = {}): Promise<void> => {
    await lambda.send(
      new InvokeCommand({ FunctionName: functionOf(handler), Payload: Buffer.from(JSON.stringify(event)) }),
    )
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

    invoke,

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

    /**
     * Waits until the valve of a queue is open that support closed because of an alarm. Once a minute by the clock the
     * partner behind it is probed, and what it has closed looked after; here both are done at once.
     */
    openValve: async (queue: string): Promise<void> => {
      const UUID = await mappingOf(queue, queue)
      const isOpen = await until(
        async () => {
          const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }))
          if (State === 'Enabled') return true
          for (const handler of [queue.replace(/-commands$/, '-intents'), 'support-leases']) await invoke(handler)
          return undefined
        },
        { within: 150_000, every: 500 },
      )
      if (!isOpen)
        throw new Failure(`the valve of ${queue} is still closed`, {
          remedy: 'support opens it by itself, in up to a quarter of an hour',
        })
    },

    /**
     * Throws so many copies of a message at a queue that is sealed as it should be and of a type that nobody knows. Each
     * fails by itself, and together they are one record on the desk.
     */
    throwNonsense: async (queue: string, count: number): Promise<void> => {
      const QueueUrl = outputOf(system, outputKey(queue, 'Url'))
      const MessageBody = JSON.stringify(nonsense())
      for (let done = 0; done < count; done += 10)
        await sqs.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: Array.from({ length: Math.min(10, count - done) }, (_, index) => ({
              Id: String(index),
              MessageBody,
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
    discardNonsense: inTurn(async (): Promise<void> => {
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
    }),

    /** Enables or disables the rule by which a function runs on schedule. */
    schedules: async (handler: string, on: boolean): Promise<void> => {
      const Name = names.rule(handler)
      await events.send(on ? new EnableRuleCommand({ Name }) : new DisableRuleCommand({ Name }))
    },

    /** Deletes one message of a queue that nobody reads behind the system's back, and tells its id. */
    steal: async (queue: string): Promise<string> => {
      const QueueUrl = outputOf(system, outputKey(queue, 'QueueUrl'))
      const stolen = await until(
        async () => {
          const { Messages: [found] = [] } = await sqs.send(
            new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }),
          )
          if (!found?.Body) return undefined
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found.ReceiptHandle }))
          return (JSON.parse(found.Body) as { id: string }).id
        },
        { within: 30_000 },
      )
      if (!stolen) throw new Failure(`nothing came to ${queue} within half a minute`)
      return stolen
    },

    /** Gives a message that is missing in a queue to it once more. */
    resend: async (queue: string, id: string): Promise<void> => {
      await resendMissing(system, { queue, id, reason: 'the game day took it away', graceMs: 1_000 })
    },

    /** What is let in: everything by an operator's word, hardly anything because so much waits, or what there is room for. */
    admission: async (how: 'off' | 'on' | 'pressed' | 'calm'): Promise<void> => {
      if (how === 'off') await switchOff(system, { during: 600_000, reason: 'the game day lets everything in' })
      else if (how === 'on') await switchOn(system)
      else await regulateTo(system, how === 'pressed' ? { share: 0.02, level: 2, expected: 60_000 } : atEase)
    },

    /** Sets the fault switches of a partner. */
    turn: (partner: string, faults: Parameters<typeof turnPartner>[2]) => turnPartner(system, partner, faults),

    forbid: forbidden(system),

    ...customersOf(system),

    close: () => {
      lambda.destroy()
      sqs.destroy()
      events.destroy()
    },
  }
}

export type Tools = ReturnType<typeof toolsFor>

/** Lets whoever does the same thing at the same time wait for the other, and then do it himself. */
const inTurn = (work: () => Promise<void>): (() => Promise<void>) => {
  let last = Promise.resolve()
  return () => {
    last = last.catch(() => undefined).then(work)
    return last
  }
}

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
