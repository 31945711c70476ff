import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { localClientConfig } from '../../../local/client.ts'
import { localstackPeek, messagesIn } from '../../../local/localstack/peek.ts'
import { queueSamples } from '../../../local/watch/queues.ts'

const message = (over: Record<string, string>) => ({
  Attributes: { SentTimestamp: '60000', ApproximateReceiveCount: '0', IsVisible: 'true', IsDelayed: 'false', ...over },
})

describe('a message that LocalStack shows', () => {
  test.each([
    ['waits', {}, { visible: true, receives: 0 }],
    ['is being handled', { IsVisible: 'false', ApproximateReceiveCount: '1' }, { visible: false, receives: 1 }],
    ['came back', { ApproximateReceiveCount: '2' }, { visible: true, receives: 2 }],
    ['is delayed', { IsVisible: 'false', IsDelayed: 'true' }, { visible: false, receives: 0 }],
  ])('%s', (_, over, expected) => {
    expect(messagesIn({ Messages: [message(over)] })).toEqual([{ sentAt: 60_000, ...expected }])
  })

  test('is none in an empty queue, of which nothing is said', () => {
    expect(messagesIn({})).toEqual([])
  })

  test('has an age in milliseconds of the same clock', () => {
    const samples = queueSamples('q', messagesIn({ Messages: [message({})] }), 90_000)
    expect(samples.find(({ metric }) => metric.name === 'ApproximateAgeOfOldestMessage')!.value).toBe(30)
  })
})

describe('a look into queues', () => {
  const open: { close: () => void }[] = []
  afterEach(() => {
    for (const server of open.splice(0)) server.close()
  })
  /** A LocalStack that answers every question the same way, and remembers them. */
  const answering = async (status: number, body: unknown) => {
    const asked: string[] = []
    const server = createServer(({ url = '' }, response) => {
      asked.push(url)
      response.writeHead(status).end(JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    open.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const clientConfig = localClientConfig({ port, region: 'eu-central-1' })
    return { asked, peek: localstackPeek({ clientConfig }) }
  }

  test('asks for each queue, for what is invisible and delayed too', async () => {
    const { asked, peek } = await answering(200, { Messages: [message({})] })
    const found = await peek(['one', 'two'])
    expect([...found.keys()].sort()).toEqual(['one', 'two'])
    expect(found.get('one')).toHaveLength(1)
    expect(asked.sort()[0]).toBe('/_aws/sqs/messages/eu-central-1/000000000000/one?ShowInvisible=true&ShowDelayed=true')
  })

  test('passes over a queue that is not deployed yet', async () => {
    const { peek } = await answering(400, { __type: 'com.amazonaws.sqs#QueueDoesNotExist' })
    expect((await peek(['one'])).size).toBe(0)
  })

  test('fails aloud when the window is shut', async () => {
    const { peek } = await answering(500, {})
    await expect(peek(['one'])).rejects.toThrow('LocalStack does not show the queue one: it answered 500')
  })
})
