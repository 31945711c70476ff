import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import type { Writable } from '../../events/writable.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { type EpochMs, fromIso, iso } from '../../reactive/time.ts'
import { type CommandStep, type Definition, isCommand } from './definition.ts'
import { type Asked, asked, sagaIdOf, sagaOf } from './ids.ts'
import type { Directive, Occasion, SagaInput } from './state.ts'

export type Incoming = {
  readonly message: Message
  readonly contract: AnyContract
  /** How often its queue has handed it out, this time included; absent: once. */
  readonly receives?: number
}
export type Addressed = {
  readonly name: string
  readonly occasion: Occasion
  readonly input: SagaInput
  readonly contract: AnyContract
}

type Opener = (message: Message) => { readonly name: string; readonly subject: string; readonly input: SagaInput }

/**
 * Finds out which saga a message is for, and what it says to it. An error is the answer for what can be for none: it
 * was first sent before the horizon, answers nothing that a saga asked, or answers it with the wrong contract.
 */
export const addresser = (definitions: readonly Definition[]) => {
  const { openers, byName } = directoryOf(definitions)

  return ({ message, contract }: Incoming, horizon: EpochMs): Addressed | PermanentError => {
    const sent = fromIso(message.firstsent ?? message.time)
    if (sent < horizon)
      return new PermanentError(
        'beyond-horizon',
        `${message.id} was first sent at ${iso(sent)}, before the horizon of deduplication. Stamp it anew if it shall still count.`,
      )
    if (contract === WakeSaga || contract === DirectSaga) {
      const { sagaId } = message.data as { sagaId: string }
      return {
        name: sagaOf(sagaId),
        occasion: occasion(message, sagaId, message.subject),
        input: own(message, contract),
        contract,
      }
    }
    const open = openers.get(contract)
    if (open) {
      const { name, subject, input } = open(message)
      if (!speakable.test(subject))
        return new PermanentError(
          'bad-subject',
          `${message.id} (${message.type}) is about "${subject.slice(0, 160)}", which cannot stand in the ids of ${name}: 1 to 140 characters without a space or a slash.`,
        )
      return { name, occasion: occasion(message, sagaIdOf(name, subject), subject), input, contract }
    }
    const question = asked(message.causationid ?? '')
    if (!question)
      return new PermanentError(
        'no-question',
        `${message.id} (${message.type}) answers ${message.causationid ?? 'nothing'}, which no saga has asked.`,
      )
    const name = sagaOf(question.sagaId)
    const versions = byName.get(name)
    for (const definition of versions ?? []) {
      const input = answer(definition, question, contract, message.data)
      if (input) return { name, occasion: occasion(message, question.sagaId, message.subject), input, contract }
    }
    if (!versions)
      return new PermanentError(
        'unknown-saga',
        `${message.id} (${message.type}) answers ${message.causationid}, and of the sagas here (${[...byName.keys()].join(', ')}) none is called ${name}.`,
      )
    return new PermanentError('wrong-answer', `${message.id} (${message.type}) is no answer to ${message.causationid}.`)
  }
}

/** What may stand in ids of commands, which participants take up to 256 characters long. */
const speakable = /^[^\s/]{1,140}$/

type Directory = {
  readonly openers: ReadonlyMap<AnyContract, Opener>
  readonly byName: ReadonlyMap<string, readonly Definition[]>
}
/** Made once for one list of definitions, however many coordinators go by it. */
const directories = new WeakMap<readonly Definition[], Directory>()

const directoryOf = (definitions: readonly Definition[]): Directory => {
  const known = directories.get(definitions)
  if (known) return known
  const directory = { openers: openersOf(definitions), byName: Map.groupBy(definitions, ({ name }) => name) }
  directories.set(definitions, directory)
  return directory
}

/**
 * The contracts that speak to an instance by its subject: what starts, calls, cancels or signals it.
 *
 * Throws when one of them would speak to two kinds of sagas: it could be meant for either.
 */
const openersOf = (definitions: readonly Definition[]): ReadonlyMap<AnyContract, Opener> => {
  const openers = new Map<AnyContract, Opener>()
  const owners = new Map<AnyContract, string>()
  // The newest version says how to read what all versions share.
  for (const { name, startedBy, subjectOf, cancelledBy, call, steps } of [...definitions].sort(byVersion)) {
    const opens = (contract: AnyContract, read: (message: Message) => Omit<ReturnType<Opener>, 'name'>) => {
      const owner = owners.get(contract) ?? name
      if (owner !== name)
        throw new Error(`${contract.type} speaks to ${owner} and to ${name}; give one of them an event of its own.`)
      owners.set(contract, name)
      openers.set(contract, (message) => ({ name, ...read(message) }))
    }
    opens(startedBy, ({ data }) => ({ subject: subjectOf(data), input: { kind: 'start', data } }))
    if (cancelledBy) opens(cancelledBy, ({ subject }) => ({ subject, input: { kind: 'cancel' } }))
    if (call)
      opens(call.by, ({ id, data }) => ({
        subject: call.subjectOf(data),
        input: { kind: 'start', data, caller: id },
      }))
    for (const step of steps)
      if (step.kind === 'signal')
        opens(step.on, ({ subject, data }) => ({ subject, input: { kind: 'signal', step: step.name, data } }))
  }
  return openers
}

/** A word as the version hears it that its saga runs on, whose step may have another name than the newest has for it. */
export const heardIn = ({ steps }: Definition, { input, contract }: Addressed): SagaInput => {
  if (input.kind !== 'signal') return input
  const step = steps.find((its) => its.kind === 'signal' && its.on === contract)
  return step ? { ...input, step: step.name } : input
}

const occasion = (message: Message, sagaId: string, subject: string): Occasion => {
  const { correlationid: correlationId, traceparent, tenantid: tenantId } = message
  const its: Writable<Occasion> = { sagaId, subject, correlationId }
  if (traceparent) its.traceparent = traceparent
  if (tenantId) its.tenantId = tenantId
  return its
}

/** The coordinator's own commands: a timer, or an operator's act. */
const own = (message: Message, contract: AnyContract): SagaInput => {
  if (contract === WakeSaga) {
    const { number } = message.data as { number?: number }
    return { kind: 'wake', ...(number ? { number } : {}) }
  }
  const { sagaId: _, ...act } = message.data as Omit<Directive, 'id'> & { sagaId: string }
  return { kind: 'act', act: { id: message.id, ...act } }
}

const answer = (
  definition: Definition,
  question: Asked,
  contract: AnyContract,
  data: unknown,
): SagaInput | undefined => {
  if ('end' in question) {
    const { recorded } = question.end === 'confirm' ? definition.ends.done : definition.ends.undone
    return contract === recorded ? { kind: 'ended', command: question.end } : undefined
  }
  const step = definition.steps.find(({ name }) => name === question.step)
  if (!step || !isCommand(step)) return undefined
  const kind = question.direction === 'undo' ? undoWord(step, contract) : doWord(step, contract)
  return kind && { kind, step: question.step, attempt: question.attempt, data }
}

const doWord = ({ done, refused }: CommandStep, contract: AnyContract) =>
  contract === done ? 'done' : contract === refused ? 'refused' : undefined
const undoWord = ({ undone, undoRefused }: CommandStep, contract: AnyContract) =>
  contract === undone ? 'undone' : contract === undoRefused ? 'undo-refused' : undefined

const byVersion = (a: Definition, b: Definition): number => a.version - b.version
