import { SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import type { OpenIntents } from './command-records.ts'
import { logger } from './log.ts'
import { resendOpenIntents } from './open-intents.ts'
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
  const sqs = new SQSClient({})
  const log = logger(service)
  return middy<unknown, void>().handler(async () => {
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
    log.info('swept open intents', { resent })
  })
}
