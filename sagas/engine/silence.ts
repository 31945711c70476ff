import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { awaitsAnswer, hasWayBack, heard, isDue, tooLong, undoing, withinOf } from './advance.ts'
import type { Definition, Otherwise, Step } from './definition.ts'
import type { Running, StepState } from './state.ts'

/** Silences of a compensable step before it is undone as if it had happened. */
const asksBeforeUndoing = 2
/** Silences of a compensation before a person must look: hours, as the pauses grow. */
export const asksBeforeUndoFails = 12
/** Asking again backs off by doubling up to this; after the pivot it never stops. */
const longestSilence: Millis = 15 * 60_000

/** What the silence of every overdue answer means. */
export const silences = (definition: Definition, state: Running, now: EpochMs, timing: Timing): Running => {
  const wayBack = hasWayBack(definition, state)
  if (wayBack && state.deadlineAt <= now) return { ...state, mode: 'compensating', because: tooLong }
  let turned = false
  const steps = state.steps.map((its, index): StepState => {
    if (!isDue(its, now) || its.status === 'pending') return its
    const step = definition.steps[index]!
    if (step.kind === 'signal') return heard(its, word(step.otherwise))
    if (step.kind === 'timer') return { status: 'done', attempt: its.attempt, asks: 0 }
    if (its.status === 'undoing' && its.asks >= asksBeforeUndoFails) return undoFailed(its)
    if (wayBack && awaitsAnswer(its) && its.asks >= asksBeforeUndoing) {
      // The others of a quorum may still do; whether they can is seen when the saga moves on.
      if (definition.quorums.some(({ of }) => of.includes(index))) return undoing(step, its, now, timing)
      turned = true
      return its
    }
    const asks = its.asks + 1
    const status = its.status === 'sent' ? 'unknown' : its.status
    return { ...its, status, asks, dueAt: now + silence(withinOf(step, timing), wayBack ? 0 : asks) }
  })
  if (turned) return { ...state, mode: 'compensating', because: tooLong }
  const { end } = state
  if (end?.dueAt === undefined || end.dueAt > now) return { ...state, steps }
  const asks = end.asks + 1
  return { ...state, steps, end: { ...end, asks, dueAt: now + silence(timing.stepDeadline, asks) } }
}

/**
 * The same moment while the answers may be waiting in a queue that has fallen behind: nothing is concluded from it and
 * nothing asked again, for a timer must not overtake the reply that it waits for, nor add to the backlog.
 */
export const postponed = (state: Running, now: EpochMs, timing: Timing): Running => {
  const later = now + timing.visibility
  const { end } = state
  return {
    ...state,
    deadlineAt: Math.max(state.deadlineAt, now + timing.stepDeadline),
    steps: state.steps.map((its) => (isDue(its, now) ? { ...its, dueAt: later } : its)),
    ...(end?.dueAt !== undefined && end.dueAt <= now ? { end: { ...end, dueAt: later } } : {}),
  }
}

/** A step as it is when nothing is awaited of it any more. */
export const quiet = ({ dueAt: _, because: __, ...its }: StepState): StepState => its

/** An undo that will not happen by itself, with the reason where one was given. */
export const undoFailed = (its: StepState, because?: Reason): StepState => ({
  ...quiet(its),
  status: 'undo-failed',
  ...(because ? { because } : {}),
})

/** When the saga stops asking for a compensable step, should it stay silent; the command's deadline. */
export const givesUpAt = (step: Step, state: Running, its: StepState, timing: Timing): EpochMs =>
  Math.min(state.deadlineAt, (its.dueAt ?? state.startedAt) + (asksBeforeUndoing - its.asks) * withinOf(step, timing))

const word = (otherwise: Otherwise) =>
  'refuse' in otherwise ? { refused: otherwise.refuse } : { output: otherwise.proceed }
/** How long an answer is waited for after it was asked for so often. */
export const silence = (within: Millis, asks: number): Millis =>
  Math.min(longestSilence, within * 2 ** Math.min(asks, 10))
