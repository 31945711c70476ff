import type { Definition } from '../../sagas/engine/definition.ts'
import { coordinatorSteps, isQuiet, type Terms } from './coordinators.ts'
import { keys } from './key.ts'
import { participantSteps } from './participants.ts'
import { isSettled, unsafe, unsafeStep } from './rules.ts'
import { type Called, type Stage, stageOf } from './stage.ts'
import { visited } from './visited.ts'
import { type Budget, purseOf, type Step, shows, spend, type World } from './world.ts'

export type Configuration = {
  readonly name: string
  readonly definition: Definition
  readonly instances: number
  /** The saga that each instance calls. */
  readonly calls?: Called
  /** Units on the shelf at the start: fewer than instances, and one is refused. */
  readonly stock: number
  readonly budget: Partial<Budget>
  /** Whether a coordinator may receive two messages at once. */
  readonly batches?: boolean
  /** Whether load and commit are two steps, so that coordinators race; otherwise the loser's run is the message not received. */
  readonly races?: boolean
  /** Nobody wakes what fell asleep: redelivery alone must bring everything to its end. */
  readonly sleepless?: boolean
  /** After so many worlds it is cut, unless somebody says otherwise. */
  readonly most?: number
}

export type Finding = { readonly what: string; readonly path: readonly string[] }

export type Explored = {
  readonly name: string
  readonly states: number
  readonly steps: number
  /** False when the search was stopped at its limit. */
  readonly exhausted: boolean
  readonly unsafe: readonly Finding[]
  /** Worlds from which no undisturbed way leads to an end. Not looked for when the search was stopped. */
  readonly dead: readonly Finding[]
  readonly settled: number
  readonly seconds: number
}

const nothing: Budget = {
  crash: 0,
  duplicate: 0,
  silence: 0,
  cancel: 0,
  timeout: 0,
  expire: 0,
  loss: 0,
  forget: 0,
  age: 0,
  word: 0,
  stuck: 0,
  act: 0,
  rival: 0,
}

/**
 * Visits every world that can be reached within the budget, breadth first, so that the way to a finding is the shortest;
 * each once, and again only where something may strike it that could not before. Stops at the first finding, or after
 * `most` worlds. `look` is shown each world when it is new.
 */
export const explore = (
  {
    name,
    definition,
    instances,
    calls,
    stock,
    budget,
    batches = false,
    races = false,
    sleepless = false,
  }: Configuration,
  most: number,
  look?: (world: World) => void,
): Explored => {
  const from = performance.now()
  const stage = stageOf(definition, instances, calls)
  const keyOf = keys()
  const first: World = {
    sagas: stage.sagaIds.map(() => undefined),
    coordinators: [],
    handlers: [],
    records: {},
    effects: {},
    twice: [],
    underway: [],
    queue: stage.started.filter((start) => start !== undefined),
    ends: stage.sagaIds.map(() => 'open'),
    stock,
    elsewhere: 0,
    parked: [],
    forgotten: false,
    aged: false,
    words: [],
    left: { ...nothing, ...budget },
  }
  const purse = purseOf(first.left)
  const known = visited(purse.covers)
  known.add(hashOf(keyOf(first)), purse.of(first.left), -1)
  look?.(first)
  const settled: number[] = []
  let frontier: { readonly id: number; readonly world: World }[] = [{ id: 0, world: first }]
  const found: Finding[] = []
  let steps = 0
  /** The way to a world, gone again from the first: it is asked for once, and would take more room than all the worlds. */
  const pathTo = (id: number): string[] => {
    const way: number[] = []
    for (let at = id; at > 0; at = known.parentOf(at)) way.push(at)
    let world = first
    return way.reverse().map((at) => {
      const leadsThere = ({ world: to }: Step) => known.is(at, hashOf(keyOf(to)), purse.of(to.left))
      const step = stepsFrom(stage, world, { batches, races }).find(leadsThere)!
      world = step.world
      return step.what
    })
  }

  while (frontier.length > 0 && known.count < most && found.length === 0) {
    const next: typeof frontier = []
    for (const { id, world } of frontier) {
      if (isSettled(stage, world)) settled.push(id)
      const before = purse.of(world.left)
      for (const step of stepsFrom(stage, world, { batches, races })) {
        steps += 1
        const wrong = unsafeStep(stage, world, step.world)
        const [hash, left] = [hashOf(keyOf(step.world)), purse.of(step.world.left)]
        if (step.by !== 'disturbance' && left !== before)
          throw new Error(`${step.what} is nobody's disturbance and spends.`)
        let to = known.find(hash, left)
        // A world that is known was looked at when it was new.
        if (to < 0) wrong.push(...unsafe(stage, step.world))
        if (wrong.length > 0) found.push({ what: wrong[0]!, path: [...pathTo(id), step.what] })
        if (to < 0) {
          to = known.add(hash, left, id)
          look?.(step.world)
          next.push({ id: to, world: step.world })
        }
        if (step.by === 'work' || (step.by === 'sweeper' && !sleepless)) known.link(id, to)
      }
    }
    frontier = next
  }
  const exhausted = frontier.length === 0 && found.length === 0
  const dead = exhausted ? known.unreachable(settled) : -1
  return {
    name,
    states: known.count,
    steps,
    exhausted,
    unsafe: found.slice(0, 1),
    dead: dead < 0 ? [] : [{ what: 'no way leads from here to an end', path: pathTo(dead) }],
    settled: settled.length,
    seconds: (performance.now() - from) / 1_000,
  }
}

