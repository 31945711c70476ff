import * as z from 'zod'
import { cursor, limit, pageOf } from './paging.ts'

/** Why a message could not be handled. `transient` is what a queue gave up after its last receive. */
export const failedClasses = ['transient', 'poison', 'permanent', 'expired', 'unknown'] as const
export const failedClass = z.enum(failedClasses)

/**
 * Where a failed message is on its way: waiting for a person, being put back, put back and not heard of yet, handled
 * after all, or never to be handled.
 */
export const failedStatuses = ['open', 'redriving', 'redriven', 'handled', 'discarded'] as const
export const failedStatus = z.enum(failedStatuses)

const fingerprint = z
  .string()
  .regex(/^[a-z2-7]{12}$/, "is not a group's fingerprint: 12 letters or digits")
  .describe('The same for every message that failed for the same cause.')

/** A line of `GET /failed`. Personal fields of the message are masked. */
export const failedSummary = z
  .object({
    id: z.string().describe('Of the record at the desk.'),
    status: failedStatus,
    class: failedClass,
    code: z.string().describe('For machines: `damaged-stock-record`.'),
    reason: z.string().describe('What the consumer said, in words.'),
    fingerprint,
    messageType: z.string().optional().describe('The contract, when the message could be read.'),
    messageId: z.string().optional(),
    subject: z.string().optional().describe('What it was about: an order.'),
    sagaId: z.string().optional().describe('The saga that sent it or waits for it.'),
    data: z.unknown().optional().describe('What it said, with personal fields masked; absent when it is long.'),
    consumer: z.string().optional().describe('Who gave it up.'),
    queue: z.string().optional().describe('Where a redrive puts it back; absent when it came from no queue.'),
    deadLetterQueue: z.string(),
    count: z.int().min(1).describe('How often it has failed.'),
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
  })
  .meta({ description: 'A message that could not be handled.' })

export const failedPage = pageOf(failedSummary).meta({ description: 'Failed messages, the newest first.' })

/** One operation of a JSON Patch. */
export const patchOperation = z
  .object({
    op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
    path: z.string(),
    from: z.string().optional(),
    value: z.unknown().optional(),
  })
  .meta({ description: 'An operation of RFC 6902.' })

const message = z.object({
  body: z.string().optional().describe('Absent when it was erased, or is no envelope and so may say anything.'),
  encoding: z.enum(['utf8', 'base64']).describe('Of `body`; base64 when it is not even an envelope.'),
})

/** What `GET /failed/{id}` answers. */
export const failedRecord = failedSummary
  .extend({
    ...message.shape,
    masked: z.boolean().describe('Whether personal fields are hidden. Without: the message as it came, to the letter.'),
    original: message.optional().describe('What came first, when somebody has edited it.'),
    stack: z.string().optional(),
    build: z.string().optional().describe('Which code of the consumer gave it up.'),
    leaseUntil: z.iso.datetime().optional().describe('When it is open again unless somebody says what became of it.'),
    attempts: z.array(
      z.object({
        at: z.iso.datetime(),
        class: failedClass,
        code: z.string(),
        reason: z.string(),
        receives: z.int().min(0).optional(),
        build: z.string().optional(),
        sent: z.iso.datetime().optional().describe('When its queue first had it.'),
        firstReceived: z.iso.datetime().optional(),
      }),
    ),
    history: z.array(
      z.object({
        id: z.string(),
        act: z.enum(['redrive', 'edit', 'discard', 'view', 'import']),
        by: z.string(),
        reason: z.string(),
        at: z.iso.datetime(),
        completedAt: z.iso.datetime().optional().describe('When its effect was there; absent while under way.'),
        outcome: z.enum(['handled', 'failed', 'unobserved']).optional().describe('What became of a redrive.'),
        outcomeAt: z.iso.datetime().optional(),
        plan: z.string().optional().describe('The staged redrive that it was a part of.'),
        patch: z.array(patchOperation).optional(),
        erase: z.boolean().optional(),
        answer: z.enum(['refused', 'none']).optional(),
      }),
    ),
    forgotten: z.int().optional().describe('Older acts that only the log has.'),
  })
  .meta({ description: 'A failed message with its payload, its failures and what was done about it.' })

export const failedId = z.string().regex(/^f_[a-z2-7]{26}$/, "is not a record's id: f_ and 26 letters or digits")

