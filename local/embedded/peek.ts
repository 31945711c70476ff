import type { Cloud } from '../adapter.ts'
import { localAccount } from '../client.ts'
import type { PeekQueues } from '../watch/collect.ts'
import type { QueuedMessage } from '../watch/queues.ts'

type Peeked = {
  messages: Record<
    string,
    Record<string, Record<string, { SentTimestamp: number; IsVisible: boolean; ReceiveCount: number }[]>>
  >
}

/**
 * Looks into every queue by the emulator's own window, which receives nothing: SQS itself tells no message's age without
 * giving the message out.
 */
export const embeddedPeek =
  ({ port }: Pick<Cloud, 'port'>): PeekQueues =>
  async () => {
    const response = await fetch(`http://127.0.0.1:${port}/_ministack/sqs/messages?account=${localAccount}`, {
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`the emulator does not show its queues: it answered ${response.status}`)
    return queuesIn((await response.json()) as Peeked)
  }

/** The queues of an answer, by name. Times there are in seconds. */
export const queuesIn = ({ messages }: Peeked): ReadonlyMap<string, readonly QueuedMessage[]> =>
  new Map(
    Object.values(messages).flatMap((regions) =>
      Object.values(regions).flatMap((queues) =>
        Object.entries(queues).map(
          ([url, found]) =>
            [
              url.split('/').at(-1)!,
              found.map(({ SentTimestamp, IsVisible, ReceiveCount }) => ({
                sentAt: SentTimestamp * 1_000,
                visible: IsVisible,
                receives: ReceiveCount,
              })),
            ] as const,
        ),
      ),
    ),
  )
