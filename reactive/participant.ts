import type { Reason } from '../events/vocabulary.ts'
import { type EpochMs, iso, type Millis } from './time.ts'

/**
 * What a participant has on record for one command id. `none` is the absence of a record; every other state is one, and
 * `intent` above all: a call to a partner may be under way, so an open intent never expires.
 */
export type CommandRecord<Intent, Result> =
  | { readonly state: 'none' }
  | { readonly state: 'intent'; readonly intent: Intent; readonly openedAt: EpochMs }
  | { readonly state: 'done'; readonly intent: Intent; readonly result: Result }
  | { readonly state: 'refused'; readonly reason: Reason }
  /** Closed to results. Without a `result` it is not known yet whether there is anything to reverse. */
  | { readonly state: 'undo-intent'; readonly intent: Intent; readonly openedAt: EpochMs; readonly result?: Result }
  | { readonly state: 'undone' }
  | { readonly state: 'tombstone'; readonly because: 'expired' | 'undone' }

export type RecordState = CommandRecord<unknown, unknown>['state']
/** A partner may have been asked, and its answer is not on record. */
export type OpenState = Extract<RecordState, 'intent' | 'undo-intent'>

/** What the asker is told. */
export type Answer<Result> =
  | { readonly says: 'done'; readonly result: Result }
  | { readonly says: 'refused'; readonly reason: Reason }
  | { readonly says: 'undone' }
  /** It stands as it was, and the same undo may be asked again. */
  | { readonly says: 'undo-refused'; readonly reason: Reason }

/** Why a command was refused; a command's column says nothing else when it does not say done. */
export const reasonOf = (answer: Exclude<Answer<unknown>, { says: 'done' }>): Reason =>
  answer.says !== 'undone' ? answer.reason : { code: 'undone', message: 'It has been undone.' }

/** A definite answer of a partner. A timeout, an error or "not found" is none, and has no place here. */
export type Outcome<Result> =
  | { readonly outcome: 'succeeded'; readonly result: Result }
  | { readonly outcome: 'refused'; readonly reason: Reason }

/** What the domain makes of a command before any partner hears of it. */
export type Plan<Intent> =
  | { readonly plan: 'call'; readonly intent: Intent }
  | { readonly plan: 'refuse'; readonly reason: Reason }

/** Of one message: its ids and times. */
export type Terms = {
  /** The command's id; for an undo, the id of the command that it undoes. */
  readonly commandId: string
  readonly now: EpochMs
  /** When the answer stops being of use; absent for what never expires. */
  readonly deadline?: EpochMs
  /** When a message with this id was first sent. */
  readonly firstSent: EpochMs
  /** The deduplication horizon H: before `now` − H the absence of a record proves nothing. */
  readonly horizon: Millis
}

/** What a partner promises about keys: a call is repeated only as long as it is sure to be recognised. */
export type KeyMemory = { readonly remembers: Millis; readonly callTakes: Millis }

/** What this run has learnt so far; it dies with the run, only the record stays. */
export type Evidence<Intent, Result> = {
  readonly plan?: Plan<Intent>
  readonly outcome?: Outcome<Result>
  readonly reversed?: true
  /** Why the partner will not take it back, as it stands now. */
  readonly kept?: Reason
  /** The partner, asked by reference, knows nothing of it. */
  readonly notFound?: true
}

type Reply<Result> = { readonly do: 'reply'; readonly answer: Answer<Result> }
/** Write `next` on condition that the record's state is still `from`; when it is not, decide again on what was found. */
type Commit<Intent, Result> = {
  readonly do: 'commit'
  readonly from: RecordState
  readonly next: Exclude<CommandRecord<Intent, Result>, { state: 'none' }>
}
/** Nothing that a program may do would be right: the message goes to the desk, a person decides. */
type GiveUp = { readonly do: 'give-up'; readonly code: string; readonly message: string }

