import * as z from 'zod'
import { type CallUnits, refusedOf, unitsOf } from './call-units.ts'
import { environment } from './environment.ts'

/** Calls of one operation on one target, and what they are billed as. */
export type CallCount = CallUnits & { readonly service: string; readonly operation: string; readonly calls: number }

/** What a process called since it was last asked. */
export type CallTally = {
  readonly add: (service: string, operation: string, units: readonly CallUnits[]) => void
  /** All of it, and begins anew. */
  readonly take: () => CallCount[]
}

export const callTally = (): CallTally => {
  let counts = new Map<string, CallCount>()
  return {
    add: (service, operation, units) => {
      units.forEach(({ target, requests, entries, write, read }, index) => {
        const key = `${service} ${operation} ${target}`
        const before = counts.get(key)
        counts.set(key, {
          service,
          operation,
          target,
          // One call may be billed on several targets: a table and its indexes.
          calls: (before?.calls ?? 0) + (index === 0 ? 1 : 0),
          requests: (before?.requests ?? 0) + requests,
          entries: (before?.entries ?? 0) + entries,
          write: (before?.write ?? 0) + write,
          read: (before?.read ?? 0) + read,
        })
      })
    },
    take: () => {
      const taken = [...counts.values()]
      counts = new Map()
      return taken
    },
  }
}

/** The part of an SDK client that counting needs. */
type Countable = {
  readonly config: { readonly serviceId?: string }
  readonly middlewareStack: { add: (middleware: never, options: { step: 'initialize'; name: string }) => void }
}

type Context = { readonly commandName?: string }
type Next = (args: { readonly input: object }) => Promise<{ readonly output: object }>

/** Operations of DynamoDB that say what they consumed when they are asked to. */
const metered = /^(Get|Put|Update|Delete|BatchGet|BatchWrite|TransactGet|TransactWrite)Items?$|^(Query|Scan)$/

/**
 * A middleware of the SDK that counts every call of a client, retries of the SDK as one, and asks DynamoDB what each
 * consumed.
 *
 * @see https://aws.amazon.com/blogs/developer/middleware-stack-modular-aws-sdk-js/
 */
export const countingMiddleware =
  (service: string, tally: CallTally) =>
  (next: Next, { commandName = '' }: Context): Next =>
  async (args) => {
    const operation = commandName.replace(/Command$/, '')
    const asked = service === 'DynamoDB' && metered.test(operation)
    const input = asked ? { ...args.input, ReturnConsumedCapacity: 'INDEXES' } : args.input
    try {
      const answer = await next({ ...args, input })
      tally.add(service, operation, unitsOf(service, operation, { ...input }, { ...answer.output }))
      return answer
    } catch (error) {
      const name = error instanceof Error ? error.name : undefined
      const units = unitsOf(service, operation, { ...input }, undefined, name)
      tally.add(service, name === 'ConditionalCheckFailedException' ? refusedOf(operation) : operation, units)
      throw error
    }
  }

const { COUNT_CALLS } = environment({ COUNT_CALLS: z.literal('1').optional() })
const ofThisProcess = callTally()

/**
 * A client whose calls are counted when the environment says `COUNT_CALLS=1`, and the client as it is otherwise.
 *
 * @example
 * const sqs = counted(new SQSClient({}))
 */
export const counted = <C>(client: C & Countable): C => {
  if (COUNT_CALLS === undefined) return client
  const middleware = countingMiddleware(client.config.serviceId ?? 'unknown', ofThisProcess)
  client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'countCalls' })
  return client
}

/**
 * Counts a call that no client of the SDK makes.
 *
 * @example
 * count('Lambda', 'Invoke', { FunctionName: name })
 */
export const count = (service: string, operation: string, input: object): void => {
  if (COUNT_CALLS !== undefined) ofThisProcess.add(service, operation, unitsOf(service, operation, { ...input }, {}))
}

/**
 * What was called since the last time, as a line of the log; undefined when nothing was, or nobody counts.
 *
 * @example
 * countedLine('payments-commands') // '{"counted":[{"service":"DynamoDB","operation":"GetItem",…}],"by":"payments-commands"}'
 */
export const countedLine = (by: string, tally: CallTally = ofThisProcess): string | undefined => {
  const calls = tally.take()
  return calls.length > 0 ? JSON.stringify({ counted: calls, by }) : undefined
}
