import { timings } from '../../reactive/timing.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { type Outgoing, outstanding } from '../../sagas/engine/outstanding.ts'
import type { Occasion, SagaInput, SagaState } from '../../sagas/engine/state.ts'
import { transition, type Verdict } from '../../sagas/engine/transition.ts'

/**
 * The production machine with its times reduced to three: now, when an answer is overdue, and when the saga is. Counters
 * that only pace it are reset, so that what is the same but for the time is one state.
 */
const timing = timings.brief
const now = 0
const overdue = 10
const tooLate = 1_000

/** When a wake-up comes: the answers are overdue, or the saga is. */
export const moments = { now, overdue, tooLate } as const

export const moved = (
  definition: Definition,
  state: SagaState | undefined,
  input: SagaInput,
  occasion: Occasion,
  at: number = now,
): Verdict => {
  const verdict = transition(definition, state, input, occasion, at, timing)
  return 'state' in verdict ? { ...verdict, state: timeless(verdict.state) } : verdict
}

const timeless = (state: SagaState): SagaState => {
  if (state.phase === 'ended') return { ...state, revision: 0, endedAt: now }
  if (state.phase !== 'running') return { ...state, revision: 0 }
  return {
    ...state,
    revision: 0,
    startedAt: now,
    deadlineAt: tooLate,
    steps: state.steps.map((its) => ({ ...its, asks: 0, ...(its.dueAt === undefined ? {} : { dueAt: overdue }) })),
    ...(state.end
      ? { end: { ...state.end, asks: 0, ...(state.end.dueAt === undefined ? {} : { dueAt: overdue }) } }
      : {}),
    wake: { number: 1, at: overdue },
  }
}

export const owed = (definition: Definition, state: SagaState | undefined): readonly Outgoing[] =>
  state ? outstanding(definition, state, now, timing) : []
