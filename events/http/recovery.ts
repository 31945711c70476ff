import * as z from 'zod'
import { cursor, limit, pageOf } from './paging.ts'

/** Why a message could not be handled. `transient` is what a queue itself gave up after its last receive. */
export const failureClasses = ['transient', 'poison', 'permanent', 'expired', 'unknown'] as const
export const failureClass = z.enum(failureClasses)

/** Where a failed message is on its way: waiting for a person, put back, or put back and failed once more. */
export const failedStatuses = ['open', 'redriven'] as const
export const failedStatus = z.enum(failedStatuses)

/** A line of `GET /failed`. */
export const failedSummary = z
  .object({
    id: z.string().describe('Of the record at the desk.'),
    status: failedStatus,
    class: failureClass,
    code: z.string(),
    reason: z.string().describe('What the consumer said, in words.'),
    messageType: z.string().optional().describe('The contract, when the message could be read.'),
    messageId: z.string().optional(),
    subject: z.string().optional().describe('What it was about: an order.'),
    queue: z.string().describe('Where it was to be handled, and where a redrive puts it back.'),
    receives: z.int().min(0),
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
  })
  .meta({ description: 'A message that could not be handled.' })

export const failedPage = pageOf(failedSummary).meta({ description: 'Failed messages, the newest first.' })

/** What `GET /failed/{id}` answers. */
export const failedRecord = failedSummary
  .extend({
    body: z.string().describe('The message as it came, to the letter.'),
    stack: z.string().optional(),
    consumer: z.string().optional(),
    history: z.array(
      z.object({ at: z.iso.datetime(), act: z.string(), by: z.string().optional(), reason: z.string().optional() }),
    ),
  })
  .meta({ description: 'A failed message with its payload and what was done about it.' })

export const listFailedQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  status: failedStatus.optional(),
})

/** What `POST /failed/{id}/redrive` takes. */
export const redriveBody = z
  .strictObject({ reason: z.string().min(1).max(300).describe('Why it should succeed now; kept in the record.') })
  .meta({ description: 'An operator puts a message back.' })

/** What `POST /failed/{id}/redrive` answers. */
export const redriven = z
  .object({ id: z.string(), status: z.literal('redriven'), queue: z.string() })
  .meta({ description: 'The message is back in its queue under its own id.' })

export type FailedSummary = z.infer<typeof failedSummary>
export type FailedPage = z.infer<typeof failedPage>
export type FailedRecord = z.infer<typeof failedRecord>
export type RedriveBody = z.infer<typeof redriveBody>
export type Redriven = z.infer<typeof redriven>
