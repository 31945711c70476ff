import type { FailedRecord, FailedSummary } from '../../events/http/recovery.ts'
import { maskPersonal } from './mask.ts'
import { type DeskRecord, textOf } from './record.ts'

/**
 * A record as a line of a list: what it is about and why it failed, personal fields masked, no payload.
 * It is also what the table's index holds, so that lists never touch payloads.
 */
export const summaryOf = (record: DeskRecord): FailedSummary => ({
  id: record.recordId,
  status: record.status,
  class: record.failure.class,
  code: record.failure.code,
  reason: record.failure.message,
  fingerprint: record.fingerprint,
  ...(record.identity
    ? {
        messageType: record.identity.type,
        messageId: record.identity.id,
        subject: record.identity.subject,
        data: maskPersonal(record.identity.type, (JSON.parse(textOf(record.payload)) as { data: unknown }).data),
      }
    : {}),
  ...(record.origin === null ? {} : { queue: record.origin }),
  deadLetterQueue: record.deadLetterQueue,
  count: record.count,
  firstSeen: record.firstSeen,
  lastSeen: record.lastSeen,
})

/** A record with everything that the desk knows: the message to the letter, each failure, each act. */
export const documentOf = (record: DeskRecord): FailedRecord => ({
  ...summaryOf(record),
  body: record.payload.kind === 'envelope' ? record.payload.text : record.payload.base64,
  encoding: record.payload.kind === 'envelope' ? 'utf8' : 'base64',
  ...(record.failure.stack === undefined ? {} : { stack: record.failure.stack }),
  ...(record.consumer === null ? {} : { consumer: record.consumer }),
  attempts: record.attempts.map(({ at, class: failureClass, code, message, receives }) => ({
    at,
    class: failureClass,
    code,
    reason: message,
    ...(receives === null ? {} : { receives }),
  })),
  history: record.history.map(({ act, by, reason, at, completedAt }) => ({
    act,
    by,
    reason,
    at,
    ...(completedAt === undefined ? {} : { completedAt }),
  })),
})
