import type { Operation } from 'rfc6902'
import { bytesOf, mostReturned } from './payloads.ts'
import type { Act, DeskRecord, Identity, Outcome, Payload } from './record.ts'

/** Who does something, when and why. `actId` is unique to the request; asking again under it changes nothing. */
export type Doing = Pick<Act, 'actId' | 'by' | 'reason' | 'at' | 'plan'>

export type ActRefusal = {
  readonly refused:
    | 'already-redriven'
    | 'already-handled'
    | 'already-discarded'
    | 'under-way'
    | 'no-origin'
    | 'erased'
    | 'too-large'
    | 'discarding'
  readonly detail: string
}

/** Acts that a record remembers; of older ones it keeps the number, and the log the rest. */
const actsKept = 100
/** An item of the table holds 400 KB, and a record is more than what was edited in it. */
const patchBytesKept = 64 * 1024

/**
 * The record with the intent to send it back. An intent that is still open is taken over as it is: whoever wrote it
 * died before the message went out, or before writing that it did, and sending the same id twice is harmless because
 * the consumer's inbox answers the second from its record. What somebody began to discard does not go back: its saga may
 * believe by now that the work will not be done.
 */
export const beginRedrive = (record: DeskRecord, doing: Doing, leaseUntil: string): DeskRecord | ActRefusal => {
  const { recordId } = record
  if (record.origin === null)
    return {
      refused: 'no-origin',
      detail: `${recordId} did not come from a queue (it was found in ${record.deadLetterQueue}), so there is nowhere to send it back to.`,
    }
  if (record.payload.kind === 'erased') return erased(recordId)
  const last = lastRedrive(record)
  if (record.status === 'redriven')
    return {
      refused: 'already-redriven',
      detail: `${recordId} was sent back at ${last?.completedAt} and has not failed since.`,
    }
  if (record.status === 'handled')
    return { refused: 'already-handled', detail: `${recordId} was handled at ${last?.outcomeAt}, after a redrive.` }
  if (record.status === 'discarded') return discarded(recordId)
  if (record.status === 'redriving') return record
  const begun = openDiscard(record)
  if (begun) return discarding(recordId, begun)
  const bytes = bytesOf(record.payload)
  if (bytes > mostReturned)
    return {
      refused: 'too-large',
      detail: `${recordId} has ${bytes} bytes, and ${record.origin} takes at most ${mostReturned} of what goes back: edit it.`,
    }
  return done({ ...record, status: 'redriving', leaseUntil }, { ...doing, act: 'redrive' })
}

/**
 * The record once its message is on its queue again. When it failed anew, or was handled, before the desk could write
 * that it was sent, it stays what it has become and only the act is completed; so it does when somebody else has
 * completed that act, or a later one is under way: the lease is theirs.
 */
export const completeRedrive = (record: DeskRecord, actId: string, at: string, leaseUntil: string): DeskRecord => {
  const completed: DeskRecord = {
    ...record,
    version: record.version + 1,
    history: record.history.map((act) => (act.actId === actId && !act.completedAt ? { ...act, completedAt: at } : act)),
  }
  return record.status === 'redriving' && lastRedrive(record)?.actId === actId
    ? { ...completed, status: 'redriven', leaseUntil }
    : completed
}

/**
 * The record after its consumer said that it handled what an act sent. It is handled for good, even when another copy
 * failed in between: the work of this id is done, which the consumer's own record shows. News of an act that a later one
 * has followed is written to that act only, and news that is known changes nothing.
 */
export const noteHandled = (record: DeskRecord, actId: string, at: string): DeskRecord => {
  const act = record.history.find((one) => one.actId === actId && one.act === 'redrive')
  if (!act || act.outcome === 'handled') return record
  const told = withOutcome(record, actId, 'handled', at)
  if (lastRedrive(record)?.actId !== actId || record.status === 'discarded') return told
  const { leaseUntil: _, ...settled } = told
  return { ...settled, status: 'handled' }
}

/**
 * The record when its lease is over: what was sent and never heard of again is open again. Nothing is lost by that; at
 * worst the message is sent twice under its id.
 */
export const lapse = (record: DeskRecord, now: string): DeskRecord => {
  if (record.status !== 'redriven' || record.leaseUntil === undefined || record.leaseUntil > now) return record
  const { leaseUntil: _, ...told } = withOutcome(record, lastRedrive(record)!.actId, 'unobserved', now)
  return { ...told, status: 'open' }
}

/** Whether somebody died between the intent to send a record's message back and writing that it was sent. */
export const isStranded = (record: Pick<DeskRecord, 'status' | 'leaseUntil'>, now: string): boolean =>
  record.status === 'redriving' && (record.leaseUntil ?? '') <= now

