import type { Reason } from '../../events/vocabulary.ts'
import { hashOf } from '../../reactive/hash.ts'
import { type EpochMs, type Millis, minutes, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { acted, actsWith } from './acts.ts'
import { advance, awaitsAnswer, cancelled, hasWayBack, heard } from './advance.ts'
import { type Definition, isCommand, type Retry, type SignalStep, type Step } from './definition.ts'
import { actKeyOf } from './ids.ts'
import { postponed, quiet, silences, undoFailed } from './silence.ts'
import type { Directive, Early, Occasion, Running, SagaInput, SagaState, StepState, Word } from './state.ts'

/**
 * What an input did to a saga.
 * - `applied`: the state is new and must be committed before anything is sent
 * - `postponed`: only its timers are new; nothing is asked for now
 * - `known`: nothing changed, because it is already so; what is outstanding is sent again all the same
 * - `stale`: a timer that another one has replaced; nothing is owed, unless it comes again and may be what set the other
 * - `early`: the live timer, before its time, since no queue waits as long as some sagas do; it is set again, and no more
 * - `turned-away`: another saga called this instance, which is somebody else's; the caller is told so
 * - `parked`: it fits no state that this saga can be in; a person must look
 */
export type Verdict =
  | { readonly is: 'applied' | 'postponed'; readonly state: SagaState }
  | { readonly is: 'known' }
  | { readonly is: 'stale' }
  | { readonly is: 'early' }
  | { readonly is: 'turned-away'; readonly caller: string; readonly because: Reason }
  | { readonly is: 'parked'; readonly code: string; readonly message: string }

const known: Verdict = { is: 'known' }
const stale: Verdict = { is: 'stale' }
const early: Verdict = { is: 'early' }
const parked = (code: string, message: string): Verdict => ({ is: 'parked', code, message })

const taken: Reason = { code: 'already-under-way', message: 'It is being done, or has been done, already.' }
/** Attempts after a refusal pause for at most this. */
const longestPause: Millis = minutes(1)

/**
 * The saga's state machine: pure and total. It decides nothing by guessing: a step whose answer is missing is *unknown*,
 * and is asked again under the same id or compensated as if it had happened.
 *
 * The machine is the one that was model-checked (see the room's README); each rule that looks odd prevents a loss that
 * the search had found.
 */
export const transition = (
  definition: Definition,
  state: SagaState | undefined,
  input: SagaInput,
  occasion: Occasion,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  switch (state?.phase) {
    case undefined:
      return opening(definition, input, occasion, now, timing)
    case 'early-cancel':
    case 'early-signal':
      return overtaken(definition, state, input, occasion, now, timing)
    case 'running':
      return running(definition, state, input, now, timing)
    case 'ended':
      if (input.kind === 'wake') return stale
      if (input.kind === 'act' && !isNoted(state, input.act))
        return parked('wrong-state', `${state.id} has ended ${state.outcome}; nothing can be done to it any more.`)
      if (input.kind === 'start' && input.caller && input.caller !== state.called?.by) return turnAway(input.caller)
      return known
  }
}

const opening = (
  definition: Definition,
  input: SagaInput,
  occasion: Occasion,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  switch (input.kind) {
    case 'start':
      return applied(definition, start(definition, input, occasion, now, timing), now, timing)
    case 'cancel':
      return { is: 'applied', state: { ...identity(definition, occasion), phase: 'early-cancel', heard: {} } }
    case 'signal': {
      const step = signalStep(definition, input.step)
      if (!step) return unknownStep(occasion.sagaId, input.step)
      const heard = { [step.name]: wordOf(step, input.data) }
      return { is: 'applied', state: { ...identity(definition, occasion), phase: 'early-signal', heard } }
    }
    case 'wake':
      return stale
    case 'act':
      return parked('unknown-saga', `${occasion.sagaId} was never started here; look for its id with saga list.`)
    default:
      return parked('unknown-saga', `A reply came for ${occasion.sagaId}, which was never started here.`)
  }
}

/** Somebody was quicker than the event that starts the saga. */
const overtaken = (
  definition: Definition,
  state: Early,
  input: SagaInput,
  occasion: Occasion,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  switch (input.kind) {
    case 'cancel':
      return state.phase === 'early-cancel' ? known : { is: 'applied', state: { ...state, phase: 'early-cancel' } }
    case 'signal': {
      const step = signalStep(definition, input.step)
      if (!step) return unknownStep(state.id, input.step)
      if (state.heard[step.name]) return known
      return { is: 'applied', state: { ...state, heard: { ...state.heard, [step.name]: wordOf(step, input.data) } } }
    }
    case 'start': {
      const started = start(definition, input, occasion, now, timing)
      const steps = started.steps.map((its, index): StepState => {
        const word = state.heard[definition.steps[index]!.name]
        return word ? { ...its, heard: word } : its
      })
      const opened: Running = { ...started, steps, revision: state.revision }
      const gone = state.phase === 'early-cancel'
      return applied(
        definition,
        gone ? { ...opened, mode: 'compensating', cancelNoted: true, because: cancelled } : opened,
        now,
        timing,
      )
    }
    case 'wake':
      return stale
    case 'act':
      return parked('wrong-state', `${state.id} has not started yet; the event that starts it is still under way.`)
    default:
      return parked('reply-before-start', `${state.id} has not started, but a reply came.`)
  }
}

const identity = (definition: Definition, { sagaId, subject, correlationId, traceparent, tenantId }: Occasion) => ({
  id: sagaId,
  definition: definition.name,
  version: definition.version,
  subject,
  correlationId,
  ...(traceparent ? { traceparent } : {}),
  ...(tenantId ? { tenantId } : {}),
  revision: 0,
})

const start = (
  definition: Definition,
  { data, caller }: Extract<SagaInput, { kind: 'start' }>,
  occasion: Occasion,
  now: EpochMs,
  timing: Timing,
): Running => ({
  ...identity(definition, occasion),
  phase: 'running',
  hash: definition.hash,
  mode: 'forward',
  input: caller ? definition.call!.keep(data) : definition.keep(data),
  startedAt: now,
  deadlineAt: now + (definition.within ?? timing.sagaDeadline),
  steps: definition.steps.map(() => ({ status: 'pending', attempt: 1, asks: 0 })),
  ...(caller ? { caller } : {}),
  wake: { number: 0, at: Number.POSITIVE_INFINITY },
})

const running = (definition: Definition, state: Running, input: SagaInput, now: EpochMs, timing: Timing): Verdict => {
  switch (input.kind) {
    case 'start':
      return input.caller && input.caller !== state.caller ? turnAway(input.caller) : known
    case 'cancel':
      return cancel(definition, state, now, timing)
    case 'wake':
      return wake(definition, state, input, now, timing)
    case 'ended': {
      if (state.end?.command !== input.command || state.end.dueAt === undefined) return known
      const { dueAt: _, ...answered } = state.end
      return applied(definition, { ...state, end: answered }, now, timing)
    }
    case 'act':
      return direct(definition, state, input.act, now, timing)
    case 'signal':
      return signal(definition, state, input, now, timing)
    default: {
      const index = definition.steps.findIndex(({ name }) => name === input.step)
      if (index < 0) return unknownStep(state.id, input.step)
      const next = answered(definition.steps[index]!, state, state.steps[index]!, input, now)
      return next ? applied(definition, withStep(state, index, next), now, timing) : known
    }
  }
}

/** Evidence for one step, or `undefined` where it proves nothing. */
const answered = (
  step: Step,
  state: Running,
  its: StepState,
  { kind, attempt, data }: Extract<SagaInput, { kind: 'done' | 'refused' | 'undone' | 'undo-refused' }>,
  now: EpochMs,
): StepState | undefined => {
  if (!isCommand(step)) return undefined
  // While undoing, only the undo's reply counts: a late done or refused says nothing about what the undo will find.
  // An undo that was given up may still be answered, and then nobody needs to look.
  if (kind === 'undone')
    return its.status === 'undoing' || its.status === 'undo-failed' ? { ...quiet(its), status: 'undone' } : undefined
  if (kind === 'undo-refused')
    return its.status === 'undoing' ? undoFailed(its, (data as { reason: Reason }).reason) : undefined
  if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined
  if (kind === 'done') {
    const output = step.keep?.(data)
    return { ...quiet(its), status: 'done', ...(output === undefined ? {} : { output }) }
  }
  const because = (data as { reason: Reason }).reason
  // A noted cancellation beats a retry: what the customer no longer wants is not tried again.
  return !state.cancelNoted && step.retry && its.attempt < step.retry.attempts && step.retry.when(because)
    ? {
        status: 'pending',
        attempt: its.attempt + 1,
        asks: 0,
        dueAt: now + pause(step.retry, state.id, step.name, its.attempt),
      }
    : { ...quiet(its), status: 'refused', output: because }
}

/** Exponential backoff with full jitter, drawn from the ids: the machine stays pure, and sagas do not march in step. */
const pause = ({ pause = seconds(1) }: Retry, sagaId: string, step: string, attempt: number): Millis => {
  const most = Math.min(longestPause, pause * 2 ** (attempt - 1))
  return Math.floor((hashOf(`${sagaId}/${step}/${attempt}`) / 2 ** 32) * most)
}

const cancel = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Verdict => {
  if (state.cancelNoted) return known
  const noted: Running = { ...state, cancelNoted: true }
  const back = hasWayBack(definition, state)
  return applied(definition, back ? { ...noted, mode: 'compensating', because: cancelled } : noted, now, timing)
}

const signal = (
  definition: Definition,
  state: Running,
  { step: name, data }: Extract<SagaInput, { kind: 'signal' }>,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  const index = definition.steps.findIndex((step) => step.name === name)
  const step = definition.steps[index]
  if (step?.kind !== 'signal') return unknownStep(state.id, name)
  const its = state.steps[index]!
  if (!listens(its)) return known
  const word = wordOf(step, data)
  const next = its.status === 'sent' ? heard(its, word) : { ...its, heard: word }
  return applied(definition, withStep(state, index, next), now, timing)
}

/** Whether a signal's step waits for its word, or will. */
const listens = ({ status, heard }: StepState): boolean => status === 'sent' || (status === 'pending' && !heard)

const wake = (
  definition: Definition,
  state: Running,
  { number, congested }: Extract<SagaInput, { kind: 'wake' }>,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  // A numbered wake-up is the saga's timer; one without comes from the sweeper and must find the saga overdue in truth.
  if (number === undefined ? state.wake.at > now : number !== state.wake.number) return stale
  // Written down each time, a wait of two weeks would cost more than the rest of its saga.
  if (state.wake.at > now) return early
  const woken = { ...state, wake: { number: state.wake.number, at: Number.POSITIVE_INFINITY } }
  if (congested) return { is: 'postponed', state: advance(definition, postponed(woken, now, timing), now, timing) }
  return applied(definition, silences(definition, woken, now, timing), now, timing)
}

const direct = (definition: Definition, state: Running, act: Directive, now: EpochMs, timing: Timing): Verdict => {
  if (isNoted(state, act)) return known
  const other = underItsKey(state, act)
  if (other) {
    const what = other.step ? `${other.verb} ${other.step}` : other.verb
    return parked(
      'key-reused',
      `This key was used for another act on ${state.id}: ${what}, because "${other.reason}". Say it under a key of its own.`,
    )
  }
  if (act.verb === 'signal') {
    const step = act.step ? signalStep(definition, act.step) : undefined
    if (!step) return unknownStep(state.id, act.step ?? '(none was named)')
    if (!listens(state.steps[definition.steps.indexOf(step)]!))
      return parked('wrong-state', `${step.name} of ${state.id} has heard its word, or needs none any more.`)
    const read = step.on.schema.safeParse(act.data)
    if (!read.success)
      return parked(
        'wrong-data',
        `${step.name} of ${state.id} waits for a ${step.on.contractName}; the data given is none.`,
      )
    const noted = { ...state, acts: actsWith(state, act) }
    return signal(definition, noted, { kind: 'signal', step: step.name, data: read.data }, now, timing)
  }
  const outcome = acted(definition, state, act, now, timing)
  return 'wrong' in outcome ? parked('wrong-state', outcome.wrong) : applied(definition, outcome.state, now, timing)
}

const applied = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Verdict => ({
  is: 'applied',
  state: advance(definition, state, now, timing),
})

const turnAway = (caller: string): Verdict => ({ is: 'turned-away', caller, because: taken })
const unknownStep = (id: string, step: string): Verdict => parked('unknown-step', `${id} has no step ${step}.`)

const signalStep = (definition: Definition, name: string): SignalStep | undefined =>
  definition.steps.find((step): step is SignalStep => step.kind === 'signal' && step.name === name)

const wordOf = (step: SignalStep, data: unknown): Word => {
  const refused = step.refuses?.(data)
  if (refused) return { refused }
  const output = step.keep?.(data)
  return output === undefined ? {} : { output }
}

const isNoted = ({ acts }: SagaState, { id }: Directive): boolean => acts?.some((noted) => noted.id === id) ?? false
/** Another act that the same person said under the same key. */
const underItsKey = ({ acts }: SagaState, { id }: Directive) => {
  const key = actKeyOf(id)
  return key === undefined ? undefined : acts?.find((noted) => actKeyOf(noted.id) === key)
}
const withStep = (state: Running, index: number, next: StepState): Running => ({
  ...state,
  steps: state.steps.with(index, next),
})
