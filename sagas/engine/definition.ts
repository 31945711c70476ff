import type { AnyContract, AnyDraft, Contract, DataOf } from '../../events/contract.ts'
import type { Reason } from '../../events/vocabulary.ts'
import type { Millis } from '../../reactive/time.ts'

/**
 * A step *compensable* can be undone; the *pivot* decides; what is *retriable* comes after the pivot and is asked
 * until it is done (Garcia-Molina and Salem, "Sagas", 1987; Richardson, "Microservices Patterns", ch. 4).
 */
export type StepKind = 'compensable' | 'pivot' | 'retriable'

// biome-ignore lint/suspicious/noExplicitAny: the engine handles every definition alike; the builder below has the exact types
type Any = any

export type Retry = {
  /** How many attempts in all; each has an id of its own. */
  readonly attempts: number
  /** Which refusals are worth another attempt. */
  readonly when: (because: Reason) => boolean
}

export type Step = {
  readonly name: string
  readonly kind: StepKind
  /** Indices of the steps that must be done before this one is sent. */
  readonly after: readonly number[]
  readonly send: (known: Any) => AnyDraft
  readonly done: AnyContract
  readonly refused?: AnyContract
  readonly undo?: (known: Any, output: Any) => AnyDraft
  readonly undone?: AnyContract
  /** What of the reply later steps read; nothing else is stored. */
  readonly keep?: (data: Any) => unknown
  readonly retry?: Retry
  /** Overrides the stage's step deadline. */
  readonly within?: Millis
}

export type Ends = {
  readonly done: { readonly send: (known: Any, notes: EndNotes) => AnyDraft; readonly recorded: AnyContract }
  readonly undone: { readonly send: (known: Any, because: Reason) => AnyDraft; readonly recorded: AnyContract }
}

export type EndNotes = {
  /** Somebody asked to cancel after the point of no return, and must be told. */
  readonly cancellationTooLate: boolean
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
  /** What of the starting event the steps read; nothing else is stored. */
  readonly keep: (data: Any) => unknown
  readonly steps: readonly Step[]
  readonly ends: Ends
}

type Refusal = Contract<Any, string> & Contract<{ reason: Reason } & Any, string>
type FreshName<Name extends string, Known> = Name extends keyof Known ? never : Name

type Common<Known, Done extends AnyContract, Output> = {
  readonly send: (known: Readonly<Known>) => AnyDraft
  readonly done: Done
  /** What later steps need of the reply; without it they know only that the step is done. */
  readonly keep?: (reply: DataOf<Done>) => Output
  readonly within?: Millis
}

type Refusable = { readonly refused: Refusal; readonly retry?: Retry }

type Undoable<Known, Output> = {
  /** Works from the command's id alone, which travels in the envelope; the output is there only where a reply was seen. */
  readonly undo: (known: Readonly<Known>, output: Output | undefined) => AnyDraft
  readonly undone: AnyContract
}

type EndTerms<Known, First> = {
  readonly done: {
    readonly send: (known: Readonly<Known>, notes: EndNotes) => AnyDraft
    readonly recorded: AnyContract
  }
  readonly undone: {
    readonly send: (known: Readonly<First>, because: Reason) => AnyDraft
    readonly recorded: AnyContract
  }
}

type AfterPivot<First, Known> = {
  /** A step that cannot be refused: it is asked until it is done. */
  retriable<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Common<Known, Done, Output>,
  ): AfterPivot<First, Known & { readonly [N in Name]: Output }>
  /** The command that ends the saga either way; a saga has ended only when it is answered. */
  endsWith(terms: EndTerms<Known, First>): Definition
}

type BeforePivot<First, Known> = {
  /** A step that can be undone. One without a compensation does not compile. */
  step<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Common<Known, Done, Output> & Refusable & Undoable<First, NoInfer<Output>>,
  ): BeforePivot<First, Known & { readonly [N in Name]: Output }>
  /** The point of no return: once it is sent, only its answer decides. */
  pivot<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Common<Known, Done, Output> & Refusable,
  ): AfterPivot<First, Known & { readonly [N in Name]: Output }>
}

type Start = {
  /**
   * The event that starts one instance for each subject. `keep` chooses what of it the steps may read, since it is
   * stored with the instance.
   */
  startedBy<Input extends string, Event extends AnyContract, Kept = DataOf<Event>>(
    input: Input,
    event: Event,
    terms: {
      readonly subject: (data: DataOf<Event>) => string
      readonly keep?: (data: DataOf<Event>) => Kept
      readonly cancelledBy?: AnyContract
    },
  ): BeforePivot<{ readonly [I in Input]: Kept }, { readonly [I in Input]: Kept }>
}

