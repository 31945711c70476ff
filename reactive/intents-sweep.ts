import { SQSClient } from '@aws-sdk/client-sqs'
import type { OpenIntents } from './command-records.ts'
import { counted } from './counted.ts'
import type { Observed } from './observation.ts'
import { resendOpenIntents } from './open-intents.ts'
import { scheduled } from './scheduled.ts'
import { sendAll } from './send.ts'
import type { Millis } from './time.ts'

/**
 * The scheduled handler that brings back what a lost delivery left open, and asks partners whose breaker is open whether they
 * are back: a queue whose valve is closed has nobody else who would.
 *
 * @example
 * export const handler = intentsSweep({ observed, intents, mayAsk, probe, queueUrl: QUEUE_URL, olderThan: timing.visibility })
 */
export const intentsSweep = <Intent>(options: {
  observed: Observed
  intents: OpenIntents<Intent>
  /** Whether the partner of an intent may be called as a rule. */
  mayAsk: (intent: Intent) => Promise<boolean>
  /** Asks partners that are not called whether they are back; says of whom it heard. */
  probe: () => Promise<readonly string[]>
  /** The command queue of the same context. */
  queueUrl: string
  olderThan: Millis
}) => {
  const { observed, intents, mayAsk, probe, queueUrl, olderThan } = options
  const sqs = counted(new SQSClient({}))
  const run: Parameters<typeof scheduled<object>>[1] = async ({ measure }) => {
    const back = await probe()
    const resent = await resendOpenIntents({
      intents,
      mayAsk,
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
    return { resent, ...(back.length > 0 ? { back } : {}) }
  }
  return scheduled(observed.source, run, observed)
}
