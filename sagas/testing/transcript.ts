import type { AnyContract, AnyDraft, DataOf } from '../../events/contract.ts'
import { answer as answered, type Message } from '../../events/envelope.ts'
import { type EpochMs, iso, type Millis } from '../../reactive/time.ts'
import { type Timing, timings } from '../../reactive/timing.ts'
import { addresser } from '../engine/address.ts'
import type { Definition } from '../engine/definition.ts'
import { sagaIdOf } from '../engine/ids.ts'
import { outstanding } from '../engine/outstanding.ts'
import type { Directive, Outcome, SagaInput, SagaState } from '../engine/state.ts'
import { transition, type Verdict } from '../engine/transition.ts'

type Transcript = {
  /** What the saga is about, where it is not its start that comes first. */
  about(subject: string): Transcript
  /** The event that starts the saga, or the command by which another one calls it. */
  given(started: AnyDraft): Transcript
  /** The saga asks exactly this, and nothing else, now. `data` is compared with the fields given. */
  sends<C extends AnyContract>(contract: C, data?: Partial<DataOf<C>>): Transcript
  /** Nothing new is asked. */
  sendsNothing(): Transcript
  /** The answer to what was asked last: one of those that its step, or the end, declares; every other fails. */
  replies(reply: AnyDraft): Transcript
  /** A reply that comes again, or late: to the command of that contract that was asked last. */
  hears(reply: AnyDraft, to: AnyContract): Transcript
  /** Somebody asks to cancel. */
  cancelled(): Transcript
  /** Somebody says what a signal step waits to hear, or will wait for. */
  signals(word: AnyDraft): Transcript
  /** An operator acts. One id stands for one act. */
  directed(act: Pick<Directive, 'verb'> & Partial<Directive>): Transcript
  /** The act does not fit the state that the saga is in; `says` is part of why. */
  declines(act: Pick<Directive, 'verb'> & Partial<Directive>, says: string): Transcript
  /** Time passes, and the timer fires if it is due. `congested`: the queues have fallen behind meanwhile. */
  after(span: Millis, terms?: { readonly congested: true }): Transcript
  /** The saga has ended so. */
  ends(outcome: Outcome, because?: { readonly because: string }): void
  /** The state as it is now, for an assertion that the transcript has no word for. */
  readonly state: SagaState | undefined
}

/**
 * A saga's test as a transcript of what is said. Runs the production transition; no clock, no network.
 *
 * Throws, with the transcript so far, on the first line that is not what the saga does.
 *
 * @example
 * transcript(fulfilOrder)
 *   .given(OrderPlaced(anOrder))
 *   .sends(ReserveStock).replies(StockRefused({ orderId, reason }))
 *   .sends(RejectOrder).replies(RejectionRecorded({ orderId }))
 *   .ends('undone', { because: 'out of stock' })
 */
