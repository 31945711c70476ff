import type { Cloud } from '../adapter.ts'
import { localAccount } from '../client.ts'
import type { PeekQueues } from '../watch/collect.ts'
import type { QueuedMessage } from '../watch/queues.ts'

type Shown = { readonly Messages?: readonly { readonly Attributes?: Readonly<Record<string, string>> }[] }

/** How many queues are looked into at once: every look takes the emulator's one processor. */
const atOnce = 4

/**
 * Looks into queues by LocalStack's own window for developers, one queue at a time, which receives nothing.
 *
 * @see https://docs.localstack.cloud/aws/services/sqs/#peeking-into-queues
 */
export const localstackPeek =
  ({ clientConfig: { endpoint, region } }: Pick<Cloud, 'clientConfig'>): PeekQueues =>
  async (queues) => {
    const found = new Map<string, readonly QueuedMessage[]>()
    const left = [...queues]
    const look = async () => {
      for (let queue = left.shift(); queue !== undefined; queue = left.shift()) {
        const shown = await fetch(
          `${endpoint}/_aws/sqs/messages/${region}/${localAccount}/${queue}?ShowInvisible=true&ShowDelayed=true`,
          { headers: { 'content-type': 'application/x-amz-json-1.0' }, signal: AbortSignal.timeout(10_000) },
        )
        const text = await shown.text()
        // The templates are ahead of what is deployed; the next deployment brings the queue.
        if (shown.status === 400 && /QueueDoesNotExist|NonExistentQueue/.test(text)) continue
        if (!shown.ok) throw new Error(`LocalStack does not show the queue ${queue}: it answered ${shown.status}`)
        found.set(queue, messagesIn(JSON.parse(text) as Shown))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, look))
    return found
  }

/** The messages of an answer. Times there are in milliseconds, and truths are words. */
export const messagesIn = ({ Messages = [] }: Shown): QueuedMessage[] =>
  Messages.map(({ Attributes: { SentTimestamp, ApproximateReceiveCount, IsVisible } = {} }) => ({
    sentAt: Number(SentTimestamp),
    visible: IsVisible === 'true',
    receives: Number(ApproximateReceiveCount ?? 0),
  }))
