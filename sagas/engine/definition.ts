import type { AnyContract, AnyDraft } from '../../events/contract.ts'
import type { Reason } from '../../events/vocabulary.ts'
import { hashOf } from '../../reactive/hash.ts'
import type { Millis } from '../../reactive/time.ts'

// biome-ignore lint/suspicious/noExplicitAny: the engine handles every definition alike; the builder has the exact types
type Any = any

export type Retry = {
  /** How many attempts in all; each has an id of its own. */
  readonly attempts: number
  /** Which refusals are worth another attempt. */
  readonly when: (because: Reason) => boolean
  /** The longest pause before the second attempt; it doubles with each up to a minute, with full jitter. Default: one second. */
  readonly pause?: Millis
}

type Common = {
  readonly name: string
  /** Indices of the steps that must be behind before this one begins. */
  readonly after: readonly number[]
  /** Left out when this says no. */
  readonly when?: (known: Any) => boolean
  /** What later steps read of it; nothing else is stored. */
  readonly keep?: (data: Any) => unknown
}

export type CommandStep = Common & {
  readonly kind: 'compensable' | 'check' | 'pivot' | 'retriable'
  readonly send: (known: Any) => AnyDraft
  /** The saga that the command starts, where the step is a saga of its own. */
  readonly calls?: string
  readonly done: AnyContract
  readonly refused?: AnyContract
  readonly undo?: (known: Any, output: Any) => AnyDraft
  readonly undone?: AnyContract
  /** Says that the undo cannot be done; a person must decide. */
  readonly undoRefused?: AnyContract
  readonly retry?: Retry
  /** Overrides the stage's step deadline. */
  readonly within?: Millis
}

export type Otherwise = { readonly proceed: unknown } | { readonly refuse: Reason }

export type SignalStep = Common & {
  readonly kind: 'signal'
  readonly on: AnyContract
  /** Where the word that comes is a no: why. */
  readonly refuses?: (data: Any) => Reason | undefined
  readonly within: Millis
  /** What silence means. */
  readonly otherwise: Otherwise
}

export type TimerStep = Common & {
  readonly kind: 'timer'
  readonly wait: (known: Any) => Millis
}

/**
 * What is *compensable* can be undone; a *check* changes nothing, so there is nothing to undo; the *pivot* decides; what
 * is *retriable* comes after the pivot and is asked until it is done (Garcia-Molina and Salem, "Sagas", 1987; Richardson,
 * "Microservices Patterns", ch. 4). A *signal* waits for somebody's word, a *timer* for time to pass.
 */
export type Step = CommandStep | SignalStep | TimerStep

/** Steps side by side of which only so many are needed; the rest are undone as soon as these are there. */
export type Quorum = { readonly of: readonly number[]; readonly need: number }

type End<Word> = {
  readonly send: (known: Any, word: Word) => AnyDraft
  readonly recorded: AnyContract
  /** What the saga that called this one is told. */
  readonly answer?: (known: Any, word: Word) => unknown
}
export type Ends = { readonly done: End<EndNotes>; readonly undone: End<Reason> }

export type EndNotes = {
  /** Somebody asked to cancel after the point of no return, and must be told. */
  readonly cancellationTooLate: boolean
}

/** How another saga starts this one and hears how it ended. */
export type Call = {
  readonly by: AnyContract
  readonly subjectOf: (data: Any) => string
  readonly keep: (data: Any) => unknown
  readonly done: AnyContract
  readonly refused: AnyContract
}

export type Definition = {
  readonly name: string
  readonly version: number
  /** Fingerprint of the shape; an instance runs only on the shape that it was started with. */
  readonly hash: string
  readonly input: string
  readonly startedBy: AnyContract
  readonly subjectOf: (data: Any) => string
  readonly cancelledBy?: AnyContract
  readonly call?: Call
  /** What of the starting event the steps read; nothing else is stored. */
  readonly keep: (data: Any) => unknown
  /** Overrides the stage's saga deadline. */
  readonly within?: Millis
  readonly steps: readonly Step[]
  readonly quorums: readonly Quorum[]
  readonly ends: Ends
}

