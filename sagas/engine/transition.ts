import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Definition, Step } from './definition.ts'
import type { Occasion, Running, SagaInput, SagaState, StepState } from './state.ts'

/**
 * What an input did to a saga.
 * - `applied`: the state is new and must be committed before anything is sent
 * - `known`: nothing changed, because it is already so; what is outstanding is sent again all the same
 * - `stale`: a timer that another one has replaced; nothing is owed
 * - `parked`: it fits no state that this saga can be in; a person must look
 */
export type Verdict =
  | { readonly is: 'applied'; readonly state: SagaState }
  | { readonly is: 'known' }
  | { readonly is: 'stale' }
  | { readonly is: 'parked'; readonly code: string; readonly message: string }

const known: Verdict = { is: 'known' }
const parked = (code: string, message: string): Verdict => ({ is: 'parked', code, message })

export const cancelled: Reason = { code: 'cancelled', message: 'The order was cancelled at your request.' }
const tooLong: Reason = { code: 'timed-out', message: 'The order could not be completed in time.' }

/** Silences of a compensable step before it is undone as if it had happened. */
const asksBeforeUndoing = 2
/** Asking again backs off by doubling up to this; after the pivot it never stops. */
const longestSilence: Millis = 15 * 60_000

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
  if (!state) return opening(definition, input, occasion, now, timing)
  if (state.phase === 'ended') return input.kind === 'wake' ? { is: 'stale' } : known
  if (state.phase === 'early-cancel') {
    if (input.kind === 'cancel') return known
    if (input.kind === 'wake') return { is: 'stale' }
    if (input.kind !== 'start') return parked('reply-before-start', `${state.id} has not started, but a reply came.`)
    const started = start(definition, input.data, occasion, now, timing)
    return applied(
      definition,
      { ...started, revision: state.revision, mode: 'compensating', cancelNoted: true, because: cancelled },
      now,
      timing,
    )
  }
  return running(definition, state, input, now, timing)
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
      return applied(definition, start(definition, input.data, occasion, now, timing), now, timing)
    case 'cancel':
      return {
        is: 'applied',
        state: { ...identity(definition, occasion), revision: 1, phase: 'early-cancel' },
      }
    case 'wake':
      return { is: 'stale' }
    default:
      return parked('unknown-saga', `A reply came for ${occasion.sagaId}, which was never started here.`)
  }
}

const identity = (definition: Definition, { sagaId, subject, correlationId, traceparent }: Occasion) => ({
  id: sagaId,
  definition: definition.name,
  version: definition.version,
  subject,
  correlationId,
  ...(traceparent ? { traceparent } : {}),
})

const start = (definition: Definition, data: unknown, occasion: Occasion, now: EpochMs, timing: Timing): Running => ({
  ...identity(definition, occasion),
  revision: 0,
  phase: 'running',
  hash: definition.hash,
  mode: 'forward',
  input: definition.keep(data),
  startedAt: now,
  deadlineAt: now + timing.sagaDeadline,
  steps: definition.steps.map(() => ({ status: 'pending', attempt: 1, asks: 0 })),
  wake: { number: 0, at: Number.POSITIVE_INFINITY },
})

const running = (definition: Definition, state: Running, input: SagaInput, now: EpochMs, timing: Timing): Verdict => {
  switch (input.kind) {
    case 'start':
      return known
    case 'cancel':
      return cancel(definition, state, now, timing)
    case 'wake':
      return wake(definition, state, input.number, now, timing)
    case 'ended':
      return state.end?.command === input.command ? { is: 'applied', state: ended(state, now) } : known
    default: {
      const index = definition.steps.findIndex(({ name }) => name === input.step)
      if (index < 0) return parked('unknown-step', `${state.id} has no step ${input.step}.`)
      const next = answered(definition.steps[index]!, state, state.steps[index]!, input)
      return next ? applied(definition, withStep(state, index, next), now, timing) : known
    }
  }
}

