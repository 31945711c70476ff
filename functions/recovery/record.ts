import { createHash } from 'node:crypto'
import type { Failure as Note } from '../../reactive/failure.ts'

/**
 * - `open`: waits for somebody
 * - `redriving`: an operator asked for it to go back, and the desk has not yet written down that it was sent
 * - `redriven`: it went back to where it came from, and has not returned
 */
export const statuses = ['open', 'redriving', 'redriven'] as const
export type Status = (typeof statuses)[number]

/** Why a message could not be handled; `reactive/failure.ts` says what the classes mean. `code` is for machines. */
export type Failure = Pick<Note, 'class' | 'code' | 'message' | 'stack'>

/** The message as it arrived: an envelope's text byte for byte, or what is not an envelope as base64. */
export type Payload =
  | { readonly kind: 'envelope'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }

/** What the envelope says of itself, so that lists need not parse it again. */
export type Identity = {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly correlationId: string
}

/** One failed message met once in a dead-letter queue. */
export type Arrival = {
  /** The dead-letter queue's own id of this copy; a redelivered copy carries the same one. */
  readonly arrivalId: string
  /** When the consumer gave up, as far as anybody wrote it down; otherwise when the desk first saw it. ISO 8601. */
  readonly at: string
  readonly deadLetterQueue: string
  /** The name of the queue that it failed on; null when it did not come from a queue, or nobody knows. */
  readonly origin: string | null
  /** The function that gave up. */
  readonly consumer: string | null
  /** How often the consumer had received it. */
  readonly receives: number | null
  readonly failure: Failure
  readonly payload: Payload
  readonly identity: Identity | null
}

/** An arrival as the record remembers it. */
export type Attempt = Pick<Arrival, 'arrivalId' | 'at' | 'receives'> & Pick<Failure, 'class' | 'code' | 'message'>

/** What an operator did, with who and why. Intent and completion are two commits: the message goes out between them. */
export type Act = {
  readonly actId: string
  readonly act: 'redrive'
  readonly by: string
  readonly reason: string
  readonly at: string
  /** When the message had been handed to its queue. */
  readonly completedAt?: string
}

/** A failed message on the desk. It does not expire. */
export type DeskRecord = {
  readonly recordId: string
  /** Rises with every commit; the condition of every write. */
  readonly version: number
  readonly status: Status
  readonly fingerprint: string
  readonly failure: Failure
  readonly payload: Payload
  readonly identity: Identity | null
  readonly origin: string | null
  readonly deadLetterQueue: string
  readonly consumer: string | null
  /** Failures so far; `attempts` keeps the newest of them. */
  readonly count: number
  readonly attempts: readonly Attempt[]
  readonly firstSeen: string
  readonly lastSeen: string
  readonly history: readonly Act[]
}

/** Attempts that a record remembers one by one. With the largest message that our queues take it stays within an item. */
export const attemptsKept = 20
const actsKept = 50

/**
 * The id of the record of a message: the same for every failure of one message on one queue, so that duplicates,
 * crashes of the intake and failures after a redrive all meet the same record.
 */
export const recordIdOf = ({ origin, deadLetterQueue, identity, payload }: Arrival): string => {
  const what = identity?.id ?? digest(payload.kind === 'bytes' ? payload.base64 : payload.text)
  return `f_${digest(`${origin ?? deadLetterQueue}\n${what}`).slice(0, 26)}`
}

/**
 * Groups failures with the same cause: class, contract, code and message without what differs from order to order.
 *
 * @example
 * fingerprintOf({ class: 'permanent', code: 'damaged-stock-record', message: "stock of 'TEA-01' …" }, type)
 * // equal for every SKU and order
 */
export const fingerprintOf = (failure: Failure, type: string | null): string =>
  digest([failure.class, type ?? '', failure.code, normalise(failure.message)].join('\n')).slice(0, 12)

/** A message without ids, amounts, times and quoted values. */
export const normalise = (message: string): string =>
  message
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/\bord_[0-9a-z]+/g, '<order>')
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '<value>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<id>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim()

