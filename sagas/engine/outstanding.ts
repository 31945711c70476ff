import type { AnyDraft } from '../../events/contract.ts'
import { type Message, seal } from '../../events/envelope.ts'
import type { Reason } from '../../events/vocabulary.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { awaitsAnswer, cancelled } from './advance.ts'
import { type CommandStep, type Definition, isCommand } from './definition.ts'
import { doId, endId, sagaOf, undoId } from './ids.ts'
import { knownTo } from './known.ts'
import { givesUpAt } from './silence.ts'
import type { Ended, Occasion, Running, SagaState, StepState } from './state.ts'

/** A message and the name of the place that it goes to: a context, or the inbox of a saga. */
export type Outgoing = { readonly to: string; readonly message: Message }

export const inboxOf = (saga: string): string => `saga-${saga}`

/**
 * Everything that a saga still waits for an answer to, as the commands that ask for it. It follows from the state alone:
 * a command is outstanding until its reply has been folded in, whoever sent it and however often, so no order of crashes
 * and races can lose one. A saga that was called keeps answering its caller, who asks until it has heard.
 */
export const outstanding = (
  definition: Definition,
  state: SagaState,
  now: EpochMs,
  timing: Timing,
): readonly Outgoing[] => {
  if (state.phase === 'ended') return state.called ? [answered(definition, state, state.called, now)] : []
  if (state.phase !== 'running') return []
  const commands: Outgoing[] = []
  let known: Record<string, unknown> | undefined
  for (let index = 0; index < definition.steps.length; index += 1) {
    const its = state.steps[index]!
    const step = definition.steps[index]!
    if (!isCommand(step) || (!awaitsAnswer(its) && its.status !== 'undoing')) continue
    known ??= knownTo(definition, state.input, state.steps)
    commands.push(
      its.status === 'undoing' ? undoing(state, step, its, known, now) : asking(state, step, its, known, now, timing),
    )
  }
  if (state.end?.dueAt !== undefined)
    commands.push(ending(definition, state, known ?? knownTo(definition, state.input, state.steps), now))
  return commands
}

/**
 * What another saga hears when it calls an instance that is not its own: the answer of a saga that came to nothing, made
 * from the call, since nothing else is known of it.
 */
export const turnedAway = (
  { call, name, input, ends }: Definition,
  { caller, data, because }: { readonly caller: string; readonly data: unknown; readonly because: Reason },
  occasion: Occasion,
  now: EpochMs,
): Outgoing => {
  const answer = call!.refused(ends.undone.answer!({ [input]: call!.keep(data) }, because))
  return answering(name, caller, 'turned-away', answer, occasion, now)
}

const asking = (
  state: Running,
  step: CommandStep,
  its: StepState,
  known: unknown,
  now: EpochMs,
  timing: Timing,
): Outgoing => {
  const message = command(state, step.send(known), doId(state.id, step.name, its.attempt), now, its.since)
  // What cannot be taken back never expires; the rest is of no use once the saga has given it up.
  const expires = step.kind === 'compensable' || step.kind === 'check'
  return {
    to: step.calls ? inboxOf(step.calls) : ownerOf(message),
    message: expires ? { ...message, deadline: iso(givesUpAt(step, state, its, timing)) } : message,
  }
}

const undoing = (state: Running, step: CommandStep, its: StepState, known: unknown, now: EpochMs): Outgoing => {
  const undoes = doId(state.id, step.name, its.attempt)
  const message = {
    // As old as what it undoes: where there is no record of that any more, nobody may conclude that it never happened.
    ...command(state, step.undo!(known, its.output), undoId(state.id, step.name, its.attempt), now, its.since),
    undoes,
  }
  return { to: ownerOf(message), message }
}

const ending = (definition: Definition, state: Running, known: unknown, now: EpochMs): Outgoing => {
  const { done, undone } = definition.ends
  const confirm = state.end?.command === 'confirm'
  const draft = confirm
    ? done.send(known, { cancellationTooLate: state.cancelNoted === true })
    : undone.send(known, state.because ?? cancelled)
  const message = command(state, draft, endId(state.id, confirm ? 'confirm' : 'reject'), now, state.end?.since)
  return { to: ownerOf(message), message }
}

const answered = (
  { call, name }: Definition,
  state: Ended,
  { by, says, data }: NonNullable<Ended['called']>,
  now: EpochMs,
): Outgoing => answering(name, by, says, says === 'done' ? call!.done(data) : call!.refused(data), state, now)

/** An answer to the saga that called: to its inbox, under the id of the command by which it called. */
const answering = (
  name: string,
  caller: string,
  word: 'done' | 'refused' | 'turned-away',
  answer: AnyDraft,
  {
    subject,
    correlationId,
    traceparent,
    tenantId,
  }: Pick<Occasion, 'subject' | 'correlationId' | 'traceparent' | 'tenantId'>,
  now: EpochMs,
): Outgoing => ({
  to: inboxOf(sagaOf(caller)),
  message: seal(answer, {
    id: `${caller}/${word}`,
    source: `/saga/${name}`,
    subject,
    time: iso(now),
    correlationid: correlationId,
    causationid: caller,
    traceparent,
    tenantid: tenantId,
  }),
})

const command = (
  state: Running,
  draft: AnyDraft,
  id: string,
  now: EpochMs,
  since: EpochMs = state.startedAt,
): Message =>
  seal(draft, {
    id,
    source: `/saga/${state.definition}`,
    subject: state.subject,
    time: iso(now),
    firstsent: iso(since),
    correlationid: state.correlationId,
    causationid: `${state.id}/${state.revision}`,
    traceparent: state.traceparent,
    tenantid: state.tenantId,
  })

const ownerOf = ({ type }: Message): string => type.slice(0, type.indexOf('.'))
