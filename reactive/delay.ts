import type { SQSRecord } from 'aws-lambda'
import { type EpochMs, fromIso, type Millis, minutes } from './time.ts'

/** SQS keeps a message back for this long at most. */
export const longestDelay: Millis = minutes(15)

/** A wait as a queue takes it: whole seconds, never early, as long as a queue can. */
export const delaySeconds = (wait: Millis): number => Math.ceil(Math.min(longestDelay, Math.max(0, wait)) / 1_000)

/** The SQS attribute that says from when on a message which was put back with a delay may be received. */
export const dueAttribute = 'due'

/** How long a message has waited for its turn: since it was sent, or since it was due if it was sent with a delay. */
export const waitOf = ({ attributes, messageAttributes }: SQSRecord, now: EpochMs): Millis | undefined => {
  const sent = Number(attributes.SentTimestamp)
  const due = fromIso(messageAttributes?.[dueAttribute]?.stringValue ?? '')
  if (!Number.isFinite(sent)) return undefined
  return Math.max(0, now - (Number.isFinite(due) ? Math.max(sent, due) : sent))
}
