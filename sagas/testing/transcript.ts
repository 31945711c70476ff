import type { AnyContract, AnyDraft, DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import { type Timing, timings } from '../../reactive/timing.ts'
import type { Definition } from '../engine/definition.ts'
import { asked, sagaIdOf } from '../engine/ids.ts'
import { outstanding } from '../engine/outstanding.ts'
import type { SagaInput, SagaState } from '../engine/state.ts'
import { transition } from '../engine/transition.ts'

type Transcript = {
  /** The event that starts the saga. */
  given(started: AnyDraft): Transcript
  /** The saga asks exactly this, and nothing else, now. `data` is compared with the fields given. */
  sends<C extends AnyContract>(contract: C, data?: Partial<DataOf<C>>): Transcript
  /** Nothing new is asked. */
  sendsNothing(): Transcript
  /** The answer to what was asked last. */
  replies(reply: AnyDraft): Transcript
  /** A reply that comes again, or late: to the command of that contract that was asked last. */
  hears(reply: AnyDraft, to: AnyContract): Transcript
  /** Somebody asks to cancel. */
  cancelled(): Transcript
  /** Time passes, and the timer fires if it is due. */
  after(span: Millis): Transcript
  /** The saga has ended so. */
  ends(outcome: 'done' | 'undone', because?: { readonly because: string }): void
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

  const say = (input: SagaInput, line: string) => {
    lines.push(line)
    const sagaId = sagaIdOf(definition.name, subject)
    const before = new Set(state ? outstanding(definition, state, now, timing).map(({ id }) => id) : [])
    const verdict = transition(definition, state, input, { sagaId, subject, correlationId: subject }, now, timing)
    if (verdict.is === 'parked') fail(`The saga parked it: ${verdict.message}`)
    if (verdict.is === 'applied') state = verdict.state
    const now_ = state ? outstanding(definition, state, now, timing) : []
    const asksAgain = input.kind === 'wake' && verdict.is === 'applied'
    waiting = now_.filter(({ id }) => asksAgain || !before.has(id))
    for (const message of waiting) everAsked.set(message.type, message)
  }

  const answer = (reply: AnyDraft, command: Message) => {
    const { contract, data } = reply
    const question = asked(command.id)
    if (!question) return fail(`${command.id} is no command of a saga.`)
    const line = `${contract.contractName} ${JSON.stringify(data)}`
    if ('end' in question) return say({ kind: 'ended', command: question.end }, line)
    const { step, attempt, direction } = question
    const refused = definition.steps.find(({ name }) => name === step)?.refused === contract
    say({ kind: direction === 'undo' ? 'undone' : refused ? 'refused' : 'done', step, attempt, data }, line)
  }

  const script: Transcript = {
    given(started) {
      subject = definition.subjectOf(started.data)
      say({ kind: 'start', data: started.data }, `given ${started.contract.contractName}`)
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
    after(span) {
      now += span
      lines.push(`after ${span / 1_000} s`)
      if (state?.phase === 'running' && state.wake.at <= now)
        say({ kind: 'wake', number: state.wake.number }, 'the timer fires')
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
