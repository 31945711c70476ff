import type { Message } from '../events/envelope.ts'
import type { Reason } from '../events/vocabulary.ts'
import type { CommandKey, CommandRecords, Found } from './command-records.ts'
import { PermanentError, PostponedError, TransientError } from './errors.ts'
import { type Guard, type Heard, type Pass, type Turn, unguarded } from './guard.ts'
import type {
  Answer,
  CommandRecord,
  Evidence,
  KeyMemory,
  OpenState,
  Outcome,
  PartnerDecision,
  Plan,
  RecordState,
  Terms,
} from './participant.ts'
import { type Clock, fromIso, type Millis } from './time.ts'

/** What came of asking a partner: its answer, or that none is known. Unknown is not a refusal and is never recorded. */
export type Asked<T> =
  | {
      readonly known: true
      readonly answer: T
      /** How long the partner itself took; absent where nobody measured. */
      readonly took?: Millis
    }
  | {
      readonly known: false
      readonly because: string
      /** The partner never heard of it, so that it says nothing of the partner. */
      readonly unasked?: true
    }

/**
 * A partner as one participant sees it. Every call states the key that makes its repetition harmless and may take
 * `within` milliseconds at most. A TransientError is the same as an unknown answer; a PermanentError goes to the desk.
 */
export type Partner<Intent, Result> = KeyMemory & {
  readonly name: string
  readonly call: (intent: Intent, key: string, within: Millis) => Promise<Asked<Outcome<Result>>>
  /** Looks the call up by its reference; `undefined` when the partner knows nothing. Absent: it cannot be asked. */
  readonly find?: (intent: Intent, reference: string, within: Millis) => Promise<Asked<Outcome<Result> | undefined>>
  /**
   * Absent for a pivot, which nothing reverses. `kept` is a definite answer, too: why the partner will not take it back
   * now. It must not answer so under this key for ever.
   */
  readonly reverse?: (
    intent: Intent,
    result: Result,
    key: string,
    within: Millis,
  ) => Promise<Asked<{ readonly kept: Reason } | undefined>>
}

export type Part<Intent, Result> = {
  readonly column: (
    record: CommandRecord<Intent, Result>,
    terms: Terms,
    seen: Evidence<Intent, Result>,
    memory: KeyMemory & { findsByReference: boolean },
  ) => PartnerDecision<Intent, Result>
  readonly key: CommandKey
  readonly message: Message
  readonly terms: Omit<Terms, 'now'>
  readonly plan?: () => Plan<Intent> | Promise<Plan<Intent>>
  readonly records: Pick<CommandRecords<Intent, Result>, 'load' | 'commit' | 'list' | 'park'>
  readonly partner: Partner<Intent, Result>
  /** Who stands before the partner that an intent is for; absent: everybody may call. */
  readonly guard?: (intent: Intent) => Guard
  readonly clock: Clock
  /** What is left of this invocation. */
  readonly remainingMs: () => Millis
  /** `none` when the message is probably the first of its command, which saves the read; absent: load it. */
  readonly presume?: 'none'
}

/** An answer, and whether an earlier run had given it. */
export type Given<Result> = Answer<Result> & { readonly repeated?: true }

/** The id of the command that an undo undoes: all that a compensation works from. */
export const undoneIdOf = ({ id, type, undoes }: Message): string => {
  if (undoes !== undefined) return undoes
  throw new PermanentError('undoes-nothing', `${id} is a ${type} that does not say which command it undoes.`)
}

/** What the columns need to know of a message. */
export const termsOf = (message: Message, commandId: string, horizon: Millis): Omit<Terms, 'now'> => ({
  commandId,
  ...(message.deadline === undefined ? {} : { deadline: fromIso(message.deadline) }),
  firstSent: fromIso(message.firstsent ?? message.time),
  horizon,
})

/** For callers that no invocation is waiting for. */
export const unhurried = (): Millis => Number.POSITIVE_INFINITY

