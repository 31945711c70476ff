import * as z from 'zod'
import { type Message, seal } from '../events/envelope.ts'
import { RecordOutcome } from '../events/recovery.ts'
import { type EpochMs, iso } from './time.ts'

/**
 * What the recovery desk writes on a message that it puts back: the SQS attribute `redrive`. It travels with the message
 * through every receive, so that the consumer can say what became of it.
 */
export const redriveSchema = z.object({
  /** The desk's record of the message. */
  record: z.string().min(1),
  /** The act of that record which sent it. */
  act: z.string().min(1),
})
export type RedriveMark = z.infer<typeof redriveSchema>

export const redriveAttribute = 'redrive'

/** What the mark weighs at most, with its name and its type. */
export const markBytes = 200

/** The mark of a message, as it stands in its attribute; undefined when it has none that can be read. */
export const redriveMarkOf = (text: string | undefined): RedriveMark | undefined => {
  if (text === undefined) return undefined
  try {
    return redriveSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The news for the desk that a message which it put back has been handled. Said again, it is the same message. */
export const handledOutcome = (mark: RedriveMark, consumer: string, now: EpochMs): Message =>
  seal(RecordOutcome({ ...mark, outcome: 'handled', consumer, at: iso(now) }), {
    id: `${mark.record}/${mark.act}/handled`,
    source: consumer,
    subject: mark.record,
    time: iso(now),
    correlationid: mark.record,
  })