/** The version that an instance was started with, where this deployment has it. */
export const versionOf = (
  definitions: readonly Definition[],
  its: { readonly definition: string; readonly version: number },
): Definition | undefined => definitions.find(({ name, version }) => name === its.definition && version === its.version)

/** Whether a step sends a command, and so may have an effect somewhere else. */
export const isCommand = (step: Step): step is CommandStep => step.kind !== 'signal' && step.kind !== 'timer'
/** Whether having done it may be left standing on the way back. */
export const isHarmless = ({ kind }: Step): boolean => kind === 'check' || kind === 'signal' || kind === 'timer'

const isSignal = (step: Step): step is SignalStep => step.kind === 'signal'

const named = /^[a-z][a-z0-9-]{0,47}$/

/** What is wrong with a definition, in words; empty when it is sound. The types refuse most of it before. */
export const problemsOf = (definition: Omit<Definition, 'hash'>): string[] => {
  const { name, steps, call, quorums, ends } = definition
  const pivot = steps.findIndex(({ kind }) => kind === 'pivot')
  const before = pivot < 0 ? steps : steps.slice(0, pivot)
  const past = steps.slice(before.length + 1)
  const wordsPast = past.filter(isSignal)
  // Code without types can leave out what the types ask for.
  const unended = (['done', 'undone'] as const).filter((side) => !ends?.[side]?.send || !ends[side].recorded)
  if (unended.length > 0) return unended.map((side) => `it does not say how it ends when it is ${side}`)
  const replies = [...steps.flatMap(repliesTo), ends.done.recorded, ends.undone.recorded]
  const events = eventsOf(definition)
  const where = <T>(list: readonly T[], is: (it: T, index: number) => boolean, say: (it: T) => string) =>
    list.filter(is).map(say)
  return [
    ...where([name, ...steps.map((step) => step.name)], (it) => !named.test(it), badName),
    ...where(
      steps,
      (step, index) => steps.findIndex((other) => other.name === step.name) < index,
      (step) => `two steps are called ${step.name}`,
    ),
    ...where(
      steps,
      (step) => step.name === 'end',
      () => 'a step cannot be called end',
    ),
    ...where(
      steps,
      (step) => step.name === definition.input,
      (step) => `${step.name} is the name of the input`,
    ),
    ...where(
      steps,
      (step, index) => step.after.some((other) => other >= index || other < 0),
      (step) => `${step.name} comes after itself or a later step`,
    ),
    ...(steps.length === 0 ? ['it has no steps'] : pivot < 0 ? ['it has no pivot'] : []),
    ...where(
      past,
      ({ kind }) => kind === 'pivot',
      (step) => `${step.name} is a second pivot`,
    ),
    ...where(
      past,
      ({ kind }) => kind === 'compensable' || kind === 'check',
      (step) => `${step.name} is ${step.kind === 'check' ? 'a check' : 'compensable'} after the pivot`,
    ),
    ...where(
      before,
      ({ kind }) => kind === 'retriable',
      (step) => `${step.name} is retriable before the pivot`,
    ),
    ...where(
      steps,
      (step) => step.kind === 'compensable' && !(step.undo && step.undone),
      (step) => `${step.name} has no compensation`,
    ),
    ...where(
      wordsPast,
      ({ otherwise }) => 'refuse' in otherwise,
      (step) => `${step.name} may refuse after the pivot`,
    ),
    ...where(
      steps,
      (step) => step.kind === 'retriable' && step.refused !== undefined,
      (step) => `${step.name} is retriable, and may be refused`,
    ),
    ...where(
      wordsPast,
      ({ refuses }) => refuses !== undefined,
      (step) => `${step.name} may hear a no after the pivot`,
    ),
    ...where(
      steps.filter(isCommand),
      ({ done, refused, undone, undoRefused }) => done === refused || (undone !== undefined && undone === undoRefused),
      (step) => `${step.name} is told yes and no by the same reply`,
    ),
    ...where(
      quorums,
      ({ of, need }) => !(Number.isInteger(need) && need >= 1 && need <= of.length),
      ({ of, need }) => `a quorum of ${need} cannot be reached by ${of.length} steps`,
    ),
    ...where(
      quorums.flatMap(({ of }) => of.map((index) => steps[index]!)),
      ({ kind }) => kind !== 'compensable',
      (step) => `${step.name} is in a quorum, but what is not needed of it could not be undone`,
    ),
    ...where(
      events,
      ({ kind }) => kind !== 'event',
      ({ type }) => `${type} is no event`,
    ),
    ...where(
      events,
      (it, index) => events.indexOf(it) < index,
      ({ type }) => `${type} says two things to it`,
    ),
    ...where(
      replies,
      ({ kind }) => kind !== 'reply',
      ({ type }) => `${type} is no reply`,
    ),
    ...(call && !(ends.done.answer && ends.undone.answer)
      ? ['it can be called, but does not answer at both ends']
      : []),
    ...(call && call.by.kind !== 'command' ? [`${call.by.type} is no command`] : []),
  ]
}

