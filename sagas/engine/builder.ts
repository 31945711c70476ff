import type { AnyContract, AnyDraft, Contract, DataOf } from '../../events/contract.ts'
import type { Reason } from '../../events/vocabulary.ts'
import type { Millis } from '../../reactive/time.ts'
import {
  type Call,
  type CommandStep,
  type Definition,
  type EndNotes,
  type Ends,
  fingerprint,
  problemsOf,
  type Quorum,
  type Retry,
  type Step,
} from './definition.ts'

// biome-ignore lint/suspicious/noExplicitAny: below the typed surface every definition is alike
type Any = any
type Refusal = Contract<Any, string> & Contract<{ reason: Reason } & Any, string>
type FreshName<Name extends string, Known> = Name extends keyof Known ? never : Name
type With<Known, Name extends string, Output> = Known & { readonly [N in Name]: Output }
/** What steps leave that may have been left out, or of which not all are needed. */
type Perhaps<Added> = { readonly [N in keyof Added]: Added[N] | undefined }

type Terms<Known, Done extends AnyContract, Output> = {
  readonly send: (known: Readonly<Known>) => AnyDraft
  readonly done: Done
  /** What later steps need of the reply; without it they know only that the step is done. */
  readonly keep?: (reply: DataOf<Done>) => Output
  readonly within?: Millis
}

type Refusable = { readonly refused: Refusal; readonly retry?: Retry }

/** After the pivot there is no way back: a step is asked until it is done, and a word is heard but is no refusal. */
type Unrefusable = { readonly refused?: never; readonly refuses?: never }

type Undoable<First, Output> = {
  /** Works from the command's id alone, which travels in the envelope; the output is there only where a reply was seen. */
  readonly undo: (known: Readonly<First>, output: Output | undefined) => AnyDraft
  readonly undone: AnyContract
  /** The reply that says it cannot be undone: the step becomes an operator's case, and the other undos still run. */
  readonly undoRefused?: Refusal
}

type SignalTerms<Event extends AnyContract, Output, Silence> = {
  /** The event that says it, about the saga's subject. */
  readonly on: Event
  /** Where the word that comes is a no: why. The saga turns back. */
  readonly refuses?: (word: DataOf<Event>) => Reason | undefined
  readonly keep?: (word: DataOf<Event>) => Output
  /** How long to wait, and what silence means then. */
  readonly within: Millis
  readonly otherwise: Silence
}
type Proceed<Output> = { readonly proceed: Output }
type Refuse = { readonly refuse: Reason }
/** What silence stands for is what a word would have left; a type of its own, as TypeScript settles the two apart. */
type Fits<Default, Output> = [Default] extends [Output] ? unknown : { readonly otherwise: { readonly proceed: Output } }

type CallTerms = { readonly by: AnyContract; readonly done: AnyContract; readonly refused: Refusal }
type Answer<C extends CallTerms | undefined, Side extends 'done' | 'refused', Known, Word> = C extends CallTerms
  ? { readonly answer: (known: Readonly<Known>, word: Word) => DataOf<C[Side]> }
  : unknown

type EndTerms<Known, First, C extends CallTerms | undefined> = {
  readonly done: {
    readonly send: (known: Readonly<Known>, notes: EndNotes) => AnyDraft
    readonly recorded: AnyContract
  } & Answer<C, 'done', Known, EndNotes>
  readonly undone: {
    readonly send: (known: Readonly<First>, because: Reason) => AnyDraft
    readonly recorded: AnyContract
  } & Answer<C, 'refused', First, Reason>
}

/** A definition that another saga may call, with the contracts of the call. */
export type Callable<C extends CallTerms> = Definition & { readonly call: Call & C }
type Finished<C extends CallTerms | undefined> = C extends CallTerms ? Callable<C> : Definition

/** Compensable steps side by side: each reads what was there before the group. */
type Group<First, Known, Added> = {
  step<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known & Added>,
    terms: Terms<Known, Done, Output> & Refusable & Undoable<First, NoInfer<Output>>,
  ): Group<First, Known, With<Added, Name, Output>>
}

/** Retriable steps side by side. */
type LateGroup<Known, Added> = {
  retriable<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known & Added>,
    terms: Terms<Known, Done, Output> & Unrefusable,
  ): LateGroup<Known, With<Added, Name, Output>>
}

/** Steps that are left out together, one after the other. */
type Block<First, Known, Added> = {
  step<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known & Added>,
    terms: Terms<Known & Added, Done, Output> & Refusable & Undoable<First, NoInfer<Output>>,
  ): Block<First, Known, With<Added, Name, Output>>
  check<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known & Added>,
    terms: Terms<Known & Added, Done, Output> & Refusable,
  ): Block<First, Known, With<Added, Name, Output>>
  signal<Name extends string, Event extends AnyContract, Output = undefined, const Default = never>(
    name: FreshName<Name, Known & Added>,
    terms: SignalTerms<Event, Output, Proceed<Default> | Refuse> & Fits<Default, Output>,
  ): Block<First, Known, With<Added, Name, Output>>
  timer<Name extends string>(
    name: FreshName<Name, Known & Added>,
    wait: (known: Readonly<Known & Added>) => Millis,
  ): Block<First, Known, With<Added, Name, undefined>>
}

