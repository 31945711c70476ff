import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Message, seal } from '../../events/envelope.ts'
import { WakeSaga } from '../../events/saga.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { sendAll } from '../../reactive/send.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import type { Transport, Wake } from './ports.ts'

/** SQS delays a message by at most 15 minutes. */
const longestDelaySeconds = 900

/**
 * Commands go to the queue of the context that owns their contract, calls and answers to the inbox of a saga, ten a call;
 * wake-ups to a queue of their own, so that a backlog of replies cannot delay them nor they the replies.
 */
export const sqsTransport = (
  sqs: SQSClient,
  queues: Readonly<Record<string, string>>,
  wakeups: string,
  clock: Clock,
): Transport => ({
  send: async (messages) => {
    for (const [to, theirs] of Map.groupBy(messages, (outgoing) => outgoing.to)) {
      const queue = queues[to]
      if (!queue)
        throw new PermanentError('no-queue', `${theirs[0]!.message.id} is for ${to}, whose queue is not known here.`)
      await sendAll(sqs, queue, theirs)
    }
  },
  wake: async (wakes) => {
    if (wakes.length === 0) return
    await sendAll(
      sqs,
      wakeups,
      wakes.map((wake) => ({ message: wakeMessage(wake, iso(clock())), delaySeconds: delayOf(wake) })),
    )
  },
})

export const wakeMessage = ({ sagaId, subject, correlationId, number }: Wake, time: string): Message =>
  seal(WakeSaga({ sagaId, ...(number ? { number } : {}) }), {
    id: `${sagaId}/wake/${number ?? time}`,
    source: '/saga',
    subject,
    time,
    correlationid: correlationId,
  })

const delayOf = ({ after }: Wake): number => Math.min(longestDelaySeconds, Math.max(0, Math.ceil(after / 1_000)))
