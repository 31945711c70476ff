import type { Operation } from 'rfc6902'
import type { Failure as Note } from '../../reactive/failure.ts'
import { digest } from './digest.ts'
import { fingerprintOf } from './fingerprint.ts'

/**
 * - `open`: waits for somebody
 * - `redriving`: it is to go back, and the desk has not yet written down that it was sent
 * - `redriven`: it is back where it came from, and nobody has said yet what became of it
 * - `handled`: its consumer has said that it handled it
 * - `discarded`: somebody decided that it is never to be handled
 *
 * `redriving` and `redriven` are leases: what nobody completes or reports in time is open again.
 */
export const statuses = ['open', 'redriving', 'redriven', 'handled', 'discarded'] as const
export type Status = (typeof statuses)[number]

/** Why a message could not be handled; `reactive/failure.ts` says what the classes mean. `code` is for machines. */
export type Failure = Pick<Note, 'class' | 'code' | 'message' | 'stack'>

/**
 * The message as it arrived: an envelope's text byte for byte, or what is not an envelope as base64. What is too large
 * for an item is `kept` in the desk's bucket under that key; what was erased is gone.
 */
export type Payload =
  | { readonly kind: 'envelope'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'envelope' | 'bytes'; readonly kept: string; readonly bytes: number }
  | { readonly kind: 'erased' }

/** What the envelope says of itself, so that lists need not parse it again. */
export type Identity = {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly correlationId: string
  /** The saga that sent the message or waits for it. */
  readonly sagaId?: string
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
  /** Who gave up. */
  readonly consumer: string | null
  /** Which code of the consumer that was. */
  readonly build: string | null
  /** How often the consumer had received it. */
  readonly receives: number | null
  /** When its queue first had it, and when a consumer first received it. */
  readonly sent: string | null
  readonly firstReceived: string | null
  readonly failure: Failure
  readonly payload: Payload
  readonly identity: Identity | null
}

/** An arrival as the record remembers it. */
export type Attempt = Pick<Arrival, 'arrivalId' | 'at' | 'receives' | 'build' | 'sent' | 'firstReceived'> &
  Pick<Failure, 'class' | 'code' | 'message'>

/** What became of a redrive: its consumer handled the message, it came back, or nobody said anything in time. */
export type Outcome = 'handled' | 'failed' | 'unobserved'

/** What somebody did, with who and why. Intent and completion are two commits: the message goes out between them. */
export type Act = {
  readonly actId: string
  readonly act: 'redrive' | 'edit' | 'discard' | 'view' | 'import'
  readonly by: string
  readonly reason: string
  readonly at: string
  /** When its effect was there: of a redrive, when the message had been handed to its queue. */
  readonly completedAt?: string
  readonly outcome?: Outcome
  readonly outcomeAt?: string
  /** The staged redrive that it was a part of. */
  readonly plan?: string
  /** Of an edit: what was changed, as RFC 6902 says it; absent where that was too long, or too long ago. */
  readonly patch?: readonly Operation[]
  /** Of a discard: whether the message itself was erased, and what the saga that waits for it is told. */
  readonly erase?: boolean
  readonly answer?: 'refused' | 'none'
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
  /** What came, when somebody has edited it since. */
  readonly original?: Payload
  /** What it was edited to between the two, as far as it is kept outside the record: it goes when the message goes. */
  readonly earlier?: readonly Payload[]
  readonly identity: Identity | null
  readonly origin: string | null
  readonly deadLetterQueue: string
  readonly consumer: string | null
  readonly build: string | null
  /** Failures so far; `attempts` keeps the newest of them, `arrivals` the ids of more. */
  readonly count: number
  readonly attempts: readonly Attempt[]
  readonly arrivals: readonly string[]
  readonly firstSeen: string
  readonly lastSeen: string
  readonly history: readonly Act[]
  /** Acts that the history had no room for any more; the log has them. */
  readonly forgotten?: number
  /** Until when `redriving` or `redriven` is believed. ISO 8601. */
  readonly leaseUntil?: string
}