type LateBlock<Known, Added> = {
  retriable<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known & Added>,
    terms: Terms<Known & Added, Done, Output> & Unrefusable,
  ): LateBlock<Known, With<Added, Name, Output>>
  timer<Name extends string>(
    name: FreshName<Name, Known & Added>,
    wait: (known: Readonly<Known & Added>) => Millis,
  ): LateBlock<Known, With<Added, Name, undefined>>
}

type AfterPivot<First, Known, C extends CallTerms | undefined> = {
  /** A step that cannot be refused: it is asked until it is done. */
  retriable<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Terms<Known, Done, Output> & Unrefusable,
  ): AfterPivot<First, With<Known, Name, Output>, C>
  /** Retriable steps side by side; all of them are needed. */
  parallel<Added>(
    build: (group: LateGroup<Known, unknown>) => LateGroup<Known, Added>,
  ): AfterPivot<First, Known & Added, C>
  /** Steps that are left out where the condition does not hold; later ones then read `undefined`. */
  when<Added>(
    condition: (known: Readonly<Known>) => boolean,
    build: (steps: LateBlock<Known, unknown>) => LateBlock<Known, Added>,
  ): AfterPivot<First, Known & Perhaps<Added>, C>
  /** Waits for somebody's word; there is no way back any more, so silence goes on. */
  signal<Name extends string, Event extends AnyContract, Output = undefined, const Default = never>(
    name: FreshName<Name, Known>,
    terms: Omit<SignalTerms<Event, Output, Proceed<Default>>, 'refuses'> & Unrefusable & Fits<Default, Output>,
  ): AfterPivot<First, With<Known, Name, Output>, C>
  /** Waits for time to pass. */
  timer<Name extends string>(
    name: FreshName<Name, Known>,
    wait: (known: Readonly<Known>) => Millis,
  ): AfterPivot<First, With<Known, Name, undefined>, C>
  /** The command that ends the saga either way; a saga has ended only when it is answered. */
  endsWith(terms: EndTerms<Known, First, C>): Finished<C>
}

type BeforePivot<First, Known, C extends CallTerms | undefined> = {
  /** A step that can be undone. One without a compensation does not compile. */
  step<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Terms<Known, Done, Output> & Refusable & Undoable<First, NoInfer<Output>>,
  ): BeforePivot<First, With<Known, Name, Output>, C>
  /** A question that changes nothing, so that there is nothing to undo; asking again is its probe. */
  check<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Terms<Known, Done, Output> & Refusable,
  ): BeforePivot<First, With<Known, Name, Output>, C>
  /** Steps side by side; all of them are needed, and each reads only what was there before the group. */
  parallel<Added>(
    build: (group: Group<First, Known, unknown>) => Group<First, Known, Added>,
  ): BeforePivot<First, Known & Added, C>
  /** Steps side by side of which `need` suffice. The rest are undone as soon as so many are done. */
  quorum<Added>(
    need: number,
    build: (group: Group<First, Known, unknown>) => Group<First, Known, Added>,
  ): BeforePivot<First, Known & Perhaps<Added>, C>
  /** Steps that are left out where the condition does not hold; later ones then read `undefined`. */
  when<Added>(
    condition: (known: Readonly<Known>) => boolean,
    build: (steps: Block<First, Known, unknown>) => Block<First, Known, Added>,
  ): BeforePivot<First, Known & Perhaps<Added>, C>
  /** Waits for somebody's word: an approval, a parcel that arrives. It may come before it is waited for. */
  signal<Name extends string, Event extends AnyContract, Output = undefined, const Default = never>(
    name: FreshName<Name, Known>,
    terms: SignalTerms<Event, Output, Proceed<Default> | Refuse> & Fits<Default, Output>,
  ): BeforePivot<First, With<Known, Name, Output>, C>
  /** Waits for time to pass. */
  timer<Name extends string>(
    name: FreshName<Name, Known>,
    wait: (known: Readonly<Known>) => Millis,
  ): BeforePivot<First, With<Known, Name, undefined>, C>
  /** The point of no return: once it is sent, only its answer decides. */
  pivot<Name extends string, Done extends AnyContract, Output = undefined>(
    name: FreshName<Name, Known>,
    terms: Terms<Known, Done, Output> & Refusable,
  ): AfterPivot<First, With<Known, Name, Output>, C>
  /** Starts another saga and waits for its end. A saga that contains a pivot is a pivot. */
  subsaga<Name extends string, Called extends CallTerms, Output = undefined>(
    name: FreshName<Name, Known>,
    called: Callable<Called>,
    terms: {
      readonly send: (known: Readonly<Known>) => DataOf<Called['by']>
      readonly keep?: (answer: DataOf<Called['done']>) => Output
    },
  ): AfterPivot<First, With<Known, Name, Output>, C>
}