/** Kept back from a partner's call for the commit and the reply that follow it. */
const settlingTakes: Millis = 250
/** A call that could not last this long is not worth starting. */
const shortestCall: Millis = 100
/** Every act moves the record on or learns something, and at most two others compete for it. */
const mostActs = 20

/**
 * Plays one column of the protocol to its end: acts as the pure column decides, feeds back what came of it, returns the
 * answer to send. Dying between any two acts is harmless, since each act is repeated from the record. The first message of
 * an intent is on its queue for as long as nobody has seen to it; a run that meets an intent which another left open lists
 * it, so that it is brought to its end even if every message about it were lost.
 *
 * The answer says `repeated` when it stood in the record already and this run did nothing.
 *
 * Throws TransientError when the partner's answer is not known (nothing is recorded and the message comes again),
 * PostponedError when the partner's guard lets no call through (the message is put back, and its deadline still counts:
 * nothing is committed before there is leave to call), and PermanentError when only a person can go on.
 *
 * @example
 * const answer = await takePart({ column: partnerCommand, plan: () => planAuthorisation(command), ...ports })
 */
export const takePart = async <Intent, Result>(part: Part<Intent, Result>): Promise<Given<Result>> => {
  const door = doorOf(part)
  try {
    return await play(part, door)
  } finally {
    await door.leave()
  }
}

const play = async <Intent, Result>(part: Part<Intent, Result>, door: Door<Intent>): Promise<Given<Result>> => {
  const { column, key, message, records, partner, clock } = part
  const memory = {
    remembers: partner.remembers,
    callTakes: partner.callTakes,
    findsByReference: partner.find !== undefined,
  }
  let record: Found<Intent, Result> = part.presume ? { state: part.presume } : await records.load(key)
  let presumed = part.presume !== undefined
  let seen: Evidence<Intent, Result> = {}
  let repeated = true
  /** What an earlier run left open is listed before its partner is asked again: nobody else may know of it any more. */
  const ask: Door<Intent>['ask'] = async (intent, call) => {
    if (repeated && isOpen(record) && record.openSince === undefined) {
      const now = clock()
      await records.list(key, record.state, { message, now })
      record = { ...record, openSince: now }
    }
    return door.ask(intent, call)
  }
  for (let act = 0; act < mostActs; act++) {
    const decision = column(record, { ...part.terms, now: clock() }, seen, memory)
    switch (decision.do) {
      case 'reply':
        // Whoever asked decides what becomes of it: until then it is nobody's to repeat.
        if (decision.answer.says === 'undo-refused') await records.park(key)
        return repeated ? { ...decision.answer, repeated } : decision.answer
      case 'give-up':
        if (presumed) {
          // Beyond the horizon the absence of a record means something, so it has to be looked for.
          presumed = false
          record = await records.load(key)
          break
        }
        if (isOpen(record)) await records.park(key)
        throw new PermanentError(decision.code, decision.message)
      case 'plan':
        if (!part.plan) throw new Error(`${message.id}: only a command has a plan, and this is none.`)
        seen = { ...seen, plan: await part.plan() }
        break
      case 'commit': {
        // Leave to call comes first: an open intent never expires, so there must be none of a call that nobody may make.
        const wait = decision.next.state === 'intent' ? await door.enter(decision.next.intent, 'first') : undefined
        if (wait) {
          // Behind the presumption there may be an answer, which is given however things stand with the partner.
          record = presumed ? await records.load(key) : record
          presumed = false
          if (record.state === 'none') throw postponed(part, wait, part.terms.deadline)
          break
        }
        const found = await records.commit(key, decision.from, decision.next, clock())
        if (found) {
          // Somebody had opened it before: what follows is a repetition, and has to be let in as one.
          await door.leave()
        } else {
          repeated = false
          door.opened()
        }
        record = found ?? decision.next
        break
      }
      case 'call': {
        const { intent } = decision
        const outcome = await ask(intent, (within) => partner.call(intent, key.commandId, within))
        seen = { ...seen, outcome }
        break
      }
      case 'find': {
        const { intent } = decision
        const outcome = await ask(intent, (within) => partner.find!(intent, key.commandId, within))
        seen = outcome ? { ...seen, outcome } : { ...seen, notFound: true }
        break
      }
      case 'reverse': {
        const { intent, result } = decision
        const reverse = partner.reverse
        if (!reverse) throw new Error(`${message.id}: ${partner.name} offers nothing that reverses it.`)
        const kept = await ask(intent, (within) => reverse(intent, result, `${key.commandId}/reverse`, within))
        seen = { ...seen, ...(kept ?? { reversed: true }) }
        break
      }
    }
  }
  throw new TransientError(`${message.id} found its record changed ${mostActs} times; it will be tried again.`)
}