/** Attempts that a record remembers one by one, and the ids that it remembers besides, so that a copy counts once. */
export const attemptsKept = 20
export const arrivalsKept = 200
const longestAttempt = 500

/**
 * The id of the record of a message: the same for every failure of one message on one queue, so that duplicates,
 * crashes of the intake and failures after a redrive all meet the same record.
 */
export const recordIdOf = ({ origin, deadLetterQueue, identity, payload }: Arrival): string => {
  const what = identity?.id ?? digest(contentOf(payload))
  return recordIdFor(origin ?? deadLetterQueue, what)
}

/** The id of the record of a message that failed on a queue, from the queue's name and the message's id. */
export const recordIdFor = (queue: string, messageId: string): string =>
  `f_${digest(`${queue}\n${messageId}`).slice(0, 26)}`

const contentOf = (payload: Payload): string =>
  'text' in payload ? payload.text : 'base64' in payload ? payload.base64 : 'kept' in payload ? payload.kept : ''

/**
 * The record after one more arrival, or the same record when that arrival is already in it.
 *
 * Arrivals commute: in whatever order they are taken in, and however often, the record ends the same. The newest
 * failure is the one that is shown. Any arrival that the record does not know opens it again: a message that came back
 * after a redrive must never look settled, even when the clocks of consumer and desk disagree.
 */
export const takeIn = (
  record: DeskRecord | undefined,
  arrival: Arrival,
  recordId = record?.recordId ?? recordIdOf(arrival),
): DeskRecord => {
  if (record?.arrivals.includes(arrival.arrivalId)) return record
  const attempts = [...(record?.attempts ?? []), attemptOf(arrival)].sort(byTime)
  const isNewest = attempts.at(-1)!.arrivalId === arrival.arrivalId
  const shown =
    record && !isNewest
      ? { failure: record.failure, consumer: record.consumer, build: record.build, fingerprint: record.fingerprint }
      : {
          failure: arrival.failure,
          consumer: arrival.consumer,
          build: arrival.build,
          fingerprint: fingerprintOf(
            arrival.failure,
            arrival.identity?.type ?? null,
            arrival.consumer,
            arrival.payload,
          ),
        }
  const known = record && record.payload.kind !== 'erased' ? record : undefined
  return {
    recordId,
    version: (record?.version ?? 0) + 1,
    status: 'open',
    ...shown,
    payload: known?.payload ?? arrival.payload,
    ...(known?.original ? { original: known.original } : {}),
    ...(known?.earlier ? { earlier: known.earlier } : {}),
    identity: record?.identity ?? arrival.identity,
    origin: record?.origin ?? arrival.origin,
    deadLetterQueue: record?.deadLetterQueue ?? arrival.deadLetterQueue,
    count: (record?.count ?? 0) + 1,
    attempts: attempts.slice(-attemptsKept),
    arrivals: [...(record?.arrivals ?? []), arrival.arrivalId].slice(-arrivalsKept),
    firstSeen: earliest(record?.firstSeen, arrival.at),
    lastSeen: latest(record?.lastSeen, arrival.at),
    history: (record?.history ?? []).map((act) =>
      act.act === 'redrive' && act.outcome === undefined
        ? { ...act, outcome: 'failed' as const, outcomeAt: arrival.at }
        : act,
    ),
    ...(record?.forgotten ? { forgotten: record.forgotten } : {}),
  }
}

const attemptOf = ({ arrivalId, at, receives, build, sent, firstReceived, failure }: Arrival): Attempt => ({
  arrivalId,
  at,
  receives,
  build,
  sent,
  firstReceived,
  class: failure.class,
  code: failure.code,
  message: failure.message.slice(0, longestAttempt),
})

const byTime = (a: Attempt, b: Attempt) => a.at.localeCompare(b.at) || a.arrivalId.localeCompare(b.arrivalId)
const earliest = (a: string | undefined, b: string) => (a !== undefined && a < b ? a : b)
const latest = (a: string | undefined, b: string) => (a !== undefined && a > b ? a : b)
