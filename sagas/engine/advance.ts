import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import { days, hours } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type Definition, isHarmless, type Quorum, type Step } from './definition.ts'
import { knownTo } from './known.ts'
import type { Ended, Outcome, Running, StepState } from './state.ts'

export const cancelled: Reason = { code: 'cancelled', message: 'Cancelled at your request.' }
export const tooLong: Reason = { code: 'timed-out', message: 'It could not be completed in time.' }

/** Whatever a saga asks for within so long counts from its start; what it asks for later, from then. */
const startCounts: Millis = days(1)

/** How often an open case is looked at again, though only a person can move it. */
const caseReminder: Millis = hours(1)

/**
 * Everything that may move now, moved: forward, or on the way back; then the one timer for the earliest silence to come.
 * A saga whose end was answered ends for good as soon as nothing is left that an operator must settle.
 */
export const advance = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running | Ended => {
  const advanced =
    state.mode === 'forward' ? forward(definition, state, now, timing) : compensate(definition, state, now, timing)
  if (isConcluded(advanced)) return ended(definition, advanced, now)
  const due = dueAt(definition, advanced, now)
  if (due === Number.POSITIVE_INFINITY) throw new Error(`${state.id} would sleep for ever: nothing is outstanding.`)
  // A timer that fires too early only looks again; one that would fire too late is replaced.
  const { wake } = advanced
  return due < wake.at ? { ...advanced, wake: { number: wake.number + 1, at: due } } : advanced
}

const forward = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const fatal = fatalIn(definition, state)
  if (fatal)
    return compensate(
      definition,
      { ...state, mode: 'compensating', because: state.cancelNoted ? cancelled : fatal },
      now,
      timing,
    )
  const steps = [...state.steps]
  for (const quorum of definition.quorums) undoSurplus(definition, quorum, steps, now, timing)
  let said = false
  for (let index = 0; index < steps.length; index += 1) {
    const its = steps[index]!
    const step = definition.steps[index]!
    const ready =
      its.status === 'pending' &&
      !isDueLater(its, now) &&
      step.after.every((before) => isBehind(definition, steps, before))
    if (!ready) continue
    steps[index] = begun(definition, step, its, state, steps, now, timing)
    said ||= steps[index]!.status === 'refused'
  }
  // A word that came early may have been a no.
  if (said) return forward(definition, { ...state, steps }, now, timing)
  const finished =
    !state.end && steps.every((its, index) => isFinal(definition.steps[index]!, its) || its.status === 'done')
  return finished ? { ...state, steps, end: ending('confirm', state, now, timing) } : { ...state, steps }
}

/** A step's first moment: left out, heard already, or asked. */
const begun = (
  definition: Definition,
  step: Step,
  its: StepState,
  state: Running,
  steps: readonly StepState[],
  now: EpochMs,
  timing: Timing,
): StepState => {
  const known = () => knownTo(definition, state.input, steps)
  if (step.when && !step.when(known())) return leftOut(its)
  switch (step.kind) {
    case 'signal':
      return its.heard ? heard(its, its.heard) : { ...its, status: 'sent', dueAt: now + step.within }
    case 'timer':
      return { ...its, status: 'sent', dueAt: now + step.wait(known()) }
    default:
      return { ...its, status: 'sent', dueAt: now + withinOf(step, timing), ...sinceLate(state, now) }
  }
}

/** A step that will not be taken, or whose failed undo a person answers for. */
export const leftOut = ({ attempt }: StepState): StepState => ({ status: 'skipped', attempt, asks: 0 })

/** A step whose word has come. */
export const heard = ({ attempt }: StepState, word: NonNullable<StepState['heard']>): StepState =>
  'refused' in word
    ? { status: 'refused', attempt, asks: 0, output: word.refused }
    : { status: 'done', attempt, asks: 0, ...(word.output === undefined ? {} : { output: word.output }) }

/** Why the saga cannot go on, if so: a step was refused that it cannot do without. */
const fatalIn = (definition: Definition, { steps }: Running): Reason | undefined => {
  for (let index = 0; index < steps.length; index += 1) {
    if (steps[index]!.status !== 'refused') continue
    const quorum = quorumOf(definition, index)
    if (!quorum || isOutOfReach(quorum, steps)) return steps[index]!.output as Reason
  }
  return definition.quorums.some((quorum) => isOutOfReach(quorum, steps)) ? tooLong : undefined
}

const isOutOfReach = ({ of, need }: Quorum, steps: readonly StepState[]): boolean =>
  of.filter((index) => ['pending', 'sent', 'unknown', 'done'].includes(steps[index]!.status)).length < need
const isReached = ({ of, need }: Quorum, steps: readonly StepState[]): boolean =>
  of.filter((index) => steps[index]!.status === 'done').length >= need
const quorumOf = ({ quorums }: Definition, index: number): Quorum | undefined =>
  quorums.find(({ of }) => of.includes(index))

/** As soon as enough of a quorum are done, the rest is not needed: undone, whatever became of it. */
const undoSurplus = (definition: Definition, quorum: Quorum, steps: StepState[], now: EpochMs, timing: Timing) => {
  if (!isReached(quorum, steps)) return
  for (const index of quorum.of) {
    const its = steps[index]!
    if (its.status === 'pending') steps[index] = leftOut(its)
    else if (awaitsAnswer(its)) steps[index] = undoing(definition.steps[index]!, its, now, timing)
  }
}

