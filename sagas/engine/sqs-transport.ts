import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Message, seal } from '../../events/envelope.ts'
import { WakeSaga } from '../../events/saga.ts'
import { delaySeconds } from '../../reactive/delay.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { sendAll } from '../../reactive/send.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import type { Transport, Wake } from './ports.ts'

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
      wakes.map((wake) => ({ message: wakeMessage(wake, iso(clock())), delaySeconds: delaySeconds(wake.after) })),
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