/** Evidence for one step, or `undefined` where it proves nothing. */
const answered = (
  step: Step,
  state: Running,
  its: StepState,
  { kind, attempt, data }: Extract<SagaInput, { kind: 'done' | 'refused' | 'undone' }>,
): StepState | undefined => {
  // While undoing, only the undo's reply counts: a late done or refused says nothing about what the undo will find.
  if (kind === 'undone') return its.status === 'undoing' ? { ...quiet(its), status: 'undone' } : undefined
  if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined
  if (kind === 'done') {
    const output = step.keep?.(data)
    return { ...quiet(its), status: 'done', ...(output === undefined ? {} : { output }) }
  }
  const because = reasonIn(data)
  // A noted cancellation beats a retry: what the customer no longer wants is not tried again.
  const wanted = state.mode === 'forward' && !state.cancelNoted
  const again = wanted && step.retry && its.attempt < step.retry.attempts && step.retry.when(because)
  return again
    ? { status: 'pending', attempt: its.attempt + 1, asks: 0 }
    : { ...quiet(its), status: 'refused', output: because }
}

const cancel = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Verdict => {
  if (state.cancelNoted) return known
  const noted: Running = { ...state, cancelNoted: true }
  const wayBack = state.mode === 'forward' && pivotIsPending(definition, state)
  return applied(definition, wayBack ? { ...noted, mode: 'compensating', because: cancelled } : noted, now, timing)
}

const wake = (
  definition: Definition,
  state: Running,
  number: number | undefined,
  now: EpochMs,
  timing: Timing,
): Verdict => {
  // A numbered wake-up is the saga's timer; one without comes from the sweeper and must find the saga overdue in truth.
  if (number === undefined ? state.wake.at > now : number !== state.wake.number) return { is: 'stale' }
  const woken = {
    ...silences(definition, state, now, timing),
    wake: { number: state.wake.number, at: Number.POSITIVE_INFINITY },
  }
  return applied(definition, woken, now, timing)
}

/** What the silence of every overdue answer means. */
const silences = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const wayBack = state.mode === 'forward' && pivotIsPending(definition, state)
  if (wayBack && state.deadlineAt <= now) return { ...state, mode: 'compensating', because: tooLong }
  const exhausted = state.steps.some((its) => awaitsAnswer(its) && isDue(its, now) && its.asks >= asksBeforeUndoing)
  if (wayBack && exhausted) return { ...state, mode: 'compensating', because: tooLong }
  const steps = state.steps.map((its, index) => {
    if (!isDue(its, now)) return its
    const asks = its.asks + 1
    const status = its.status === 'sent' ? 'unknown' : its.status
    return {
      ...its,
      status,
      asks,
      dueAt: now + silence(withinOf(definition.steps[index]!, timing), wayBack ? 0 : asks),
    }
  })
  const { end } = state
  return {
    ...state,
    steps,
    ...(end && end.dueAt <= now
      ? { end: { ...end, asks: end.asks + 1, dueAt: now + silence(timing.stepDeadline, end.asks + 1) } }
      : {}),
  }
}

/** Moves everything that may move now, then sets the one timer for the earliest silence to come. */
const applied = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Verdict => {
  const advanced =
    state.mode === 'forward' ? forward(definition, state, now, timing) : compensate(definition, state, now, timing)
  const due = dueAt(definition, advanced)
  if (due === Number.POSITIVE_INFINITY) throw new Error(`${state.id} would sleep for ever: nothing is outstanding.`)
  // A timer that fires too early only looks again; one that would fire too late is replaced.
  const wake = due < advanced.wake.at ? { number: advanced.wake.number + 1, at: due } : advanced.wake
  return { is: 'applied', state: { ...advanced, wake, revision: state.revision + 1 } }
}