const isOpen = <R extends { readonly state: RecordState }>(record: R): record is Extract<R, { state: OpenState }> =>
  record.state === 'intent' || record.state === 'undo-intent'

type Wait = Extract<Pass, { may: 'wait' }>

/** The way to a partner past its guard, for one call at a time. */
type Door<Intent> = {
  /** Takes leave to call, or says when to come back. */
  readonly enter: (intent: Intent, turn: Turn) => Promise<Wait | undefined>
  /** The record is this run's own: what it asks for has not been asked before. */
  readonly opened: () => void
  /** Calls with the leave that is held, or takes one first; tells the guard what came of it. */
  readonly ask: <T>(intent: Intent, call: (within: Millis) => Promise<Asked<T>>) => Promise<T>
  /** Gives back leave that was not used. */
  readonly leave: () => Promise<void>
}

const doorOf = <Intent, Result>(part: Part<Intent, Result>): Door<Intent> => {
  const { clock, guard = () => unguarded } = part
  let held: Exclude<Pass, Wait> | undefined
  let turn: Turn = 'repeated'
  const enter = async (intent: Intent, as: Turn) => {
    if (held) return undefined
    const pass = await guard(intent).enter(as)
    if (pass.may === 'wait') return pass
    held = pass
    return undefined
  }
  const leave = async (what: Heard = 'unused') => {
    const pass = held
    held = undefined
    await pass?.heard(what)
  }
  return {
    enter,
    opened: () => {
      if (turn === 'repeated') turn = 'first'
    },
    leave: () => leave(),
    ask: async (intent, call) => {
      const wait = await enter(intent, turn)
      if (wait) throw postponed(part, wait)
      turn = 'further'
      const within = timeFor(part)
      const began = clock()
      let what: Heard = 'unused'
      try {
        const asked = await call(within).catch(unknownOf)
        if (asked.known) what = { answered: true, took: asked.took ?? clock() - began }
        else if (!asked.unasked) what = { answered: false, took: clock() - began }
        return known(part, asked)
      } catch (error) {
        // What only a person can settle was an answer; what may succeed later was none.
        if (error instanceof PermanentError) what = { answered: true, took: clock() - began }
        throw error
      } finally {
        await leave(what)
      }
    },
  }
}

/** Not before `wait`, but in time to say that it came too late. */
const postponed = <Intent, Result>(
  { message, partner }: Part<Intent, Result>,
  { until, because }: Wait,
  deadline = Number.POSITIVE_INFINITY,
) =>
  new PostponedError(
    Math.min(until, deadline + 1),
    `${message.id} was not asked of ${partner.name}: ${because}; it is put back.`,
  )

const timeFor = <Intent, Result>({ partner, remainingMs, message }: Part<Intent, Result>): Millis => {
  const within = Math.min(partner.callTakes, remainingMs() - settlingTakes)
  if (within >= shortestCall) return within
  throw new TransientError(`${message.id}: too little time is left to call ${partner.name}; it will be tried again.`)
}

/** An adapter may say in either way that it does not know. */
const unknownOf = (error: unknown): Asked<never> => {
  if (error instanceof TransientError) return { known: false, because: error.message }
  throw error
}

const known = <T>(
  { partner, message }: { partner: { readonly name: string }; message: Message },
  asked: Asked<T>,
): T => {
  if (asked.known) return asked.answer
  throw new TransientError(`${partner.name} left ${message.id} without a definite answer: ${asked.because}.`)
}