/** The record with another payload; what came first is kept beside it. */
export const edit = (
  record: DeskRecord,
  doing: Doing & { readonly patch: readonly Operation[] },
  payload: Payload,
  identity: Identity,
): DeskRecord | ActRefusal => {
  if (record.payload.kind === 'erased') return erased(record.recordId)
  const refusal = settledOrUnderWay(record)
  if (refusal) return refusal
  const begun = openDiscard(record)
  if (begun) return discarding(record.recordId, begun)
  const original = record.original ?? record.payload
  const replaced = record.original && 'kept' in record.payload ? [record.payload] : []
  const earlier = [...(record.earlier ?? []), ...replaced]
  const edited = { ...record, payload, identity, original, ...(earlier.length > 0 ? { earlier } : {}) }
  return done(edited, { ...doing, act: 'edit', completedAt: doing.at })
}

/** The record with the intent never to have it handled. A discard that is under way is taken over. */
export const beginDiscard = (
  record: DeskRecord,
  doing: Doing & { readonly erase: boolean; readonly answer: 'refused' | 'none' },
): DeskRecord | ActRefusal => {
  const refusal = settledOrUnderWay(record)
  if (refusal) return refusal
  if (openDiscard(record)) return record
  return done(record, { ...doing, act: 'discard' })
}

/** The record discarded, and its message gone when that was asked for. A message that came back meanwhile stays open. */
export const completeDiscard = (record: DeskRecord, at: string): DeskRecord => {
  const act = openDiscard(record)
  if (!act) return record
  const history = record.history.map((its) => (its.actId === act.actId ? { ...its, completedAt: at } : its))
  const settled: DeskRecord = { ...record, version: record.version + 1, status: 'discarded', history }
  return act.erase ? withoutMessage(settled) : settled
}

/** Nothing is left of what was said in it: not in the message, nor in what consumers quoted, nor in what was edited. */
const withoutMessage = ({ original: _, earlier: __, ...record }: DeskRecord): DeskRecord => ({
  ...record,
  payload: { kind: 'erased' },
  failure: { class: record.failure.class, code: record.failure.code, message: 'erased' },
  attempts: record.attempts.map((attempt) => ({ ...attempt, message: 'erased' })),
  history: record.history.map(({ patch: _patch, ...act }) => act),
})

/** The record after somebody saw what is personal in it. */
export const noteView = (record: DeskRecord, doing: Doing): DeskRecord =>
  done(record, { ...doing, act: 'view', completedAt: doing.at })

/** The discard that somebody began and nobody has completed. */
export const openDiscard = ({ history }: DeskRecord): Act | undefined =>
  history.findLast(({ act, completedAt }) => act === 'discard' && completedAt === undefined)

/** The newest redrive of a record. */
export const lastRedrive = ({ history }: Pick<DeskRecord, 'history'>): Act | undefined =>
  history.findLast(({ act }) => act === 'redrive')

const settledOrUnderWay = ({ recordId, status }: DeskRecord): ActRefusal | undefined => {
  if (status === 'redriving' || status === 'redriven')
    return { refused: 'under-way', detail: `${recordId} is on its way back; wait until it is handled or comes back.` }
  if (status === 'handled') return { refused: 'already-handled', detail: `${recordId} has been handled.` }
  return status === 'discarded' ? discarded(recordId) : undefined
}

const discarded = (recordId: string): ActRefusal => ({
  refused: 'already-discarded',
  detail: `${recordId} was discarded; GET /failed/${recordId} says by whom and why.`,
})

/** Its saga may have been told that it is refused, and what is kept of it may be gone. */
const discarding = (recordId: string, { by, at }: Act): ActRefusal => ({
  refused: 'discarding',
  detail: `${by} began to discard ${recordId} at ${at}, and that is not finished: discard it once more.`,
})

const erased = (recordId: string): ActRefusal => ({
  refused: 'erased',
  detail: `The message of ${recordId} was erased; nothing is left to send.`,
})

const withOutcome = (record: DeskRecord, actId: string, outcome: Outcome, outcomeAt: string): DeskRecord => ({
  ...record,
  version: record.version + 1,
  history: record.history.map((act) => (act.actId === actId ? { ...act, outcome, outcomeAt } : act)),
})

/**
 * The record with one more act. The oldest goes when there is no room, unless something still has to come of it; and of
 * what was edited only so much is kept that the record has room for the next failure.
 */
const done = (record: DeskRecord, act: Act): DeskRecord => {
  const history = [...record.history, act]
  const oldest = history.length > actsKept ? history.findIndex((one) => !isUnfinished(one)) : -1
  const dropped = oldest === -1 ? 0 : 1
  return {
    ...record,
    version: record.version + 1,
    history: withinRoom(history.filter((_, index) => index !== oldest)),
    ...(dropped || record.forgotten ? { forgotten: (record.forgotten ?? 0) + dropped } : {}),
  }
}

const isUnfinished = ({ act, completedAt, outcome }: Act): boolean =>
  act === 'redrive' ? outcome === undefined : completedAt === undefined

/** The newest patches, as far as there is room; an act that has lost its patch still says who, when and why. */
const withinRoom = (history: readonly Act[]): Act[] => {
  let room = patchBytesKept
  return history
    .toReversed()
    .map(({ patch, ...act }) => {
      if (!patch) return act
      room -= Buffer.byteLength(JSON.stringify(patch))
      return room < 0 ? act : { ...act, patch }
    })
    .toReversed()
}
