import type { APIGatewayProxyEvent, Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { consumer } from '../../../reactive/consume.ts'
import { respond, route } from '../../../reactive/http-endpoint.ts'
import { answerOnce } from '../../../reactive/invoked.ts'
import { lastWord, lastWordTakes } from '../../../reactive/last-word.ts'
import { json } from '../../../reactive/problem.ts'
import { consumeStream } from '../../../reactive/stream-relay.ts'
import { seconds } from '../../../reactive/time.ts'
import { observedInMemory } from '../../support/observation.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const timeout = seconds(6)

describe('the last word', () => {
  test('is said just before the time is up, once', async () => {
    const say = vi.fn()
    const isSaid = lastWord(timeout, say)
    await vi.advanceTimersByTimeAsync(timeout - lastWordTakes - 1)
    expect(say).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(timeout)
    expect(say).toHaveBeenCalledOnce()
    expect(isSaid()).toBe(true)
  })

  test.each([0, 1, timeout - lastWordTakes - 1])('is not said of what ends after %i ms', async (ms) => {
    const say = vi.fn()
    const isSaid = lastWord(timeout, say)
    await vi.advanceTimersByTimeAsync(ms)
    expect(isSaid()).toBe(false)
    await vi.advanceTimersByTimeAsync(timeout)
    expect(say).not.toHaveBeenCalled()
  })

  test('leaves half of what is left to an invocation that begins with little', async () => {
    const say = vi.fn()
    lastWord(100, say)
    await vi.advanceTimersByTimeAsync(49)
    expect(say).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(say).toHaveBeenCalledOnce()
  })

  test('is not waited for where no time is ever up', () => {
    lastWord(Number.POSITIVE_INFINITY, expect.unreachable)
    expect(vi.getTimerCount()).toBe(0)
  })
})

/** An invocation that began with its whole time. */
const begun = () => {
  const until = Date.now() + timeout
  return { awsRequestId: 'req-1', getRemainingTimeInMillis: () => until - Date.now() } as Context
}

/** Work that takes so long, in each of the frames; and what was measured and written of it. */
const frames = {
  'a queue’s consumer': async (work: () => Promise<void>) => {
    const watched = observedInMemory('/payments', 'payments-commands')
    const body = JSON.stringify(
      seal(
        AuthorisePayment({ orderId: 'ord_0123456789abcdef', amount: { amount: 1, currency: 'EUR' }, token: 'tok_ok' }),
        {
          id: 'p',
          source: '/saga/fulfil-order',
          subject: 'ord_0123456789abcdef',
          time: '2026-01-05T00:00:00.000Z',
          correlationid: 'ord_0123456789abcdef',
        },
      ),
    )
    const record = (messageId: string) => ({
      messageId,
      body,
      attributes: { ApproximateReceiveCount: '2', SentTimestamp: '0' },
      messageAttributes: {},
      eventSourceARN: 'arn:aws:sqs:eu-west-1:1:neverstop-test-payments-commands',
    })
    const consume = consumer<typeof AuthorisePayment>(
      { service: '/payments', contracts: [AuthorisePayment], handle: work },
      {
        sqs: { send: async () => ({}) } as never,
        urlOf: (queue) => queue,
        deadLetterUrlOf: (queue) => queue,
        desk: 'desk',
        receives: 4,
        observed: watched.observation,
        clock: Date.now,
        random: Math.random,
      },
    )
    await consume({ Records: [record('m1'), record('m2')] } as unknown as SQSEvent, begun())
    return watched
  },
  'a stream’s consumer': async (work: () => Promise<void>) => {
    const watched = observedInMemory('/ordering', 'ordering-relay')
    const consume = consumeStream<string>(
      { service: '/ordering', read: () => '', handle: work },
      { park: async () => {}, observed: watched.observation, clock: Date.now },
    )
    const records = ['e1', 'e2'].map((eventID) => ({ eventID, dynamodb: {} }))
    await consume({ Records: records } as DynamoDBStreamEvent, begun())
    return watched
  },
  'an endpoint': async (work: () => Promise<void>) => {
    const watched = observedInMemory('/ordering', 'ordering-api')
    const { getRemainingTimeInMillis: remainingMs } = begun()
    const routes = [
      route('GET', '/health', { access: 'open' }, async () => {
        await work()
        return json(200, {})
      }),
    ]
    const event = { httpMethod: 'GET', path: '/health', headers: {}, requestContext: { requestId: 'r' } }
    await respond(routes, event as unknown as APIGatewayProxyEvent, { ...watched.observation, remainingMs })
    return watched
  },
  'what is invoked': async (work: () => Promise<void>) => {
    const watched = observedInMemory('/edge', 'edge-authorizer')
    await answerOnce(work, undefined, watched.observation, Date.now, begun())
    return watched
  },
}
type Frame = keyof typeof frames
const every = Object.keys(frames) as Frame[]

/** What stands when the time is up: Lambda stops the process there, and nothing after it happens. */
const whenTimeIsUp = async (frame: Frame) => {
  const watched: Awaited<ReturnType<(typeof frames)[Frame]>>[] = []
  const stuck: (() => void)[] = []
  const going = frames[frame](() => new Promise<void>((resolve) => void stuck.push(resolve))).then((it) => {
    watched.push(it)
  })
  await vi.advanceTimersByTimeAsync(timeout - 1)
  for (const release of stuck) release()
  await going
  return watched[0]!
}
const names = (taken: readonly { name: string }[]) => taken.map(({ name }) => name).toSorted()

describe('an invocation that runs out of time', () => {
  test.each(every)('of %s is one line of an error before it does, and no second that counts', async (frame) => {
    const { lines } = await whenTimeIsUp(frame)
    expect(lines.map(({ level }) => level)).toEqual(['error', 'warn'])
    expect(lines[0]!.entry).toMatchObject({ cold_start: true, remaining_ms: lastWordTakes })
    expect(lines[1]!.message).toMatch(/^ended after all/)
  })

  test('fails each message of a batch, as an attempt that comes again', async () => {
    const { sumOf, valuesOf } = await whenTimeIsUp('a queue’s consumer')
    expect(sumOf('MessagesFailed', { edge: 'payments-commands', class: 'transient' })).toBe(2)
    expect(sumOf('MessagesHandled')).toBe(0)
    expect(valuesOf('MessageTime')).toEqual([timeout - lastWordTakes, timeout - lastWordTakes])
    expect(valuesOf('BatchSize')).toEqual([2])
  })

  test('fails each change of a table', async () => {
    const { sumOf } = await whenTimeIsUp('a stream’s consumer')
    expect(sumOf('MessagesFailed', { edge: 'ordering-relay', class: 'transient' })).toBe(2)
    expect(sumOf('MessagesHandled')).toBe(0)
  })

  test('fails a request, once', async () => {
    const { valuesOf } = await whenTimeIsUp('an endpoint')
    expect(valuesOf('Requests')).toEqual([1])
    expect(valuesOf('RequestsFailed')).toEqual([1])
    expect(valuesOf('RequestsRefused')).toEqual([0])
  })
})

describe('an invocation that ends in time', () => {
  test.each(every)('of %s leaves no timer, and is told once, as it ended', async (frame) => {
    const { lines, taken } = await frames[frame](async () => {})
    expect(vi.getTimerCount()).toBe(0)
    const before = names(taken)
    await vi.advanceTimersByTimeAsync(2 * timeout)
    expect(names(taken)).toEqual(before)
    expect(lines.map(({ level }) => level)).toEqual(['info'])
    expect(before).not.toContain('MessagesFailed')
  })
})