/**
 * The record after one more arrival, or the same record when that arrival is already in it.
 *
 * Arrivals commute: in whatever order they are taken in, and however often, the record ends the same. The newest
 * failure is the one that is shown. Any arrival that the record does not know opens it again: a message that came back
 * after a redrive must never look settled, even when the clocks of consumer and desk disagree.
 */
export const takeIn = (record: DeskRecord | undefined, arrival: Arrival): DeskRecord => {
  if (record?.attempts.some(({ arrivalId }) => arrivalId === arrival.arrivalId)) return record
  const attempts = [...(record?.attempts ?? []), attemptOf(arrival)].sort(byTime)
  const isNewest = attempts.at(-1)!.arrivalId === arrival.arrivalId
  const shown =
    record && !isNewest
      ? { failure: record.failure, consumer: record.consumer, fingerprint: record.fingerprint }
      : {
          failure: arrival.failure,
          consumer: arrival.consumer,
          fingerprint: fingerprintOf(arrival.failure, arrival.identity?.type ?? null),
        }
  return {
    recordId: record?.recordId ?? recordIdOf(arrival),
    version: (record?.version ?? 0) + 1,
    status: 'open',
    ...shown,
    payload: record?.payload ?? arrival.payload,
    identity: record?.identity ?? arrival.identity,
    origin: record?.origin ?? arrival.origin,
    deadLetterQueue: record?.deadLetterQueue ?? arrival.deadLetterQueue,
    count: (record?.count ?? 0) + 1,
    attempts: attempts.slice(-attemptsKept),
    firstSeen: earliest(record?.firstSeen, arrival.at),
    lastSeen: latest(record?.lastSeen, arrival.at),
    history: record?.history ?? [],
  }
}

export type RedriveRefusal = { readonly refused: 'already-redriven' | 'no-origin'; readonly detail: string }

/**
 * The record with the intent to send it back. An intent that is still open is taken over as it is: whoever wrote it
 * died before the message went out, or before writing that it did, and sending the same id twice is harmless because
 * the consumer's inbox answers the second from its record.
 */
export const beginRedrive = (
  record: DeskRecord,
  act: { actId: string; by: string; reason: string; at: string },
): DeskRecord | RedriveRefusal => {
  if (record.origin === null)
    return {
      refused: 'no-origin',
      detail: `${record.recordId} did not come from a queue (it was found in ${record.deadLetterQueue}), so there is nowhere to send it back to.`,
    }
  if (record.status === 'redriven')
    return {
      refused: 'already-redriven',
      detail: `${record.recordId} was sent back at ${record.history.at(-1)?.completedAt} and has not failed since.`,
    }
  if (record.status === 'redriving') return record
  const intent: Act = { ...act, act: 'redrive' }
  return {
    ...record,
    version: record.version + 1,
    status: 'redriving',
    history: [...record.history, intent].slice(-actsKept),
  }
}

/**
 * The record once its message is on its queue again. When it failed anew in between, it stays open and only the act
 * is completed.
 */
export const completeRedrive = (record: DeskRecord, at: string): DeskRecord => ({
  ...record,
  version: record.version + 1,
  status: record.status === 'redriving' ? 'redriven' : record.status,
  history: record.history.map((act) => (act.completedAt ? act : { ...act, completedAt: at })),
})

/** The text that goes back to the queue: exactly what came. */
export const textOf = (payload: Payload): string =>
  payload.kind === 'envelope' ? payload.text : Buffer.from(payload.base64, 'base64').toString('utf8')

const attemptOf = ({ arrivalId, at, receives, failure }: Arrival): Attempt => ({
  arrivalId,
  at,
  receives,
  class: failure.class,
  code: failure.code,
  message: failure.message,
})

const byTime = (a: Attempt, b: Attempt) => a.at.localeCompare(b.at) || a.arrivalId.localeCompare(b.arrivalId)
const earliest = (a: string | undefined, b: string) => (a !== undefined && a < b ? a : b)
const latest = (a: string | undefined, b: string) => (a !== undefined && a > b ? a : b)

/** Lower-case base 32 without padding; ids are read aloud and double-clicked. */
const digest = (text: string): string => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bits = [...createHash('sha256').update(text).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}
