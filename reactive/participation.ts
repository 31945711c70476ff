import type { Message } from '../events/envelope.ts'
import type { Reason } from '../events/vocabulary.ts'
import type { CommandKey, CommandRecords } from './command-records.ts'
import { PermanentError, TransientError } from './errors.ts'
import type {
  Answer,
  CommandRecord,
  Evidence,
  KeyMemory,
  Outcome,
  PartnerDecision,
  Plan,
  Terms,
} from './participant.ts'
import { type Clock, fromIso, type Millis } from './time.ts'

/** What came of asking a partner: its answer, or that none is known. Unknown is not a refusal and is never recorded. */
export type Asked<T> =
  | { readonly known: true; readonly answer: T }
  | { readonly known: false; readonly because: string }

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
  readonly records: Pick<CommandRecords<Intent, Result>, 'load' | 'commit' | 'park'>
  readonly partner: Partner<Intent, Result>
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
 * answer to send. Dying between any two acts is harmless, since each act is repeated from the record.
 *
 * The answer says `repeated` when it stood in the record already and this run did nothing.
 *
 * Throws TransientError when the partner's answer is not known (nothing is recorded and the message comes again), and
 * PermanentError when only a person can go on.
 *
 * @example
 * const answer = await takePart({ column: partnerCommand, plan: () => planAuthorisation(command), ...ports })
 */
export const takePart = async <Intent, Result>(part: Part<Intent, Result>): Promise<Given<Result>> => {
  const { column, key, message, records, partner, clock } = part
  const memory = {
    remembers: partner.remembers,
    callTakes: partner.callTakes,
    findsByReference: partner.find !== undefined,
  }
  let record: CommandRecord<Intent, Result> = part.presume ? { state: part.presume } : await records.load(key)
  let presumed = part.presume !== undefined
  let seen: Evidence<Intent, Result> = {}
  let repeated = true
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
        if (record.state === 'intent' || record.state === 'undo-intent') await records.park(key)
        throw new PermanentError(decision.code, decision.message)
      case 'plan':
        if (!part.plan) throw new Error(`${message.id}: only a command has a plan, and this is none.`)
        seen = { ...seen, plan: await part.plan() }
        break
      case 'commit': {
        const found = await records.commit(key, decision.from, decision.next, { message, now: clock() })
        if (!found) repeated = false
        record = found ?? decision.next
        break
      }
      case 'call':
        seen = {
          ...seen,
          outcome: known(part, await partner.call(decision.intent, key.commandId, timeFor(part))),
        }
        break
      case 'find': {
        const outcome = known(part, await partner.find!(decision.intent, key.commandId, timeFor(part)))
        seen = outcome ? { ...seen, outcome } : { ...seen, notFound: true }
        break
      }
      case 'reverse': {
        if (!partner.reverse) throw new Error(`${message.id}: ${partner.name} offers nothing that reverses it.`)
        const { intent, result } = decision
        const kept = known(part, await partner.reverse(intent, result, `${key.commandId}/reverse`, timeFor(part)))
        seen = { ...seen, ...(kept ?? { reversed: true }) }
        break
      }
    }
  }
  throw new TransientError(`${message.id} found its record changed ${mostActs} times; it will be tried again.`)
}

const timeFor = <Intent, Result>({ partner, remainingMs, message }: Part<Intent, Result>): Millis => {
  const within = Math.min(partner.callTakes, remainingMs() - settlingTakes)
  if (within >= shortestCall) return within
  throw new TransientError(`${message.id}: too little time is left to call ${partner.name}; it will be tried again.`)
}

const known = <T>(
  { partner, message }: { partner: { readonly name: string }; message: Message },
  asked: Asked<T>,
): T => {
  if (asked.known) return asked.answer
  throw new TransientError(`${partner.name} left ${message.id} without a definite answer: ${asked.because}.`)
}