export type PartnerDecision<Intent, Result> =
  | Reply<Result>
  | Commit<Intent, Result>
  | GiveUp
  | { readonly do: 'plan' }
  /** Call the partner under the key of the command, for the first time or again. */
  | { readonly do: 'call'; readonly intent: Intent }
  | { readonly do: 'find'; readonly intent: Intent }
  | { readonly do: 'reverse'; readonly intent: Intent; readonly result: Result }

export type OwnDecision<Result> =
  | Reply<Result>
  | Commit<never, never>
  | GiveUp
  /** Apply the command together with its record, on condition that there is no record. */
  | { readonly do: 'apply' }
  /** Reverse the effect together with its record, on condition that it is still `done`. */
  | { readonly do: 'reverse'; readonly result: Result }

/** A participant whose effect is in its own tables, so that effect and record are one commit. */
export type OwnRecord<Result> =
  | Extract<CommandRecord<never, never>, { state: 'none' | 'refused' | 'undone' | 'tombstone' }>
  | { readonly state: 'done'; readonly result: Result }

/** Asked by reference after the key's time; a partner that offers none leaves the case to a person. */
type Lookup = { readonly findsByReference: boolean }

/**
 * The command column of a participant with own state only. Total; no clock, no ids, no I/O.
 *
 * The recorded answer comes before the deadline: a command that was done is done however late it is repeated.
 */
export const ownCommand = <Result>(record: OwnRecord<Result>, terms: Terms): OwnDecision<Result> => {
  switch (record.state) {
    case 'none':
      if (beforeHorizon(terms)) return giveUpBeforeHorizon(terms)
      return expired(terms) ? { do: 'commit', from: 'none', next: expiryTombstone } : { do: 'apply' }
    case 'done':
      return reply({ says: 'done', result: record.result })
    case 'refused':
      return reply({ says: 'refused', reason: record.reason })
    case 'tombstone':
    case 'undone':
      return reply({ says: 'refused', reason: lateReason(record) })
  }
}

/** The undo column of a participant with own state only. Compensations never expire. */
export const ownUndo = <Result>(record: OwnRecord<Result>, terms: Terms): OwnDecision<Result> => {
  switch (record.state) {
    case 'none':
      return beforeHorizon(terms) ? giveUpBeforeHorizon(terms) : { do: 'commit', from: 'none', next: undoTombstone }
    case 'done':
      return { do: 'reverse', result: record.result }
    case 'refused':
    case 'tombstone':
    case 'undone':
      return reply({ says: 'undone' })
  }
}

/**
 * The command column of a participant with a partner; also the only column of a pivot. Called again after each act with
 * what it brought, until it says `reply` or `give-up`.
 *
 * - A result is committed only over an open intent. When that commit is lost, the record that was found decides: a
 *   recorded answer is repeated, an undo under way or done makes it a refusal.
 * - A partner that does not answer brings no evidence: nothing is recorded and the message is not acknowledged.
 *
 * @example
 * partnerCommand({ state: 'none' }, terms, {}, memory) // { do: 'plan' }
 */
export const partnerCommand = <Intent, Result>(
  record: CommandRecord<Intent, Result>,
  terms: Terms,
  seen: Evidence<Intent, Result>,
  memory: KeyMemory & Lookup,
): PartnerDecision<Intent, Result> => {
  switch (record.state) {
    case 'none':
      if (beforeHorizon(terms)) return giveUpBeforeHorizon(terms)
      if (expired(terms)) return { do: 'commit', from: 'none', next: expiryTombstone }
      if (!seen.plan) return { do: 'plan' }
      return {
        do: 'commit',
        from: 'none',
        next:
          seen.plan.plan === 'refuse'
            ? { state: 'refused', reason: seen.plan.reason }
            : { state: 'intent', intent: seen.plan.intent, openedAt: terms.now },
      }
    case 'intent':
      if (!seen.outcome) return ask(record, terms, seen, memory)
      return {
        do: 'commit',
        from: 'intent',
        next:
          seen.outcome.outcome === 'succeeded'
            ? { state: 'done', intent: record.intent, result: seen.outcome.result }
            : { state: 'refused', reason: seen.outcome.reason },
      }
    case 'done':
      return reply({ says: 'done', result: record.result })
    case 'refused':
      return reply({ says: 'refused', reason: record.reason })
    case 'undo-intent':
    case 'undone':
    case 'tombstone':
      return reply({ says: 'refused', reason: lateReason(record) })
  }
}