export const listFailedQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  status: failedStatus.optional(),
  class: failedClass.optional(),
  group: fingerprint.optional(),
  type: z.string().max(100).optional().describe('The contract: `payments.AuthorisePayment.v1`.'),
})

const reason = z.string().trim().min(1).max(300)

export const showFailedQuery = z.strictObject({
  reveal: reason
    .optional()
    .describe('Why personal fields must be seen; takes an operator who may, and is kept in the record.'),
})

/** What `POST /failed/{id}/redrive` takes. */
export const redriveBody = z
  .strictObject({ reason: reason.describe('Why it should succeed now; kept in the record.') })
  .meta({ description: 'An operator puts a message back.' })

/** What `POST /failed/{id}/redrive` answers. `status` is `open` again if it has already failed anew. */
export const redriven = z
  .object({ id: z.string(), status: failedStatus, queue: z.string() })
  .meta({ description: 'The message is back in its queue under its own id.' })

/** What the consumer of a message would make of it now, by its own records; nothing is written, and no partner asked. */
export const consumerWord = z
  .object({
    says: z
      .enum(['passes', 'repeats', 'refuses', 'not-asked'])
      .describe('`repeats`: it has done it already. `not-asked`: nobody can tell before it is sent.'),
    because: z.string(),
  })
  .meta({ description: 'What a consumer would make of a message.' })

/** What `GET /failed/{id}/check` answers. */
export const failedCheck = z
  .object({
    id: z.string(),
    passes: z.boolean(),
    because: z.array(z.string()).describe('What stands in the way, in words.'),
    consumer: consumerWord,
  })
  .meta({
    description: 'Whether a message would be taken if it went back now, as far as can be told without sending it.',
  })

/** What `POST /failed/{id}/edit` takes. */
export const editBody = z
  .strictObject({
    reason: reason.describe('Why it may be changed; kept in the record.'),
    patch: z.array(patchOperation).min(1).max(200).describe('RFC 6902, applied to the whole envelope.'),
    dryRun: z.boolean().optional(),
  })
  .meta({ description: 'An operator mends a message. Its id stays.' })

/** What `POST /failed/{id}/edit` answers. */
export const edited = z
  .object({
    id: z.string(),
    dryRun: z.boolean(),
    check: failedCheck,
    difference: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
  })
  .meta({ description: 'What was changed, or would be; personal fields are masked.' })

/** What `POST /failed/{id}/discard` takes. */
export const discardBody = z
  .strictObject({
    reason: reason.describe('Why it need never be handled; kept in the record.'),
    erase: z.boolean().optional().describe('Whether the message itself goes, and everything that quotes it.'),
    answer: z
      .enum(['refused', 'none'])
      .optional()
      .describe(
        'What the saga is told that sent it: that it was refused, or nothing, so that its own deadline decides.',
      ),
    dryRun: z.boolean().optional(),
  })
  .meta({ description: 'An operator decides that a message is never to be handled.' })

/** What `POST /failed/{id}/discard` answers. */
export const discardedDocument = z
  .object({
    id: z.string(),
    status: failedStatus,
    dryRun: z.boolean(),
    erased: z.boolean(),
    answer: z.enum(['refused', 'none']),
    check: failedCheck.optional().describe('Of a dry run: what would come of putting it back instead.'),
    saga: consumerWord.optional().describe('Of a dry run with an answer: what its saga would make of that.'),
  })
  .meta({ description: 'The message is put away, or would be.' })

/** What `POST /failed/import` takes: records as `GET /failed/{id}` shows them unmasked. */
export const importBody = z
  .strictObject({ reason, records: z.array(z.unknown()).min(1).max(20), dryRun: z.boolean().optional() })
  .meta({ description: 'Exported records come to this desk.' })

/** What `POST /failed/import` answers. */
export const imported = z
  .object({
    records: z.array(
      z.object({
        id: z.string(),
        result: z.enum(['imported', 'known', 'refused']),
        because: z.string().optional(),
        check: failedCheck.optional().describe('Of a dry run: what would come of putting its message back from here.'),
      }),
    ),
    dryRun: z.boolean(),
  })
  .meta({ description: 'What became of each record, or would.' })

export const planStatuses = ['running', 'done', 'stopped'] as const