const stepsFrom = (stage: Stage, world: World, terms: Terms): Step[] => [
  ...customers(stage, world),
  ...speakers(stage, world),
  ...rivals(world),
  ...coordinatorSteps(stage, world, terms),
  ...participantSteps(stage, world),
]

/** Customers cancel at any moment; a start may get lost, and the reconciler says it again where no saga has begun. */
const customers = (stage: Stage, world: World): Step[] => {
  const steps: Step[] = []
  stage.cancelled.forEach((cancel) => {
    if (cancel && world.left.cancel > 0)
      steps.push({
        what: `customer says ${cancel}`,
        by: 'disturbance',
        world: spend({ ...world, queue: shows(world.queue, [cancel]) }, 'cancel'),
      })
  })
  stage.started.forEach((start, saga) => {
    if (!start) return
    const phase = world.sagas[saga]?.phase
    if (world.left.loss > 0 && world.queue.includes(start))
      steps.push({
        what: `${start} is lost`,
        by: 'disturbance',
        world: spend({ ...world, queue: world.queue.filter((id) => id !== start) }, 'loss'),
      })
    if (isQuiet(world) && (phase === undefined || phase === 'early-cancel' || phase === 'early-signal'))
      steps.push({
        what: `the reconciler says ${start} again`,
        by: 'sweeper',
        world: { ...world, queue: shows(world.queue, [start]) },
      })
  })
  return steps
}

/** Whoever is waited for may speak at any moment, before the start as well, and say one thing or the other. */
const speakers = (stage: Stage, world: World): Step[] =>
  world.left.word === 0
    ? []
    : stage.words.flatMap((ids) =>
        ids
          .filter((id) => !world.words.includes(id))
          .map((id) => ({
            what: `somebody says ${id}`,
            by: 'disturbance' as const,
            world: spend({ ...world, queue: shows(world.queue, [id]), words: [...world.words, id] }, 'word'),
          })),
      )

/**
 * Another order takes a unit, or gives back what it has taken, at any moment: all that one order can see of another. What
 * is safe among rivals, and comes to its end without them, is so in the company of any order.
 */
const rivals = (world: World): Step[] => {
  const { stock, elsewhere, left } = world
  const moved = (by: number, what: string): Step => ({
    what,
    by: 'disturbance',
    world: spend({ ...world, stock: stock - by, elsewhere: elsewhere + by }, 'rival'),
  })
  return [
    ...(left.rival > 0 && stock > 0 ? [moved(1, 'another order takes a unit')] : []),
    ...(left.rival > 0 && elsewhere > 0 ? [moved(-1, 'another order gives a unit back')] : []),
  ]
}

/** 53 bits of two mixed 32-bit hashes: among ten million worlds two share one with a chance of one in two hundred. */
const hashOf = (text: string): number => {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 0x9e3779b1)
    low = Math.imul(low ^ code, 0x5f356495)
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  return (high >>> 0) * 0x20_0000 + ((low >>> 0) & 0x1f_ffff)
}