/**
 * The undo column of a participant with a partner. Over an open intent it first closes the record to results, then
 * repeats the original call under the original key until the answer is definite, reverses a success, and only then says
 * undone: a slow request that lands after a blind undo would hold the money for ever.
 *
 * Where the partner will not take it back, that is said but not recorded: the record stays open for the same undo.
 */
export const partnerUndo = <Intent, Result>(
  record: CommandRecord<Intent, Result>,
  terms: Terms,
  seen: Evidence<Intent, Result>,
  memory: KeyMemory & Lookup,
): PartnerDecision<Intent, Result> => {
  switch (record.state) {
    case 'none':
      return beforeHorizon(terms) ? giveUpBeforeHorizon(terms) : { do: 'commit', from: 'none', next: undoTombstone }
    case 'intent':
      return {
        do: 'commit',
        from: 'intent',
        next: { state: 'undo-intent', intent: record.intent, openedAt: record.openedAt },
      }
    case 'done':
      return {
        do: 'commit',
        from: 'done',
        next: { state: 'undo-intent', intent: record.intent, openedAt: terms.now, result: record.result },
      }
    case 'undo-intent': {
      const outcome: Outcome<Result> | undefined =
        record.result === undefined ? seen.outcome : { outcome: 'succeeded', result: record.result }
      if (!outcome) return ask(record, terms, seen, memory)
      if (outcome.outcome === 'refused' || seen.reversed) {
        return { do: 'commit', from: 'undo-intent', next: { state: 'undone' } }
      }
      if (seen.kept) return reply({ says: 'undo-refused', reason: seen.kept })
      return { do: 'reverse', intent: record.intent, result: outcome.result }
    }
    case 'refused':
    case 'undone':
    case 'tombstone':
      return reply({ says: 'undone' })
  }
}

/** Repeats the call while its key is sure to be remembered; afterwards looks it up; otherwise leaves it to a person. */
const ask = <Intent, Result>(
  { intent, openedAt }: { readonly intent: Intent; readonly openedAt: EpochMs },
  { now, commandId }: Terms,
  { notFound }: Evidence<Intent, Result>,
  { remembers, callTakes, findsByReference }: KeyMemory & Lookup,
): PartnerDecision<Intent, Result> => {
  if (now + callTakes < openedAt + remembers) return { do: 'call', intent }
  if (findsByReference && !notFound) return { do: 'find', intent }
  return {
    do: 'give-up',
    code: 'key-forgotten',
    message:
      `The partner call of ${commandId}, opened ${iso(openedAt)}, has no known outcome, and its key is no longer sure to be ` +
      `remembered${notFound ? '; the partner finds nothing under its reference' : ''}. Calling again could do it twice: ` +
      'settle it with the partner by hand.',
  }
}

const reply = <Result>(answer: Answer<Result>): Reply<Result> => ({ do: 'reply', answer })

const expiryTombstone = { state: 'tombstone', because: 'expired' } as const
const undoTombstone = { state: 'tombstone', because: 'undone' } as const

const expired = ({ now, deadline }: Terms): boolean => deadline !== undefined && now > deadline
const beforeHorizon = ({ now, firstSent, horizon }: Terms): boolean => firstSent < now - horizon

const giveUpBeforeHorizon = ({ commandId, firstSent }: Terms): GiveUp => ({
  do: 'give-up',
  code: 'before-horizon',
  message:
    `There is no record of ${commandId}, but it was first sent ${iso(firstSent)}, before the horizon of deduplication: its ` +
    'record may have been forgotten. Find out whether it took effect before you send it anew.',
})

const lateReason = (record: { state: 'undo-intent' | 'undone' } | { state: 'tombstone'; because: string }): Reason =>
  record.state === 'tombstone' && record.because === 'expired'
    ? { code: 'expired', message: 'It could not be done in time.' }
    : { code: 'undone', message: 'It has been undone.' }
