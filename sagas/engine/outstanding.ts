import type { AnyDraft } from '../../events/contract.ts'
import { type Message, seal } from '../../events/envelope.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Definition, Step } from './definition.ts'
import { doId, endId, undoId } from './ids.ts'
import type { Running, SagaState, StepState } from './state.ts'
import { cancelled, givesUpAt } from './transition.ts'

/**
 * Everything that a saga still waits for an answer to, as the commands that ask for it. It follows from the state alone:
 * a command is outstanding until its reply has been folded in, whoever sent it and however often, so no order of crashes
 * and races can lose one.
 */
export const outstanding = (definition: Definition, state: SagaState, now: EpochMs, timing: Timing): Message[] => {
  if (state.phase !== 'running') return []
  const known = knownTo(definition, state)
  const commands = definition.steps.flatMap((step, index) => {
    const its = state.steps[index]!
    switch (its.status) {
      case 'sent':
      case 'unknown':
        return [asking(state, step, its, known, now, timing)]
      case 'undoing':
        return [undoing(state, step, its, known, now)]
      default:
        return []
    }
  })
  return state.end ? [...commands, ending(definition, state, known, now)] : commands
}

const asking = (state: Running, step: Step, its: StepState, known: unknown, now: EpochMs, timing: Timing): Message => {
  const message = command(state, step.send(known), doId(state.id, step.name, its.attempt), now)
  // What cannot be taken back never expires; the rest is of no use once the saga has given it up.
  return step.kind === 'compensable' ? { ...message, deadline: iso(givesUpAt(step, state, its, timing)) } : message
}

const undoing = (state: Running, step: Step, its: StepState, known: unknown, now: EpochMs): Message => ({
  ...command(state, step.undo!(known, its.output), undoId(state.id, step.name, its.attempt), now),
  undoes: doId(state.id, step.name, its.attempt),
})

const ending = (definition: Definition, state: Running, known: unknown, now: EpochMs): Message => {
  const { done, undone } = definition.ends
  const confirm = state.end?.command === 'confirm'
  const draft = confirm
    ? done.send(known, { cancellationTooLate: state.cancelNoted === true })
    : undone.send(known, state.because ?? cancelled)
  return command(state, draft, endId(state.id, confirm ? 'confirm' : 'reject'), now)
}

const command = (state: Running, draft: AnyDraft, id: string, now: EpochMs): Message =>
  seal(draft, {
    id,
    source: `/saga/${state.definition}`,
    subject: state.subject,
    time: iso(now),
    firstsent: iso(state.startedAt),
    correlationid: state.correlationId,
    causationid: `${state.id}/${state.revision}`,
    ...(state.traceparent ? { traceparent: state.traceparent } : {}),
  })

/** What the steps may read: the input and what each step that is done has kept. */
const knownTo = (definition: Definition, state: Running): Record<string, unknown> => {
  const outputs = definition.steps.map(({ name }, index) => [name, state.steps[index]!.output] as const)
  return { ...Object.fromEntries(outputs), [definition.input]: state.input }
}
