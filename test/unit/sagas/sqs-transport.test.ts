import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { minutes } from '../../../reactive/time.ts'
import type { Outgoing } from '../../../sagas/engine/outstanding.ts'
import { sqsTransport } from '../../../sagas/engine/sqs-transport.ts'

const queues = { inventory: 'url-inventory', payments: 'url-payments' }
const to = (place: string, id: string): Outgoing =>
  ({ to: place, message: { id, type: 'test.Said.v1', subject: 'x' } as Message }) as Outgoing

/** A transport over queues that refuse some messages, or do not answer at all. */
const aTransport = (trouble: { refuses?: readonly string[]; away?: readonly string[] } = {}) => {
  const accepted: { queue: string; id: string; delay: number | undefined }[] = []
  const sqs = {
    send: async ({ input: { QueueUrl, Entries = [] } }: SendMessageBatchCommand) => {
      if (trouble.away?.includes(QueueUrl!)) throw new Error('connect ECONNREFUSED')
      const isRefused = (body: string) => trouble.refuses?.includes((JSON.parse(body) as Message).id)
      for (const { MessageBody, DelaySeconds } of Entries)
        if (!isRefused(MessageBody!))
          accepted.push({ queue: QueueUrl!, id: (JSON.parse(MessageBody!) as Message).id, delay: DelaySeconds })
      return { Failed: Entries.filter(({ MessageBody }) => isRefused(MessageBody!)) }
    },
  } as unknown as SQSClient
  return { transport: sqsTransport(sqs, queues, 'url-wakeups', () => Date.UTC(2026, 0, 1)), accepted }
}
const idsOf = (unsent: ReadonlyMap<Outgoing, Error>) => [...unsent.keys()].map(({ message }) => message.id)

describe('messages of sagas', () => {
  const [a, b, c] = [to('inventory', 'a'), to('payments', 'b'), to('inventory', 'c')]

  test('go to the queues of those who own them', async () => {
    const { transport, accepted } = aTransport()
    expect(await transport.send([a, b, c])).toEqual(new Map())
    expect(accepted.map(({ queue, id }) => `${queue} ${id}`).toSorted()).toEqual([
      'url-inventory a',
      'url-inventory c',
      'url-payments b',
    ])
  })

  test('are told apart where one is refused', async () => {
    const { transport, accepted } = aTransport({ refuses: ['c'] })
    expect(await transport.send([a, b, c])).toEqual(new Map([[c, expect.any(TransientError)]]))
    expect(accepted.map(({ id }) => id).toSorted()).toEqual(['a', 'b'])
  })

  test('of one queue are held up by no other', async () => {
    const { transport, accepted } = aTransport({ away: ['url-inventory'] })
    expect(idsOf(await transport.send([a, b, c]))).toEqual(['a', 'c'])
    expect(accepted.map(({ id }) => id)).toEqual(['b'])
  })

  test('for a place that nobody knows are nobody else’s trouble', async () => {
    const { transport, accepted } = aTransport()
    const lost = to('kitchen', 'd')
    const unsent = await transport.send([lost, a])
    expect(unsent.get(lost)).toEqual(expect.any(PermanentError))
    expect(unsent.get(lost)).toMatchObject({ code: 'no-queue', message: expect.stringContaining('d is for kitchen') })
    expect(unsent.has(a)).toBe(false)
    expect(accepted.map(({ id }) => id)).toEqual(['a'])
  })
})

describe('timers', () => {
  const wake = (sagaId: string, after: number) => ({ sagaId, subject: 'x', correlationId: 'c', number: 1, after })

  test('fire when they are due, or as late as a queue can wait', async () => {
    const { transport, accepted } = aTransport()
    expect(await transport.wake([wake('a:1', 1_500), wake('a:2', minutes(60))])).toEqual(new Map())
    expect(accepted).toEqual([
      { queue: 'url-wakeups', id: 'a:1/wake/1', delay: 2 },
      { queue: 'url-wakeups', id: 'a:2/wake/1', delay: 900 },
    ])
  })

  test('are told apart where one is refused', async () => {
    const { transport } = aTransport({ refuses: ['a:2/wake/1'] })
    const wakes = [wake('a:1', 1_000), wake('a:2', 1_000)]
    expect(await transport.wake(wakes)).toEqual(new Map([[wakes[1], expect.any(TransientError)]]))
  })
})
