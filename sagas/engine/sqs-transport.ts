import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Message, seal } from '../../events/envelope.ts'
import { WakeSaga } from '../../events/saga.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { delaySeconds } from '../../reactive/delay.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { sendEach, type Unsent } from '../../reactive/send.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import type { Outgoing } from './outstanding.ts'
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
    const byQueue = Map.groupBy(messages, ({ to }) => to)
    const unsent = await allEnded(
      [...byQueue].map(([to, theirs]) => {
        const queue = queues[to]
        return queue ? sendEach(sqs, queue, theirs) : nowhere(theirs)
      }),
    )
    return new Map(unsent.flatMap((theirs) => [...theirs]))
  },
  wake: async (wakes) => {
    const messages = wakes.map((wake) => ({
      wake,
      message: wakeMessage(wake, iso(clock())),
      delaySeconds: delaySeconds(wake.after),
    }))
    const unsent = await sendEach(sqs, wakeups, messages)
    return new Map([...unsent].map(([{ wake }, error]) => [wake, error]))
  },
})

const nowhere = (messages: readonly Outgoing[]): Unsent<Outgoing> =>
  new Map(
    messages.map((its) => [
      its,
      new PermanentError('no-queue', `${its.message.id} is for ${its.to}, whose queue is not known here.`),
    ]),
  )

export const wakeMessage = ({ sagaId, subject, correlationId, number }: Wake, time: string): Message =>
  seal(WakeSaga({ sagaId, ...(number ? { number } : {}) }), {
    id: `${sagaId}/wake/${number ?? time}`,
    source: '/saga',
    subject,
    time,
    correlationid: correlationId,
  })