/** Whether what comes after a step may begin. */
const isBehind = (definition: Definition, steps: readonly StepState[], index: number): boolean => {
  const quorum = quorumOf(definition, index)
  if (quorum) return isReached(quorum, steps)
  const { status } = steps[index]!
  return status === 'done' || status === 'skipped'
}

const compensate = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const steps = [...state.steps]
  // In reverse: an undo starts only when everything that came after the step is settled, however far behind it.
  const open = new Set<number>()
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const its = steps[index]!
    const step = definition.steps[index]!
    const isBefore = definition.steps.some(({ after }, at) => after.includes(index) && open.has(at))
    if (its.status === 'pending' || (isHarmless(step) && awaitsAnswer(its))) steps[index] = leftOut(its)
    else if (!isBefore && !isFinal(step, its) && its.status !== 'undoing') {
      if (step.kind !== 'compensable')
        throw new Error(`${state.id} would compensate over ${step.name}, which cannot be undone.`)
      steps[index] = undoing(step, its, now, timing)
    }
    if (isBefore || !isFinal(step, steps[index]!)) open.add(index)
  }
  const finished = !state.end && steps.every((its, index) => isFinal(definition.steps[index]!, its))
  return finished ? { ...state, steps, end: ending('reject', state, now, timing) } : { ...state, steps }
}

export const undoing = (step: Step, { because: _, ...its }: StepState, now: EpochMs, timing: Timing): StepState => ({
  ...its,
  status: 'undoing',
  asks: 0,
  dueAt: now + withinOf(step, timing),
})

const ending = (command: 'confirm' | 'reject', state: Running, now: EpochMs, timing: Timing) => ({
  command,
  asks: 0,
  dueAt: now + timing.stepDeadline,
  ...sinceLate(state, now),
})

/** The moment of something new that an old saga asks for. Participants refuse what is older than their memory. */
const sinceLate = ({ startedAt }: Running, now: EpochMs) => (now - startedAt < startCounts ? undefined : { since: now })

/** The end was answered, and no undo is open or has failed. */
const isConcluded = ({ end, steps }: Running): boolean =>
  end !== undefined &&
  end.dueAt === undefined &&
  steps.every(({ status }) => status !== 'undoing' && status !== 'undo-failed')

const ended = (definition: Definition, state: Running, now: EpochMs): Ended => {
  const outcome: Outcome = state.case ? 'operator' : state.end?.command === 'confirm' ? 'done' : 'undone'
  return {
    id: state.id,
    definition: state.definition,
    version: state.version,
    subject: state.subject,
    correlationId: state.correlationId,
    ...(state.traceparent ? { traceparent: state.traceparent } : {}),
    ...(state.tenantId ? { tenantId: state.tenantId } : {}),
    revision: state.revision,
    ...(state.acts ? { acts: state.acts } : {}),
    ...(state.because ? { because: state.because } : {}),
    ...(state.case ? { case: state.case } : {}),
    ...(state.caller ? { called: calledBack(definition, state, state.caller) } : {}),
    phase: 'ended',
    outcome,
    endedAt: now,
  }
}

/** What the saga that called this one hears, now and whenever it asks again. */
const calledBack = (definition: Definition, state: Running, by: string): NonNullable<Ended['called']> => {
  const { ends } = definition
  const known = knownTo(definition, state.input, state.steps)
  return state.end?.command === 'confirm'
    ? { by, says: 'done', data: ends.done.answer!(known, { cancellationTooLate: state.cancelNoted === true }) }
    : { by, says: 'refused', data: ends.undone.answer!(known, state.because ?? cancelled) }
}

/** The earliest moment at which silence means something. */
const dueAt = (definition: Definition, state: Running, now: EpochMs): EpochMs => {
  let due = state.end?.dueAt ?? Number.POSITIVE_INFINITY
  let failed = false
  for (const its of state.steps) {
    if (its.dueAt !== undefined && its.dueAt < due) due = its.dueAt
    if (its.status === 'undo-failed') failed = true
  }
  if (hasWayBack(definition, state)) due = Math.min(due, state.deadlineAt)
  return failed ? Math.min(due, now + caseReminder) : due
}

/** Whether the saga may still turn back: the pivot has not been sent, or its last refusal was recorded. */
export const hasWayBack = (definition: Definition, state: Running): boolean =>
  state.mode === 'forward' &&
  definition.steps.some(({ kind }, index) => kind === 'pivot' && state.steps[index]!.status === 'pending')

export const withinOf = (step: Step, timing: Timing): Millis =>
  ('within' in step ? step.within : undefined) ?? timing.stepDeadline
export const awaitsAnswer = ({ status }: StepState): boolean => status === 'sent' || status === 'unknown'
export const isDue = (its: StepState, now: EpochMs): boolean => its.dueAt !== undefined && its.dueAt <= now
const isDueLater = (its: StepState, now: EpochMs): boolean => its.dueAt !== undefined && its.dueAt > now

/** Nothing more will become of the step on its own, and nothing of it needs to be undone. */
const isFinal = (step: Step, { status }: StepState): boolean =>
  status === 'refused' ||
  status === 'undone' ||
  status === 'skipped' ||
  status === 'undo-failed' ||
  (status === 'done' && isHarmless(step))
