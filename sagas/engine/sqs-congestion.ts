import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { allEnded } from '../../reactive/all-ended.ts'
import { type Clock, type EpochMs, seconds } from '../../reactive/time.ts'
import type { Congestion } from './ports.ts'

/** So many waiting messages are more than a moment's work of ten full batches. */
const manyWaiting = 100
/** How long a look at a queue is good for. */
const goodFor = seconds(5)

/**
 * Looks at how much waits in the queues, with what was put back because a partner is away, at most once in five seconds a queue. A queue that cannot be looked at counts
 * as keeping up: asking again costs a message, while waiting on a broken look would cost the saga its timers.
 */
export const sqsCongestion = (sqs: SQSClient, queues: Readonly<Record<string, string>>, clock: Clock): Congestion => {
  const looks = new Map<string, { readonly at: EpochMs; readonly behind: Promise<boolean> }>()
  const look = async (url: string): Promise<boolean> => {
    try {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'],
        }),
      )
      const { ApproximateNumberOfMessages: visible = 0, ApproximateNumberOfMessagesDelayed: putBack = 0 } =
        Attributes ?? {}
      return Number(visible) + Number(putBack) >= manyWaiting
    } catch {
      return false
    }
  }
  return async (places) => {
    const behind = places.map((place) => {
      const url = queues[place]
      if (!url) return false
      const last = looks.get(place)
      if (last && clock() - last.at < goodFor) return last.behind
      const behind = look(url)
      looks.set(place, { at: clock(), behind })
      return behind
    })
    return (await allEnded(behind)).some(Boolean)
  }
}
