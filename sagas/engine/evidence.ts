import { SagaAdvanced, WakeSaga } from '../../events/saga.ts'
import type { Evidence, Finding, SentMessage } from '../../reactive/evidence.ts'
import type { Clock, EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { awaitsAnswer, hasWayBack, withinOf } from './advance.ts'
import { type Definition, isCommand, versionOf } from './definition.ts'
import { asked, sagaIdOf } from './ids.ts'
import { inboxOf, type Outgoing, outstanding } from './outstanding.ts'
import { silence } from './silence.ts'
import type { Running, SagaState } from './state.ts'

type Ports = {
  readonly definitions: readonly Definition[]
  /** Consistent; what is not there is missing. `at`: when it was committed. */
  readonly load: (
    sagaIds: readonly string[],
  ) => Promise<ReadonlyMap<string, { readonly state: SagaState; readonly at: EpochMs }>>
  readonly clock: Clock
  readonly timing: Timing
}

/**
 * What sagas prove about messages: that a start was heard, that a reply was folded in, that a wake-up came. A saga that
 * runs shows what it waits for, each command under its own id; and every saga its whole history as sent.
 */
export const sagaEvidence = ({ definitions, load, clock, timing }: Ports): Evidence => ({
  handled: async (messages) => {
    const about = messages.map((message) => ({ message, sagaId: sagaFor(definitions, message) }))
    const sagas = await load([...new Set(about.flatMap(({ sagaId }) => sagaId ?? []))])
    return about.flatMap(({ message, sagaId }): Finding[] => {
      const found = sagaId === undefined ? undefined : sagas.get(sagaId)
      if (!found) return []
      const { state, at } = found
      const definition = versionOf(definitions, state)
      if (!isHeard(definitions, definition, state, message)) return []
      if (!starts(definitions, message)) return [{ id: message.id, as: 'handled' }]
      // The flow of a saga is followed from its start, and only from there.
      const sent = [
        ...history(definition, state, at),
        ...(definition ? owed(definitions, definition, state, at, timing) : []),
      ]
      return [{ id: message.id, as: state.phase === 'running' ? 'under-way' : 'handled', sent }]
    })
  },

  // What a saga waits for it says again, as it would at its next wake-up. Of its history there is no second copy.
  say: async ({ id }) => {
    const sagaId = id.slice(0, id.indexOf('/'))
    const state = (await load([sagaId])).get(sagaId)?.state
    const definition = state && versionOf(definitions, state)
    return (
      definition && outstanding(definition, state, clock(), timing).find(({ message }) => message.id === id)?.message
    )
  },
})

const starts = (definitions: readonly Definition[], { type }: SentMessage): boolean =>
  definitions.some(({ startedBy, call }) => startedBy.type === type || call?.by.type === type)

/** The saga that a message is for. What opens one is about the saga's own subject. */
const sagaFor = (definitions: readonly Definition[], { id, type, subject }: SentMessage): string | undefined => {
  const opened = definitions.find(
    ({ startedBy, cancelledBy, call, steps }) =>
      type === startedBy.type ||
      type === cancelledBy?.type ||
      type === call?.by.type ||
      steps.some((step) => step.kind === 'signal' && step.on.type === type),
  )
  if (opened) return sagaIdOf(opened.name, subject)
  if (type === WakeSaga.type) return id.slice(0, id.indexOf('/'))
  return asked(commandOf(id))?.sagaId
}

const isHeard = (
  definitions: readonly Definition[],
  definition: Definition | undefined,
  state: SagaState,
  message: SentMessage,
): boolean => {
  const { id, type } = message
  const signal = definition?.steps.findIndex((step) => step.kind === 'signal' && step.on.type === type) ?? -1
  const cancels = definitions.some(({ cancelledBy }) => cancelledBy?.type === type)
  if (state.phase === 'ended') return true
  if (state.phase !== 'running') {
    // Nothing has started: only what may come early has been heard.
    if (cancels) return state.phase === 'early-cancel'
    return signal >= 0 && definition!.steps[signal]!.name in state.heard
  }
  if (starts(definitions, message)) return true
  if (cancels) return state.cancelNoted === true
  if (signal >= 0) {
    const { status, heard } = state.steps[signal]!
    return heard !== undefined || (status !== 'pending' && status !== 'sent')
  }
  if (type === WakeSaga.type) return id !== wakeId(state)
  return !isAwaited(definition, state, commandOf(id))
}

/** Whether a command is one of those that a running saga waits for. */
const isAwaited = (definition: Definition | undefined, state: Running, commandId: string): boolean => {
  const question = asked(commandId)
  if (!question || !definition) return true
  if ('end' in question) return state.end?.command === question.end && state.end.dueAt !== undefined
  const index = definition.steps.findIndex(({ name }) => name === question.step)
  const its = state.steps[index]
  if (!its || its.attempt !== question.attempt) return false
  return question.direction === 'undo' ? its.status === 'undoing' : awaitsAnswer(its)
}

/**
 * Every advance of a saga is said on the bus under its revision; the last commit's time stands in for those before. A word
 * that overtook its saga's start says nothing, so of sagas that wait for one only the last advance is sure to be said.
 */
const history = (definition: Definition | undefined, state: SagaState, at: EpochMs): SentMessage[] => {
  const waits = definition?.steps.some(({ kind }) => kind === 'signal') ?? true
  const first = waits ? state.revision : 1
  return Array.from({ length: state.revision - first + 1 }, (_, index) => ({
    id: `${state.id}/${first + index}`,
    type: SagaAdvanced.type,
    subject: state.subject,
    correlationId: state.correlationId,
    at,
  }))
}

/** The commands that wait for an answer since they were first sent, the timer from when it was to fire; a caller's answer. */
const owed = (
  definitions: readonly Definition[],
  definition: Definition,
  state: SagaState,
  at: EpochMs,
  timing: Timing,
): SentMessage[] => [
  ...outstanding(definition, state, at, timing).map(({ to, message }): SentMessage => {
    const { id, type, correlationid, undoes } = message
    return {
      id,
      type,
      subject: subjectOf(definitions, { to, message }),
      correlationId: correlationid,
      at: state.phase === 'running' ? sentAt(definition, state, id, timing) : at,
      ...(undoes === undefined ? {} : { undoes }),
      // A context takes commands by their type; the inbox of a saga is named.
      ...(to.startsWith(inboxOf('')) ? { to } : {}),
      answers: inboxOf(definition.name),
    }
  }),
  ...(state.phase === 'running' && Number.isFinite(state.wake.at)
    ? [
        {
          id: wakeId(state),
          type: WakeSaga.type,
          subject: state.subject,
          correlationId: state.correlationId,
          at: state.wake.at,
        },
      ]
    : []),
]

/** What a message is about to whom it goes: a saga that is called has a subject of its own. */
const subjectOf = (definitions: readonly Definition[], { to, message }: Outgoing): string => {
  const called = definitions.find(({ name, call }) => inboxOf(name) === to && call?.by.type === message.type)
  return called?.call?.subjectOf(message.data) ?? message.subject
}

/** When a command was first sent: its deadline less every silence that it has been granted. */
const sentAt = (definition: Definition, state: Running, commandId: string, timing: Timing): EpochMs => {
  const question = asked(commandId)
  const index =
    question && 'step' in question ? definition.steps.findIndex(({ name }) => name === question.step) : undefined
  const its = index === undefined ? state.end : state.steps[index]
  if (its?.dueAt === undefined || !Number.isFinite(its.dueAt)) return state.startedAt
  const step = index === undefined ? undefined : definition.steps[index]
  const within = step && isCommand(step) ? withinOf(step, timing) : timing.stepDeadline
  // While there is a way back every silence is as long as the first; afterwards they grow.
  const grows = !hasWayBack(definition, state)
  const granted = Array.from({ length: its.asks + 1 }, (_, ask) => silence(within, grows ? ask : 0))
  return Math.max(state.startedAt, its.dueAt - granted.reduce((sum, span) => sum + span, 0))
}

const wakeId = (state: Running): string => `${state.id}/wake/${state.wake.number}`
/** The command that a reply answers, by the reply's own id. */
const commandOf = (reply: string): string => reply.slice(0, reply.lastIndexOf('/'))
