import * as z from 'zod'
import { cursor, limit, pageOf } from './paging.ts'

/** Why a message could not be handled. `transient` is what a queue itself gave up after its last receive. */
export const failedClasses = ['transient', 'poison', 'permanent', 'expired', 'unknown'] as const
export const failedClass = z.enum(failedClasses)

/** Where a failed message is on its way: waiting for a person, being put back, or put back and not failed since. */
export const failedStatuses = ['open', 'redriving', 'redriven'] as const
export const failedStatus = z.enum(failedStatuses)

/** A line of `GET /failed`. Personal fields of the message are masked. */
export const failedSummary = z
  .object({
    id: z.string().describe('Of the record at the desk.'),
    status: failedStatus,
    class: failedClass,
    code: z.string().describe('For machines: `damaged-stock-record`.'),
    reason: z.string().describe('What the consumer said, in words.'),
    fingerprint: z.string().describe('The same for every message that failed for the same cause.'),
    messageType: z.string().optional().describe('The contract, when the message could be read.'),
    messageId: z.string().optional(),
    subject: z.string().optional().describe('What it was about: an order.'),
    data: z.unknown().optional().describe('What it said, with personal fields masked.'),
    queue: z.string().optional().describe('Where a redrive puts it back; absent when it came from no queue.'),
    deadLetterQueue: z.string(),
    count: z.int().min(1).describe('How often it has failed.'),
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
  })
  .meta({ description: 'A message that could not be handled.' })

export const failedPage = pageOf(failedSummary).meta({ description: 'Failed messages, the newest first.' })

/** What `GET /failed/{id}` answers. */
export const failedRecord = failedSummary
  .extend({
    body: z.string().describe('The message as it came, to the letter.'),
    encoding: z.enum(['utf8', 'base64']).describe('Of `body`; base64 when it is not even an envelope.'),
    stack: z.string().optional(),
    consumer: z.string().optional().describe('Who gave it up.'),
    attempts: z.array(
      z.object({
        at: z.iso.datetime(),
        class: failedClass,
        code: z.string(),
        reason: z.string(),
        receives: z.int().min(0).optional(),
      }),
    ),
    history: z.array(
      z.object({
        act: z.enum(['redrive']),
        by: z.string(),
        reason: z.string(),
        at: z.iso.datetime(),
        completedAt: z.iso.datetime().optional().describe('When its queue had it; absent while under way.'),
      }),
    ),
  })
  .meta({ description: 'A failed message with its payload, its failures and what was done about it.' })

export const failedId = z.string().regex(/^f_[a-z2-7]{26}$/, "is not a record's id: f_ and 26 letters or digits")

export const listFailedQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  status: failedStatus.optional(),
  class: failedClass.optional(),
})

/** What `POST /failed/{id}/redrive` takes. */
export const redriveBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(300).describe('Why it should succeed now; kept in the record.'),
  })
  .meta({ description: 'An operator puts a message back.' })

/** What `POST /failed/{id}/redrive` answers. `status` is `open` again if it has already failed anew. */
export const redriven = z
  .object({ id: z.string(), status: failedStatus, queue: z.string() })
  .meta({ description: 'The message is back in its queue under its own id.' })

export type FailedSummary = z.infer<typeof failedSummary>
export type FailedPage = z.infer<typeof failedPage>
export type FailedRecord = z.infer<typeof failedRecord>
export type Redriven = z.infer<typeof redriven>