const forward = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const refused = state.steps.find(({ status }) => status === 'refused')
  if (refused)
    return compensate(
      definition,
      { ...state, mode: 'compensating', because: state.cancelNoted ? cancelled : (refused.output as Reason) },
      now,
      timing,
    )
  const steps = state.steps.map((its, index): StepState => {
    const step = definition.steps[index]!
    const ready = its.status === 'pending' && step.after.every((before) => state.steps[before]!.status === 'done')
    return ready ? { ...its, status: 'sent', dueAt: now + withinOf(step, timing) } : its
  })
  const finished = steps.every(({ status }) => status === 'done')
  return { ...state, steps, ...(finished && !state.end ? { end: ending('confirm', now, timing) } : {}) }
}

const compensate = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const steps = [...state.steps]
  // In reverse: an undo starts only when everything that depended on the step is settled.
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const its = steps[index]!
    const step = definition.steps[index]!
    const settled = steps.every((later, at) => !definition.steps[at]!.after.includes(index) || isSettled(later))
    if (its.status === 'pending') steps[index] = { ...its, status: 'skipped' }
    else if (settled && (awaitsAnswer(its) || its.status === 'done')) {
      if (step.kind !== 'compensable')
        throw new Error(`${state.id} would compensate over ${step.name}, which cannot be undone.`)
      steps[index] = { ...its, status: 'undoing', asks: 0, dueAt: now + withinOf(step, timing) }
    }
  }
  const finished = steps.every(isSettled)
  return { ...state, steps, ...(finished && !state.end ? { end: ending('reject', now, timing) } : {}) }
}

const ended = (state: Running, now: EpochMs): SagaState => ({
  id: state.id,
  definition: state.definition,
  version: state.version,
  subject: state.subject,
  correlationId: state.correlationId,
  ...(state.traceparent ? { traceparent: state.traceparent } : {}),
  ...(state.because ? { because: state.because } : {}),
  revision: state.revision + 1,
  phase: 'ended',
  outcome: state.end?.command === 'confirm' ? 'done' : 'undone',
  endedAt: now,
})

const ending = (command: 'confirm' | 'reject', now: EpochMs, timing: Timing) => ({
  command,
  asks: 0,
  dueAt: now + timing.stepDeadline,
})

/** The earliest moment at which silence means something. */
const dueAt = (definition: Definition, state: Running): EpochMs =>
  Math.min(
    ...state.steps.map((its) => its.dueAt ?? Number.POSITIVE_INFINITY),
    state.end?.dueAt ?? Number.POSITIVE_INFINITY,
    state.mode === 'forward' && pivotIsPending(definition, state) ? state.deadlineAt : Number.POSITIVE_INFINITY,
  )

const pivotIsPending = (definition: Definition, state: Running): boolean =>
  definition.steps.some(({ kind }, index) => kind === 'pivot' && state.steps[index]!.status === 'pending')

/** When the saga stops asking for a compensable step, should it stay silent; the command's deadline. */
export const givesUpAt = (step: Step, state: Running, its: StepState, timing: Timing): EpochMs =>
  Math.min(state.deadlineAt, (its.dueAt ?? state.startedAt) + (asksBeforeUndoing - its.asks) * withinOf(step, timing))

const withStep = (state: Running, index: number, next: StepState): Running => ({
  ...state,
  steps: state.steps.with(index, next),
})
const withinOf = (step: Step, timing: Timing): Millis => step.within ?? timing.stepDeadline
const silence = (within: Millis, asks: number): Millis => Math.min(longestSilence, within * 2 ** Math.min(asks, 10))
const quiet = ({ dueAt: _, ...its }: StepState): StepState => its
const awaitsAnswer = ({ status }: StepState): boolean => status === 'sent' || status === 'unknown'
const isSettled = ({ status }: StepState): boolean =>
  status === 'refused' || status === 'undone' || status === 'skipped'
const isDue = (its: StepState, now: EpochMs): boolean => its.dueAt !== undefined && its.dueAt <= now
const reasonIn = (data: unknown): Reason => (data as { reason: Reason }).reason
