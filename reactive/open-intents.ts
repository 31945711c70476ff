import type { Message } from '../events/envelope.ts'
import type { OpenIntents } from './command-records.ts'
import type { Clock, Millis } from './time.ts'

/** At most this many a run, so that a partner that comes back is not met by everything at once. */
const mostPerRun = 200

/**
 * Puts the messages of intents that have been open for longer than a delivery takes back on their queue, each under its
 * own id. The queue normally does that by itself; this is for the message that was lost with its receives exhausted.
 *
 * The intent is moved to the back first: dying between that and the sending costs one more `olderThan`, no message.
 * What waits for a partner that is not to be called is left alone: its message is put back again and again, and would only
 * become many. Returns how many were sent.
 */
export const resendOpenIntents = async <Intent>(ports: {
  readonly intents: OpenIntents<Intent>
  /** Whether the partner of an intent may be called as a rule; absent: each may. */
  readonly mayAsk?: (intent: Intent) => Promise<boolean>
  readonly send: (messages: readonly Message[]) => Promise<void>
  readonly clock: Clock
  readonly olderThan: Millis
}): Promise<number> => {
  const now = ports.clock()
  const due: Message[] = []
  for await (const intent of ports.intents.openBefore(now - ports.olderThan)) {
    if (ports.mayAsk && !(await ports.mayAsk(intent.intent))) continue
    if (await ports.intents.touch(intent, now)) due.push(intent.message)
    if (due.length === mostPerRun) break
  }
  await ports.send(due)
  return due.length
}