const badName = (it: string) => `"${it}" is no name (a–z, 0–9, -, at most 48)`

/** Every contract by which a step may be answered. */
const repliesTo = (step: Step): readonly AnyContract[] =>
  isCommand(step)
    ? [step.done, step.refused, step.undone, step.undoRefused].filter((contract) => contract !== undefined)
    : []

/** The events that start, cancel or signal an instance: what its inbox subscribes to. */
export const eventsOf = ({ startedBy, cancelledBy, steps }: Omit<Definition, 'hash'>): readonly AnyContract[] => [
  startedBy,
  ...(cancelledBy ? [cancelledBy] : []),
  ...steps.filter(isSignal).map(({ on }) => on),
]

/** Every contract that the inbox of this saga may carry. */
export const inboxContracts = (definition: Definition): readonly AnyContract[] => [
  ...new Set([
    ...eventsOf(definition),
    ...(definition.call ? [definition.call.by] : []),
    ...definition.steps.flatMap(repliesTo),
    definition.ends.done.recorded,
    definition.ends.undone.recorded,
  ]),
]

type Draughted = Omit<Definition, 'hash' | 'ends'>

/**
 * What an instance depends on: the steps, their order and kinds, and the contracts that move them. JSON leaves out what
 * is undefined, so a definition that lacks a part has the shape that it had before there was such a part.
 */
export const shapeOf = (definition: Draughted, ends: Ends) => ({
  startedBy: definition.startedBy.type,
  cancelledBy: definition.cancelledBy?.type,
  calledBy: definition.call && [definition.call.by.type, definition.call.done.type, definition.call.refused.type],
  steps: definition.steps.map((step) => ({
    name: step.name,
    kind: step.kind,
    after: step.after,
    conditional: step.when && true,
    ...(isCommand(step)
      ? {
          calls: step.calls,
          done: step.done.type,
          refused: step.refused?.type,
          undone: step.undone?.type,
          undoRefused: step.undoRefused?.type,
        }
      : {}),
    ...(isSignal(step) ? { on: step.on.type } : {}),
  })),
  quorums: definition.quorums.length > 0 ? definition.quorums : undefined,
  ends: [ends.done.recorded.type, ends.undone.recorded.type],
})

/** 32 bits: enough to notice a change, short enough to be stored with every instance. */
export const fingerprint = (definition: Draughted, ends: Ends): string =>
  hashOf(JSON.stringify(shapeOf(definition, ends)))
    .toString(16)
    .padStart(8, '0')
