import type { Reason } from '../../events/vocabulary.ts'
import type { EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { awaitsAnswer, cancelled, hasWayBack, leftOut, undoing, withinOf } from './advance.ts'
import { type CommandStep, type Definition, isCommand } from './definition.ts'
import { quiet } from './silence.ts'
import type { Directive, Running, StepState } from './state.ts'

/** What an operator's act makes of a saga, or why it does not fit the state that the saga is in. */
export type Acted = { readonly state: Running } | { readonly wrong: string }

const stopped: Reason = { code: 'stopped', message: 'It was stopped by our staff.' }
/** By so many a repeated act is recognised; older ones are long in the history. */
const remembered = 5

/**
 * An operator's act as a change of state. It claims nothing that the machine could not have come to by a message:
 * evidence, a word, a turn; only `skip` takes a step out, and then a person answers for it in the saga's outcome.
 */
export const acted = (
  definition: Definition,
  state: Running,
  directive: Directive,
  now: EpochMs,
  timing: Timing,
): Acted => {
  const outcome = act(definition, state, directive, now, timing)
  return 'wrong' in outcome ? outcome : { state: { ...outcome.state, acts: actsWith(state, directive) } }
}

/** The acts that a saga remembers once this one is among them. */
export const actsWith = ({ acts }: Running, { id, verb, step, by, reason }: Directive): NonNullable<Running['acts']> =>
  [...(acts ?? []), { id, verb, ...(step ? { step } : {}), by, reason }].slice(-remembered)

const act = (definition: Definition, state: Running, directive: Directive, now: EpochMs, timing: Timing): Acted => {
  switch (directive.verb) {
    case 'compensate':
      return hasWayBack(definition, state)
        ? { state: { ...state, mode: 'compensating', because: stopped } }
        : { wrong: `${state.id} cannot turn back any more; it is ${whereabouts(definition, state)}.` }
    case 'cancel':
      return hasWayBack(definition, state)
        ? { state: { ...state, cancelNoted: true, mode: 'compensating', because: cancelled } }
        : { wrong: `It is too late to cancel ${state.id}; it is ${whereabouts(definition, state)}.` }
    case 'retry':
      return retried(definition, state, directive, now, timing)
    case 'skip':
      return onStep(definition, state, directive, (step, its) => skipped(state, step, its, directive))
    case 'resolve':
      return onStep(definition, state, directive, (step, its) => resolved(step, its, directive))
    case 'signal':
      return { wrong: 'A signal is a word to a step, not an act on the saga.' }
  }
}

type Found = { readonly its: StepState; readonly also?: Partial<Running> } | { readonly wrong: string }

const onStep = (
  definition: Definition,
  state: Running,
  { step: name }: Directive,
  change: (step: CommandStep, its: StepState) => Found,
): Acted => {
  const index = definition.steps.findIndex((step) => step.name === name)
  const step = definition.steps[index]
  if (!step) return { wrong: `${state.id} has no step ${name ?? '(none was named)'}; it has ${namesIn(definition)}.` }
  if (!isCommand(step)) return { wrong: `${step.name} of ${state.id} asks nobody; say the signal, or wait.` }
  const found = change(step, state.steps[index]!)
  return 'wrong' in found ? found : { state: { ...state, steps: state.steps.with(index, found.its), ...found.also } }
}

/** Everything that waits is asked again at once, with its patience renewed. */
const retried = (
  definition: Definition,
  state: Running,
  { step: name }: Directive,
  now: EpochMs,
  timing: Timing,
): Acted => {
  if (name !== undefined && !definition.steps.some((step) => step.name === name))
    return { wrong: `${state.id} has no step ${name}; it has ${namesIn(definition)}.` }
  let again = false
  const steps = state.steps.map((its, index) => {
    const step = definition.steps[index]!
    if ((name !== undefined && step.name !== name) || !isCommand(step)) return its
    const next = askedAgain(step, its, now, timing)
    again ||= next !== its
    return next
  })
  const { end } = state
  const endAgain = name === undefined && end?.dueAt !== undefined
  if (!again && !endAgain)
    return {
      wrong: `${name ?? 'Nothing'} of ${state.id} waits for no answer; it is ${whereabouts(definition, state)}.`,
    }
  return {
    state: {
      ...state,
      steps,
      ...(endAgain ? { end: { ...end, asks: 0, dueAt: now + timing.stepDeadline } } : {}),
    },
  }
}

const askedAgain = (step: CommandStep, its: StepState, now: EpochMs, timing: Timing): StepState => {
  if (its.status === 'undo-failed') return undoing(step, its, now, timing)
  if (its.status === 'pending') return its.dueAt === undefined ? its : { ...its, dueAt: now }
  return awaitsAnswer(its) || its.status === 'undoing' ? { ...its, asks: 0, dueAt: now + withinOf(step, timing) } : its
}

const skipped = (state: Running, step: CommandStep, its: StepState, { by, reason }: Directive): Found => {
  const failedUndo = its.status === 'undo-failed'
  const lastMile = step.kind === 'retriable' && state.mode === 'forward' && awaitsAnswer(its)
  if (!failedUndo && !lastMile)
    return {
      wrong: `${step.name} of ${state.id} is ${its.status}: only an undo that failed, or a step after the pivot that stays unanswered, can be skipped.`,
    }
  if (lastMile && step.keep)
    return { wrong: `Later steps read what ${step.name} of ${state.id} leaves: resolve it as done, with its data.` }
  return { its: leftOut(its), also: { case: { by, reason } } }
}

const resolved = (step: CommandStep, its: StepState, { as, attempt = 1, data, reason }: Directive): Found => {
  // Another attempt may have been made since somebody looked, and what became of the last one says nothing about it.
  if (awaitsAnswer(its) && attempt !== its.attempt)
    return { wrong: `${step.name} is at attempt ${its.attempt}, and this is what became of attempt ${attempt}.` }
  switch (as) {
    case 'undone':
      if (its.status !== 'undoing' && its.status !== 'undo-failed')
        return { wrong: `${step.name} is ${its.status}, so there is no undo to resolve.` }
      return { its: { ...quiet(its), status: 'undone' } }
    case 'refused':
      if (!awaitsAnswer(its)) return { wrong: `${step.name} is ${its.status}, so its answer is not missing.` }
      if (step.kind === 'retriable') return { wrong: `${step.name} comes after the pivot and cannot be refused.` }
      return {
        its: { ...quiet(its), status: 'refused', output: { code: 'operator', message: reason } satisfies Reason },
      }
    case 'done': {
      if (!awaitsAnswer(its)) return { wrong: `${step.name} is ${its.status}, so its answer is not missing.` }
      if (!step.keep) return { its: { ...quiet(its), status: 'done' } }
      const read = step.done.schema.safeParse(data)
      if (!read.success)
        return { wrong: `Later steps read what ${step.name} leaves: give the data of its ${step.done.contractName}.` }
      const output = step.keep(read.data)
      return { its: { ...quiet(its), status: 'done', ...(output === undefined ? {} : { output }) } }
    }
    default:
      return { wrong: `Say what became of ${step.name}: done, refused or undone.` }
  }
}

const namesIn = ({ steps }: Definition): string => steps.map(({ name }) => name).join(', ')

/** Where a saga is, for people. */
const whereabouts = ({ steps }: Definition, state: Running): string => {
  const open = steps.flatMap(({ name }, index) => {
    const { status } = state.steps[index]!
    return ['sent', 'unknown', 'undoing', 'undo-failed'].includes(status) ? [`${name} ${status}`] : []
  })
  const ending = state.end?.dueAt === undefined ? [] : [`waiting for its ${state.end.command} to be recorded`]
  return [state.mode === 'forward' ? 'going forward' : 'on its way back', ...open, ...ending].join(', ')
}
