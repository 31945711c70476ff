import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { WakeSaga } from '../../events/saga.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import { type Clock, type EpochMs, fromIso, iso } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Definition } from './definition.ts'
import { asked, sagaIdOf } from './ids.ts'
import { outstanding } from './outstanding.ts'
import type { SagaStore, Stored, Transport, Wake } from './ports.ts'
import type { Occasion, Running, SagaInput, SagaState } from './state.ts'
import { transition } from './transition.ts'

export type CoordinatorPorts = {
  /** Every version that may still have instances; the newest of a name starts new ones. */
  readonly definitions: readonly Definition[]
  readonly store: SagaStore
  readonly transport: Transport
  readonly clock: Clock
  readonly timing: Timing
}

export type Incoming = { readonly message: Message; readonly contract: AnyContract }
type Addressed = {
  readonly index: number
  readonly occasion: Occasion
  readonly name: string
  readonly input: SagaInput
}
type Outcome = Error | undefined

/**
 * Moves the sagas that a batch of messages is for: load, fold, ONE conditional write each, send all that is outstanding,
 * and only then say `handled`. Answers one outcome for each message, in order; an error means: not acknowledged.
 *
 * Dying on any line loses nothing. Before the write nothing has happened; after it the message comes again, finds itself
 * applied, and everything outstanding is sent again.
 */
export const coordinator =
  (ports: CoordinatorPorts) =>
  async (batch: readonly Incoming[]): Promise<Outcome[]> => {
    const now = ports.clock()
    const outcomes: Outcome[] = batch.map(() => undefined)
    const settle = (entries: readonly Addressed[], error: Outcome) => {
      for (const { index } of entries) outcomes[index] = error
    }

    const addressed: Addressed[] = []
    batch.forEach((incoming, index) => {
      const read = address(ports.definitions, incoming, index, now - ports.timing.horizon)
      if (read instanceof Error) outcomes[index] = read
      else addressed.push(read)
    })

    const moved = await Promise.all(
      [...Map.groupBy(addressed, ({ occasion }) => occasion.sagaId).values()].map(async (entries) => {
        try {
          return await advance(ports, entries, now, (entry, error) => settle([entry], error))
        } catch (error) {
          settle(entries, error as Error)
          return undefined
        }
      }),
    )

    const sending = moved.filter((it) => it !== undefined)
    try {
      await ports.transport.send(sending.flatMap(({ commands }) => commands))
      await ports.transport.wake(sending.flatMap(({ wakes }) => wakes))
    } catch (error) {
      // Committed but not surely sent: nobody is acknowledged, and the next delivery sends again.
      for (const { entries } of sending) settle(entries, error as Error)
    }
    return outcomes
  }

type Moved = {
  readonly entries: readonly Addressed[]
  readonly commands: readonly Message[]
  readonly wakes: readonly Wake[]
}

const advance = async (
  { definitions, store, clock, timing }: CoordinatorPorts,
  entries: readonly Addressed[],
  now: EpochMs,
  refuse: (entry: Addressed, error: Error) => void,
): Promise<Moved | undefined> => {
  const { sagaId } = entries[0]!.occasion
  const stored = await store.load(sagaId)
  const definition = definitionOf(definitions, entries[0]!.name, stored?.state)
  let state = stored?.state
  let owed = false
  const accepted: Addressed[] = []
  for (const entry of [...entries].sort(repliesFirst)) {
    const verdict = transition(definition, state, entry.input, entry.occasion, now, timing)
    if (verdict.is === 'parked') {
      refuse(entry, new PermanentError(verdict.code, verdict.message))
      continue
    }
    accepted.push(entry)
    if (verdict.is === 'applied') state = verdict.state
    if (verdict.is !== 'stale') owed = true
  }
  if (!state || !owed) return undefined
  // Several messages of a batch are one commit, so one revision.
  const changed = state !== stored?.state
  if (changed) {
    state = { ...state, revision: (stored?.state.revision ?? 0) + 1 }
    const saved = await store.save({ state, ...indexed(state, stored, now) }, stored?.state)
    if (saved === 'lost')
      throw new TransientError(`${sagaId} was moved by somebody else meanwhile; the message is tried again.`)
  }
  return {
    entries: accepted,
    commands: outstanding(definition, state, clock(), timing),
    wakes: changed && state.phase === 'running' ? timer(state, stored?.state, now) : [],
  }
}

/** The one live timer, when this commit has set a new one. Should it get lost, the sweeper finds the saga. */
const timer = (state: Running, before: SagaState | undefined, now: EpochMs): Wake[] => {
  const previous = before?.phase === 'running' ? before.wake.number : 0
  if (state.wake.number === previous) return []
  const { id: sagaId, subject, correlationId, wake } = state
  return [{ sagaId, subject, correlationId, number: wake.number, after: wake.at - now }]
}

