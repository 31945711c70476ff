import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import type { CommandRecord, Evidence } from '../../reactive/participant.ts'
import type { SagaState } from '../../sagas/engine/state.ts'

/** How often each disturbance may still strike. What is bounded is the number, never the moment. */
export type Budget = {
  /** A process dies: between a commit and what follows it, with a part of it sent. */
  readonly crash: number
  /** A message is delivered and stays in its queue. */
  readonly duplicate: number
  /** Time passes for a saga: an answer is overdue, or the saga is. */
  readonly silence: number
  readonly cancel: number
  /** A partner does not answer: before its effect, after it, or with the request still under way. */
  readonly timeout: number
  /** A command is too late when its participant gets to it. */
  readonly expire: number
  /** A message, or a start, gets lost for good. */
  readonly loss: number
  /** The partners forget their keys. */
  readonly forget: number
  /** What is only remembered until the horizon is forgotten. */
  readonly age: number
  /** Somebody says the word that a step waits for, or another one. */
  readonly word: number
  /** A participant says that an undo cannot be done just now. */
  readonly stuck: number
  /** An operator acts, in whatever way the machine does not decline. */
  readonly act: number
  /** Another order takes a unit, or gives one back. */
  readonly rival: number
}

type Rec = CommandRecord<string, string>

/** A coordinator between its commit and its acknowledgement, or between load and commit. */
export type Coordinating = {
  readonly saga: number
  readonly holds: readonly string[]
  /** Loaded and folded, but not committed yet. */
  readonly loaded?: {
    readonly over: SagaState | undefined
    readonly next: SagaState | undefined
    readonly sends: readonly string[]
  }
  readonly sends: readonly string[]
}

/** A handler of a participant with a partner, between two acts. */
export type Handling = { readonly holds: string; readonly record: Rec; readonly seen: Evidence<string, string> }

export type World = {
  readonly sagas: readonly (SagaState | undefined)[]
  readonly coordinators: readonly Coordinating[]
  readonly handlers: readonly Handling[]
  /** What participants have on record, by the id of the command. */
  readonly records: Readonly<Record<string, Rec>>
  /** What partners have done, by the key of the call; how often, where a key was forgotten in between. */
  readonly effects: Readonly<Record<string, 'done' | 'refused' | 'reversed'>>
  readonly twice: readonly string[]
  /** Calls whose caller has given up, and that will land all the same. */
  readonly underway: readonly string[]
  /** Ids of messages that may be received. */
  readonly queue: readonly string[]
  readonly ends: readonly ('open' | 'confirmed' | 'rejected' | 'both')[]
  readonly stock: number
  /** Units that other orders hold. */
  readonly elsewhere: number
  readonly parked: readonly string[]
  /** The partners have forgotten their keys; the horizon has passed. */
  readonly forgotten: boolean
  readonly aged: boolean
  /** Words that were said, by the ids of their messages. */
  readonly words: readonly string[]
  readonly left: Budget
}

/** A message, with its contract where a saga is to read it; the same id is always the same message. */
export type Said = { readonly message: Message; readonly toSaga?: AnyContract }

/** What can happen next: a disturbance, somebody's work, or the sweeper where nobody has work. */
export type Step = { readonly what: string; readonly by: 'work' | 'disturbance' | 'sweeper'; readonly world: World }

export const shows = (queue: readonly string[], ids: readonly string[]): readonly string[] => [
  ...new Set([...queue, ...ids]),
]
export const without = (queue: readonly string[], ids: readonly string[]): readonly string[] =>
  queue.filter((id) => !ids.includes(id))
export const spend = (world: World, what: keyof Budget): World => ({
  ...world,
  left: { ...world.left, [what]: world.left[what] - 1 },
})

/**
 * What is left of a budget as a number, and whether one has at least as much of everything as another: four bits for each
 * disturbance that there is, of which the highest stays set in their difference where nothing had to be borrowed.
 */
export const purseOf = (budget: Budget) => {
  const kinds = (Object.keys(budget) as (keyof Budget)[]).filter((kind) => budget[kind] > 0)
  const wrong = kinds.length > 7 || kinds.some((kind) => budget[kind] > 7)
  if (wrong) throw new Error(`At most seven kinds of disturbance, seven of each, and not ${JSON.stringify(budget)}.`)
  const guards = kinds.reduce((bits) => (bits << 4) | 8, 0)
  return {
    of: (left: Budget): number => kinds.reduce((bits, kind) => (bits << 4) | left[kind], 0),
    covers: (left: number, other: number): boolean => (((left | guards) - other) & guards) === guards,
  }
}