type Start = {
  /**
   * The event that starts one instance for each subject. `keep` chooses what of it the steps may read, since it is
   * stored with the instance. `called` names the command by which another saga may start one instead.
   */
  startedBy<
    Input extends string,
    Event extends AnyContract,
    Kept = DataOf<Event>,
    By extends AnyContract = never,
    Done extends AnyContract = never,
    Refused extends Refusal = never,
  >(
    input: Input,
    event: Event,
    terms: {
      readonly subject: (data: DataOf<Event>) => string
      readonly keep?: (data: DataOf<Event>) => Kept
      readonly cancelledBy?: AnyContract
      readonly called?: {
        readonly by: By
        readonly subject: (data: DataOf<By>) => string
        readonly keep: (data: DataOf<By>) => NoInfer<Kept>
        readonly done: Done
        readonly refused: Refused
      }
      /** How long it may take to reach the pivot; without it the stage's saga deadline. */
      readonly within?: Millis
    },
  ): BeforePivot<
    { readonly [I in Input]: Kept },
    { readonly [I in Input]: Kept },
    [By] extends [never] ? undefined : { readonly by: By; readonly done: Done; readonly refused: Refused }
  >
}

/**
 * Defines a saga as the business says it. Steps run in the order written, those of a group side by side; each may read
 * what the ones before it kept.
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
  startedBy: (input, event, { subject, keep, cancelledBy, called, within }) =>
    builder({
      name,
      version,
      input,
      startedBy: event,
      subjectOf: subject,
      keep: keep ?? ((data) => data),
      ...(cancelledBy ? { cancelledBy } : {}),
      ...(called
        ? {
            call: {
              by: called.by,
              subjectOf: called.subject,
              keep: called.keep,
              done: called.done,
              refused: called.refused,
            },
          }
        : {}),
      ...(within ? { within } : {}),
      steps: [],
      quorums: [],
      frontier: [],
    }) as Any,
})

/** `frontier`: what the next step comes after; `when`: the condition of the block that is being built. */
type Draughted = Omit<Definition, 'hash' | 'ends'> & {
  readonly frontier: readonly number[]
  readonly when?: (known: Any) => boolean
}

const builder = (so: Draughted): Any => {
  const add = (step: Any) =>
    builder({
      ...so,
      steps: [...so.steps, { ...step, after: so.frontier, ...(so.when ? { when: so.when } : {}) } as Step],
      frontier: [so.steps.length],
    })
  const named = (kind: Step['kind']) => (name: string, terms: object) => add({ ...terms, name, kind })
  const sideBySide = (kind: CommandStep['kind'], word: string, build: (group: Any) => Any, need?: number) => {
    const members: Step[] = []
    const group: Any = {
      [word]: (name: string, terms: object) => {
        members.push({ ...terms, name, kind, after: so.frontier } as Step)
        return group
      },
    }
    build(group)
    const of = members.map((_, index) => so.steps.length + index)
    const quorum: Quorum[] = need === undefined ? [] : [{ of, need }]
    return builder({
      ...so,
      steps: [...so.steps, ...members],
      quorums: [...so.quorums, ...quorum],
      frontier: of.length > 0 ? of : so.frontier,
    })
  }
  return {
    step: named('compensable'),
    check: named('check'),
    pivot: named('pivot'),
    retriable: named('retriable'),
    signal: named('signal'),
    timer: (name: string, wait: Any) => add({ name, kind: 'timer', wait }),
    parallel: (build: (group: Any) => Any) =>
      so.steps.some(({ kind }) => kind === 'pivot')
        ? sideBySide('retriable', 'retriable', build)
        : sideBySide('compensable', 'step', build),
    when: (when: (known: Any) => boolean, build: (steps: Any) => { readonly so: Draughted }) => {
      const { when: _, ...built } = build(builder({ ...so, when })).so
      return builder(built)
    },
    so,
    quorum: (need: number, build: (group: Any) => Any) => sideBySide('compensable', 'step', build, need),
    subsaga: (name: string, { name: calls, call }: Definition, { send, keep }: Any) =>
      add({
        name,
        kind: 'pivot',
        calls,
        send: (known: Any) => call!.by(send(known)),
        done: call!.done,
        refused: call!.refused,
        ...(keep ? { keep } : {}),
      }),
    endsWith: (ends: Ends): Definition => {
      const { frontier: _, when: __, ...definition } = so
      refuseUnsound({ ...definition, ends })
      return { ...definition, ends, hash: fingerprint(definition, ends) }
    },
  }
}

const refuseUnsound = (definition: Omit<Definition, 'hash'>): void => {
  const wrong = problemsOf(definition)
  if (wrong.length > 0)
    throw new Error(`Saga ${definition.name} v${definition.version} is not sound: ${wrong.join('; ')}.`)
}