export const transcript = (definition: Definition, timing: Timing = timings.standard): Transcript => {
  const address = addresser([definition])
  const lines: string[] = []
  const everAsked = new Map<string, Message>()
  let state: SagaState | undefined
  let now: EpochMs = Date.UTC(2026, 0, 1)
  let waiting: Message[] = []
  let last: Message | undefined
  let subject = 'subject'

  const fail = (what: string): never => {
    throw new Error(`${what}\n\nThe transcript so far:\n${lines.map((line) => `  ${line}`).join('\n')}`)
  }

  const open = () => (state ? outstanding(definition, state, now, timing).map(({ message }) => message) : [])

  const judge = (input: SagaInput): Verdict => {
    const sagaId = sagaIdOf(definition.name, subject)
    return transition(definition, state, input, { sagaId, subject, correlationId: subject }, now, timing)
  }

  const say = (input: SagaInput, line: string) => {
    lines.push(line)
    const before = new Set(open().map(({ id }) => id))
    const verdict = judge(input)
    if (verdict.is === 'parked') fail(`The saga parked it: ${verdict.message}`)
    if (verdict.is === 'turned-away') fail(`The saga turned its caller away: ${verdict.because.message}`)
    if (verdict.is === 'applied' || verdict.is === 'postponed') state = verdict.state
    const asksAgain = (input.kind === 'wake' || input.kind === 'act') && verdict.is === 'applied'
    waiting = verdict.is === 'postponed' ? [] : open().filter(({ id }) => asksAgain || !before.has(id))
    for (const message of waiting) everAsked.set(message.type, message)
  }

  const directive = (act: Pick<Directive, 'verb'> & Partial<Directive>): Directive => ({
    id: `act-${lines.length}`,
    by: 'operator',
    reason: 'It has to be.',
    ...act,
  })

  /** As the coordinator reads it: what it would park as no answer to what was asked is none here either. */
  const answer = (reply: AnyDraft, command: Message) => {
    const { contract, data } = reply
    const read = address({ message: answered(reply, command, '/transcript', iso(now)), contract }, 0)
    if (read instanceof Error) return fail(`${contract.contractName} is no answer: ${read.message}`)
    say(read.input, `${contract.contractName} ${JSON.stringify(data)}`)
  }

  const script: Transcript = {
    about(it) {
      subject = it
      return script
    },
    given({ contract, data }) {
      const called = definition.call?.by === contract
      if (!called && definition.startedBy !== contract)
        return fail(`${definition.name} is not started by ${contract.contractName}.`)
      subject = called ? definition.call!.subjectOf(data) : definition.subjectOf(data)
      say(
        { kind: 'start', data, ...(called ? { caller: 'parent:it/step/do/1' } : {}) },
        `given ${contract.contractName}`,
      )
      return script
    },
    sends(contract, data = {}) {
      last = waiting.find(({ type }) => type === contract.type)
      if (!last)
        return fail(
          `Expected ${contract.contractName}, but the saga sent ${waiting.map(({ type }) => type).join(', ') || 'nothing'}.`,
        )
      const said = last.data as Record<string, unknown>
      for (const [field, value] of Object.entries(data)) {
        if (JSON.stringify(said[field]) !== JSON.stringify(value)) {
          return fail(
            `Expected ${contract.contractName}.${field} to be ${JSON.stringify(value)}, but it is ${JSON.stringify(said[field])}.`,
          )
        }
      }
      lines.push(`    → ${last.id}`)
      waiting = waiting.filter((message) => message !== last)
      return script
    },
    sendsNothing() {
      if (waiting.length > 0) fail(`Expected silence, but the saga sent ${waiting.map(({ type }) => type).join(', ')}.`)
      return script
    },
    replies(reply) {
      answer(reply, last ?? fail('Nothing was asked yet.'))
      return script
    },
    hears(reply, to) {
      answer(reply, everAsked.get(to.type) ?? fail(`${to.contractName} was never asked.`))
      return script
    },
    cancelled() {
      say({ kind: 'cancel' }, 'cancelled')
      return script
    },
    signals({ contract, data }) {
      const step = definition.steps.find((step) => step.kind === 'signal' && step.on === contract)
      if (!step) return fail(`No step waits for ${contract.contractName}.`)
      say({ kind: 'signal', step: step.name, data }, `signal ${contract.contractName} ${JSON.stringify(data)}`)
      return script
    },
    directed(act) {
      say({ kind: 'act', act: directive(act) }, `an operator says ${act.verb} ${act.step ?? ''}`)
      return script
    },
    declines(act, says) {
      lines.push(`an operator says ${act.verb} ${act.step ?? ''}`)
      const verdict = judge({ kind: 'act', act: directive(act) })
      if (verdict.is !== 'parked') return fail(`The saga did not decline it; it was ${verdict.is}.`)
      if (!verdict.message.includes(says)) return fail(`It was declined because "${verdict.message}", not "${says}".`)
      return script
    },
    after(span, terms) {
      now += span
      lines.push(`after ${span / 1_000} s`)
      if (state?.phase === 'running' && state.wake.at <= now)
        say({ kind: 'wake', number: state.wake.number, ...terms }, 'the timer fires')
      return script
    },
    ends(outcome, because) {
      if (waiting.length > 0) fail(`The saga still asks for ${waiting.map(({ type }) => type).join(', ')}.`)
      if (state?.phase !== 'ended') return fail(`The saga has not ended; it is ${JSON.stringify(state)}.`)
      if (state.outcome !== outcome) fail(`The saga ended ${state.outcome}, not ${outcome}.`)
      if (because && state.because?.message !== because.because)
        fail(`It ended because "${state.because?.message}", not "${because.because}".`)
    },
    get state() {
      return state
    },
  }
  return script
}