/** A staged redrive of a group. */
export const redrivePlan = z
  .object({
    id: z.string(),
    fingerprint,
    status: z.enum(planStatuses),
    stage: z.enum(['one', 'ten', 'rest']),
    by: z.string(),
    reason: z.string(),
    at: z.iso.datetime(),
    rate: z.number().describe('Messages a second, in its last stage.'),
    stopAt: z.number().describe('The share of failures at which it stops by itself.'),
    sent: z.int(),
    handled: z.int(),
    failed: z.int(),
    unobserved: z.int(),
    because: z.string().optional().describe('Why it has ended.'),
    endedAt: z.iso.datetime().optional(),
  })
  .meta({ description: 'A staged redrive: one, ten, then the rest at a rate.' })

/** A group of failed messages. */
export const failedGroup = z
  .object({
    fingerprint,
    class: failedClass,
    code: z.string(),
    messageType: z.string().optional(),
    consumer: z.string().optional(),
    queue: z.string().optional(),
    reason: z.string(),
    open: z.int(),
    redriving: z.int(),
    redriven: z.int(),
    handled: z.int(),
    discarded: z.int(),
    failures: z.int().describe('How often any of them has failed.'),
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
    auto: z
      .object({ tries: z.int(), since: z.iso.datetime(), lastAt: z.iso.datetime() })
      .optional()
      .describe('What the desk has tried by itself.'),
    plan: redrivePlan.optional().describe('Its newest staged redrive.'),
  })
  .meta({ description: 'Messages that failed for the same cause.' })

export const failedGroups = z
  .object({ items: z.array(failedGroup) })
  .meta({ description: 'Groups of failed messages, that of the newest failure first.' })

export const groupParams = z.strictObject({ fingerprint })
export const groupsQuery = z.strictObject({
  all: z.literal('true').optional().describe('Settled groups, too.'),
})

export const defaultRate = 5
export const defaultStopAt = 0.2

/** What `POST /failed/groups/{fingerprint}/redrive` takes. */
export const redriveGroupBody = z
  .strictObject({
    reason,
    rate: z
      .number()
      .min(0.1)
      .max(200)
      .optional()
      .describe(`Messages a second in the last stage; ${defaultRate} when absent.`),
    stopAt: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(`The share of failures above which it stops by itself; ${defaultStopAt} when absent.`),
  })
  .meta({ description: 'An operator puts a group back in stages.' })

/** What `GET /failed/groups/{fingerprint}/check` answers. */
export const groupCheck = z
  .object({
    fingerprint,
    checked: z.int().describe('How many records were looked at: those that would go back first.'),
    passing: z.int(),
    repeating: z.int().describe('Those of the passing that would be answered from a record: they are done already.'),
    unasked: z.int().describe('Those of the passing whose consumer cannot tell before they are sent.'),
    refused: z.array(failedCheck),
  })
  .meta({ description: 'Which messages of a group would be taken if they went back now.' })

/** What `POST /failed/cleared` takes. */
export const clearedBody = z
  .strictObject({ reason: reason.describe('What has gone; kept in the records that are put back because of it.') })
  .meta({ description: 'The cause of some failures has gone.' })

/** What `POST /failed/cleared` answers. */
export const clearedDocument = z
  .object({
    tried: z.array(z.object({ fingerprint, plan: z.string().describe('The staged redrive that has begun.') })),
    left: z.array(z.object({ fingerprint, because: z.string() })).describe('Groups that are left alone, and why.'),
  })
  .meta({ description: 'What is tried now, within the budget of automatic redrives.' })

export const stopBody = z.strictObject({ reason }).meta({ description: 'An operator stops a staged redrive.' })

export type FailedSummary = z.infer<typeof failedSummary>
export type FailedPage = z.infer<typeof failedPage>
export type FailedRecord = z.infer<typeof failedRecord>
export type Redriven = z.infer<typeof redriven>
export type ConsumerWord = z.infer<typeof consumerWord>
export type FailedCheck = z.infer<typeof failedCheck>
export type Edited = z.infer<typeof edited>
export type DiscardedDocument = z.infer<typeof discardedDocument>
export type Imported = z.infer<typeof imported>
export type RedrivePlan = z.infer<typeof redrivePlan>
export type FailedGroup = z.infer<typeof failedGroup>
export type FailedGroups = z.infer<typeof failedGroups>
export type Cleared = z.infer<typeof clearedDocument>
export type GroupCheck = z.infer<typeof groupCheck>
export type PatchOperation = z.infer<typeof patchOperation>
