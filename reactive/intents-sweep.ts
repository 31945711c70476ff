import { SQSClient } from '@aws-sdk/client-sqs'
import type { OpenIntents } from './command-records.ts'
import { counted } from './counted.ts'
import { resendOpenIntents } from './open-intents.ts'
import { scheduled } from './scheduled.ts'
import { sendAll } from './send.ts'
import type { Millis } from './time.ts'

/**
 * The scheduled handler that brings back what a lost delivery left open.
 *
 * @example
 * export const handler = intentsSweep({ service: '/payments', intents, queueUrl: QUEUE_URL, olderThan: timing.visibility })
 */
export const intentsSweep = (options: {
  service: string
  intents: OpenIntents
  /** The command queue of the same context. */
  queueUrl: string
  olderThan: Millis
}) => {
  const { service, intents, queueUrl, olderThan } = options
  const sqs = counted(new SQSClient({}))
  return scheduled(service, async ({ measure }) => {
    const resent = await resendOpenIntents({
      intents,
      send: (messages) =>
        sendAll(
          sqs,
          queueUrl,
          messages.map((message) => ({ message })),
        ),
      clock: Date.now,
      olderThan,
    })
    measure('IntentsResent', resent)
    return { resent }
  })
}