/**
 * Defines a saga as the business says it. Steps run in the order written; each may read what the ones before it kept.
 *
 * Throws when it is built without steps, with a name twice, or with a contract of the wrong kind: a definition is
 * wrong at start-up or not at all.
 *
 * @example
 * saga('fulfil-order', 1)
 *   .startedBy('order', OrderPlaced, { subject: ({ orderId }) => orderId })
 *   .step('reserve-stock', { send: ({ order }) => ReserveStock(order), done: StockReserved, … })
 *   .pivot('capture-payment', { … })
 *   .endsWith({ done: { … }, undone: { … } })
 */
export const saga = (name: string, version: number): Start => ({
  startedBy: (input, event, terms) =>
    builder({
      name,
      version,
      input,
      startedBy: event,
      subjectOf: terms.subject,
      keep: terms.keep ?? ((data) => data),
      ...(terms.cancelledBy ? { cancelledBy: terms.cancelledBy } : {}),
      steps: [],
    }) as Any,
})

type Draughted = Omit<Definition, 'hash' | 'ends'>

const builder = (so: Draughted) => {
  const add = (kind: StepKind) => (name: string, terms: Omit<Step, 'name' | 'kind' | 'after'>) => {
    const after = so.steps.length === 0 ? [] : [so.steps.length - 1]
    return builder({ ...so, steps: [...so.steps, { ...terms, name, kind, after }] })
  }
  return {
    step: add('compensable'),
    pivot: add('pivot'),
    retriable: add('retriable'),
    endsWith: (ends: Ends): Definition => finished({ ...so, ends, hash: fingerprint(so, ends) }),
  }
}

const finished = (definition: Definition): Definition => {
  const wrong = problemsOf(definition)
  if (wrong.length > 0)
    throw new Error(`Saga ${definition.name} v${definition.version} is not sound: ${wrong.join('; ')}.`)
  return definition
}

const named = /^[a-z][a-z0-9-]{0,47}$/

/** What is wrong with a definition, in words; empty when it is sound. The types refuse most of it before. */
export const problemsOf = ({ name, steps, startedBy, cancelledBy, ends }: Omit<Definition, 'hash'>): string[] => {
  const pivot = steps.findIndex(({ kind }) => kind === 'pivot')
  const contractsOf = (step: Step) =>
    [step.done, step.refused, step.undone].filter((contract) => contract !== undefined)
  const replies = [...steps.flatMap(contractsOf), ends.done.recorded, ends.undone.recorded]
  return [
    ...[name, ...steps.map((step) => step.name)]
      .filter((it) => !named.test(it))
      .map((it) => `"${it}" is no name (a–z, 0–9, -, at most 48)`),
    ...steps
      .filter((step, index) => steps.findIndex((other) => other.name === step.name) < index)
      .map((step) => `two steps are called ${step.name}`),
    ...steps.filter((step) => step.name === 'end').map(() => 'a step cannot be called end'),
    ...(steps.length === 0 ? ['it has no steps'] : []),
    ...(pivot < 0 && steps.length > 0 ? ['it has no pivot'] : []),
    ...steps
      .filter(({ kind }, index) => kind === 'pivot' && index !== pivot)
      .map((step) => `${step.name} is a second pivot`),
    ...steps
      .filter(({ kind }, index) => kind === 'compensable' && pivot >= 0 && index > pivot)
      .map((step) => `${step.name} is compensable after the pivot`),
    ...steps
      .filter(({ kind }, index) => kind === 'retriable' && index < pivot)
      .map((step) => `${step.name} is retriable before the pivot`),
    ...steps
      .filter((step) => step.kind === 'compensable' && !(step.undo && step.undone))
      .map((step) => `${step.name} has no compensation`),
    ...[startedBy, cancelledBy]
      .filter((contract) => contract && contract.kind !== 'event')
      .map((contract) => `${contract?.type} is no event`),
    ...replies.filter((contract) => contract.kind !== 'reply').map((contract) => `${contract.type} is no reply`),
  ]
}

/** Every contract that the inbox of this saga may carry. */
export const inboxContracts = (definition: Definition): readonly AnyContract[] => [
  ...new Set([
    definition.startedBy,
    ...(definition.cancelledBy ? [definition.cancelledBy] : []),
    ...definition.steps.flatMap((step) =>
      [step.done, step.refused, step.undone].filter((contract) => contract !== undefined),
    ),
    definition.ends.done.recorded,
    definition.ends.undone.recorded,
  ]),
]

/** What an instance depends on: the steps, their order and kinds, and the contracts that move them. */
export const shapeOf = (definition: Draughted, ends: Ends) => ({
  startedBy: definition.startedBy.type,
  cancelledBy: definition.cancelledBy?.type,
  steps: definition.steps.map((step) => ({
    name: step.name,
    kind: step.kind,
    after: step.after,
    done: step.done.type,
    refused: step.refused?.type,
    undone: step.undone?.type,
  })),
  ends: [ends.done.recorded.type, ends.undone.recorded.type],
})

/** FNV-1a, 32 bits: enough to notice a change, short enough to be stored with every instance. */
const fingerprint = (definition: Draughted, ends: Ends): string => {
  let hash = 0x811c9dc5
  for (const character of JSON.stringify(shapeOf(definition, ends))) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