/**
 * The time under which the sweeper finds a saga: never later than the true one, and moved only when it must, because
 * every move costs a write to the index.
 */
const indexed = (state: SagaState, stored: Stored | undefined, now: EpochMs): { indexedAt?: EpochMs } => {
  if (state.phase !== 'running') return {}
  const before = stored?.indexedAt
  return { indexedAt: before !== undefined && before > now && before <= state.wake.at ? before : state.wake.at }
}

const definitionOf = (definitions: readonly Definition[], name: string, state: SagaState | undefined): Definition => {
  const versions = definitions.filter((definition) => definition.name === name)
  const newest = versions.reduce<Definition | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined)
  const pinned = state ? versions.find(({ version }) => version === state.version) : newest
  if (!pinned) {
    // Deployments overlap: the version that this process lacks may be running beside it.
    throw new TransientError(
      `${state?.id ?? name} needs ${name} v${state?.version ?? '?'}, which this deployment does not have.`,
    )
  }
  if (state?.phase === 'running' && state.hash !== pinned.hash) {
    throw new PermanentError(
      'definition-changed',
      `${state.id} was started on ${name} v${pinned.version} with shape ${state.hash}, but that version now has shape ${pinned.hash}. Restore it and give the new shape a new version.`,
    )
  }
  return pinned
}

/** Which saga a message is for, and what it says to it; an error when it cannot be for any. */
const address = (
  definitions: readonly Definition[],
  { message, contract }: Incoming,
  index: number,
  horizon: EpochMs,
): Addressed | Error => {
  const sent = fromIso(message.firstsent ?? message.time)
  if (sent < horizon) {
    return new PermanentError(
      'beyond-horizon',
      `${message.id} was first sent at ${iso(sent)}, before the horizon of deduplication. Stamp it anew if it shall still count.`,
    )
  }
  const carried = {
    subject: message.subject,
    correlationId: message.correlationid,
    ...(message.traceparent ? { traceparent: message.traceparent } : {}),
  }
  if (contract === WakeSaga) {
    const { sagaId, number } = message.data as { sagaId: string; number?: number }
    return {
      index,
      name: nameIn(sagaId),
      occasion: { ...carried, sagaId },
      input: { kind: 'wake', ...(number ? { number } : {}) },
    }
  }
  const opened = definitions.find(({ startedBy, cancelledBy }) => contract === startedBy || contract === cancelledBy)
  if (opened) {
    const subject = contract === opened.startedBy ? opened.subjectOf(message.data) : message.subject
    const occasion = { ...carried, subject, sagaId: sagaIdOf(opened.name, subject) }
    return {
      index,
      name: opened.name,
      occasion,
      input: contract === opened.startedBy ? { kind: 'start', data: message.data } : { kind: 'cancel' },
    }
  }
  const question = asked(message.causationid ?? '')
  if (!question)
    return new PermanentError(
      'no-question',
      `${message.id} (${message.type}) answers ${message.causationid ?? 'nothing'}, which no saga has asked.`,
    )
  const name = nameIn(question.sagaId)
  const candidates = definitions.filter((definition) => definition.name === name)
  const input = candidates
    .map((definition) => answer(definition, question, contract, message.data))
    .find((it) => it !== undefined)
  if (!input)
    return new PermanentError('wrong-answer', `${message.id} (${message.type}) is no answer to ${message.causationid}.`)
  return { index, name, occasion: { ...carried, sagaId: question.sagaId }, input }
}

const answer = (
  definition: Definition,
  question: NonNullable<ReturnType<typeof asked>>,
  contract: AnyContract,
  data: unknown,
): SagaInput | undefined => {
  if ('end' in question) {
    const recorded = question.end === 'confirm' ? definition.ends.done.recorded : definition.ends.undone.recorded
    return contract === recorded ? { kind: 'ended', command: question.end } : undefined
  }
  const step = definition.steps.find(({ name }) => name === question.step)
  if (!step) return undefined
  const { step: name, attempt, direction } = question
  if (direction === 'undo') return contract === step.undone ? { kind: 'undone', step: name, attempt, data } : undefined
  if (contract === step.done) return { kind: 'done', step: name, attempt, data }
  return contract === step.refused ? { kind: 'refused', step: name, attempt, data } : undefined
}

const nameIn = (sagaId: string): string => sagaId.slice(0, sagaId.indexOf(':'))
/** Replies before timers: a timer must not overtake the answer that is in the same batch. */
const repliesFirst = (a: Addressed, b: Addressed): number =>
  Number(a.input.kind === 'wake') - Number(b.input.kind === 'wake')
