import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { backoff } from './backoff.ts'
import { count } from './counted.ts'
import { PermanentError, TransientError } from './errors.ts'
import { type Identity, ownIdentity } from './own-identity.ts'
import { sigV4 } from './signing.ts'
import { type Clock, type Millis, seconds } from './time.ts'

/** What takes messages from a queue for a function, as Lambda tells it. */
export type EventSource = {
  readonly id: string
  readonly state: string
  /** At most so many invocations at once; absent when only the account limits it. */
  readonly concurrency?: number
}

/** Lambda as far as we need it: other functions asked, and the event sources of a function switched. */
export type Functions = {
  /**
   * Asks a function and waits for its answer, as text.
   *
   * @throws Error with what it threw, when it failed.
   */
  readonly invoke: (name: string, event: unknown) => Promise<string>
  /** The event source of a function from a queue's ARN; undefined when it has none. */
  readonly eventSource: (name: string, queueArn: string) => Promise<EventSource | undefined>
  readonly setEventSource: (
    id: string,
    wanted: { readonly name: string; readonly enabled: boolean; readonly concurrency: number },
  ) => Promise<void>
}

type Reach = Identity & {
  readonly clock: Clock
  readonly random?: () => number
  readonly pause?: (ms: Millis) => Promise<unknown>
  readonly fetch?: typeof globalThis.fetch
}

const attempts = 3
/** Longer than any function that we ask may run. */
const patience: Millis = seconds(30)
const pauses = { base: 200, cap: seconds(2) }

const sources = z.object({
  EventSourceMappings: z.array(
    z.object({
      UUID: z.string().optional(),
      State: z.string().optional(),
      ScalingConfig: z.object({ MaximumConcurrency: z.int().optional() }).nullish(),
    }),
  ),
})

/**
 * Three of Lambda's operations by signed requests: the SDK's client would be a seventh of a handler's bundle. What Lambda
 * cannot take now is said again, three times in all, as the SDK does; so whoever is asked may be asked twice.
 *
 * @throws TransientError when Lambda does not answer, or answers that it cannot now; PermanentError when it refuses.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 *
 * @example
 * const { invoke } = lambda({ ...ownIdentity(), clock: Date.now })
 * const answer = JSON.parse(await invoke('neverstop-dev-payments-evidence', { ask: 'sent', from, to }))
 */
export const lambda = ({
  region,
  credentials,
  endpoint = `https://lambda.${region}.amazonaws.com`,
  clock,
  random = Math.random,
  pause = sleep,
  fetch = globalThis.fetch,
}: Reach): Functions => {
  const sign = sigV4({ credentials, region, service: 'lambda', clock })

  const once = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: string): Promise<Response> => {
    const url = new URL(`${endpoint}/2015-03-31/${path}`)
    const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = await sign({ method, url, headers: content, ...(body === undefined ? {} : { body }) })
    let response: Response
    try {
      response = await fetch(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(patience),
      })
    } catch (error) {
      throw new TransientError(`${method} ${path} was not answered: ${(error as Error).message}`, { cause: error })
    }
    if (response.ok) return response
    const said = `${method} ${path} was answered with ${response.status}: ${(await response.text()).slice(0, 300)}`
    if (response.status === 429 || response.status >= 500) throw new TransientError(said)
    throw new PermanentError(`lambda-${response.status}`, said)
  }

  const request: typeof once = async (...asked) => {
    for (let attempt = 1; ; attempt++)
      try {
        return await once(...asked)
      } catch (error) {
        if (attempt === attempts || !(error instanceof TransientError)) throw error
        await pause(backoff(attempt, pauses, random()))
      }
  }

  return {
    invoke: async (name, event) => {
      count('Lambda', 'Invoke', { FunctionName: name })
      const response = await request('POST', `functions/${encodeURIComponent(name)}/invocations`, JSON.stringify(event))
      const text = await response.text()
      if (response.headers.has('x-amz-function-error')) throw new Error(`${name} failed: ${text.slice(0, 300)}`)
      return text
    },
    eventSource: async (name, queueArn) => {
      const query = new URLSearchParams({ FunctionName: name, EventSourceArn: queueArn })
      const response = await request('GET', `event-source-mappings/?${query}`)
      const [found] = sources.parse(await response.json()).EventSourceMappings
      if (found?.UUID === undefined) return undefined
      const concurrency = found.ScalingConfig?.MaximumConcurrency
      return { id: found.UUID, state: found.State ?? '', ...(concurrency === undefined ? {} : { concurrency }) }
    },
    setEventSource: async (id, { name, enabled, concurrency }) => {
      const wanted = {
        FunctionName: name,
        Enabled: enabled,
        ScalingConfig: { MaximumConcurrency: concurrency },
      }
      await request('PUT', `event-source-mappings/${encodeURIComponent(id)}`, JSON.stringify(wanted))
    },
  }
}

/** Lambda, spoken to as the function that runs this. */
export const ownLambda = (): Functions => lambda({ ...ownIdentity(), clock: Date.now })
