import { type Outgoing, turnedAway } from '../../sagas/engine/outstanding.ts'
import type { Directive, Running, SagaInput, SagaState } from '../../sagas/engine/state.ts'
import type { Stage } from './stage.ts'
import { moments, moved, owed } from './timeless.ts'
import { type Coordinating, type Step, shows, spend, type World, without } from './world.ts'

type Folded = { readonly next: SagaState | undefined; readonly sends: readonly string[] }

export type Terms = { readonly batches: boolean; readonly races: boolean }

/** What two coordinators may do: receive, fold, commit, send, acknowledge; and die in between. */
export const coordinatorSteps = (stage: Stage, world: World, terms: Terms): Step[] => {
  const steps: Step[] = []
  if (world.coordinators.length < 2) {
    const waiting = world.queue.filter((id) => isForSaga(stage, id))
    for (const [index, id] of waiting.entries()) {
      steps.push(...received(stage, world, terms, [id]))
      if (world.left.duplicate > 0) steps.push(...received(stage, world, terms, [id], true))
      if (!terms.batches) continue
      for (const other of waiting.slice(index + 1))
        if (stage.sagaOf(other) === stage.sagaOf(id)) steps.push(...received(stage, world, terms, [id, other]))
    }
    world.sagas.forEach((state, saga) => {
      if (state?.phase !== 'running') return
      if (world.left.silence > 0) {
        const tired = spend(world, 'silence')
        steps.push(...woken(stage, tired, terms, saga, moments.overdue, 'disturbance'))
        if (state.mode === 'forward') steps.push(...woken(stage, tired, terms, saga, moments.tooLate, 'disturbance'))
      }
      if (world.left.act > 0) steps.push(...directed(stage, world, terms, saga, state))
      // Elsewhere a sweeper's wake-up adds nothing to a message that is there to be received.
      if (isQuiet(world)) steps.push(...woken(stage, world, terms, saga, moments.overdue, 'sweeper'))
    })
  }
  for (const [index, at] of world.coordinators.entries()) steps.push(...continued(world, at, index))
  return steps
}

const isForSaga = (stage: Stage, id: string): boolean => stage.find(id).toSaga !== undefined
export const isQuiet = ({ queue, coordinators, handlers, underway }: World): boolean =>
  queue.length === 0 && coordinators.length === 0 && handlers.length === 0 && underway.length === 0

const received = (stage: Stage, world: World, terms: Terms, ids: readonly string[], stays = false): Step[] => {
  const saga = stage.sagaOf(ids[0]!)
  const inputs = ids.map((id) => stage.read(id).input)
  const from = stays ? spend(world, 'duplicate') : { ...world, queue: without(world.queue, ids) }
  const what = `coordinator receives ${ids.join(' + ')}${stays ? ', which stays' : ''}`
  const by = stays ? ('disturbance' as const) : ('work' as const)
  return loaded(stage, from, terms, saga, inputs, ids, what, by)
}

const woken = (stage: Stage, world: World, terms: Terms, saga: number, at: number, by: Step['by']): Step[] =>
  loaded(stage, world, terms, saga, [{ kind: 'wake', number: 1 }], [], `time passes for ${stage.sagaIds[saga]}`, by, at)

/** Whatever an operator may do to a saga as it stands, and the machine does not decline. */
const directed = (stage: Stage, world: World, terms: Terms, saga: number, state: Running): Step[] => {
  const id = `act-${world.left.act}`
  const said = { id, by: 'ann', reason: 'It has to be.' }
  return actsOn(stage, world, saga, state)
    .map((act) => ({ kind: 'act', act: { ...said, ...act } }) as const)
    .filter((input) => moved(stage.definitionOf(saga), state, input, stage.occasionOf(saga)).is === 'applied')
    .flatMap((input) => {
      const { verb, step = '', as = '' } = input.act
      const what = `an operator says ${verb} ${step} ${as}`.trimEnd()
      return loaded(stage, spend(world, 'act'), terms, saga, [input], [], what, 'disturbance')
    })
}

type Said = Pick<Directive, 'verb' | 'step' | 'as' | 'attempt' | 'data'>

/** Every verb on every step; what is said to have become of one is what its participant has on record. */
const actsOn = (stage: Stage, world: World, saga: number, { steps }: Running): Said[] => [
  { verb: 'retry' },
  { verb: 'compensate' },
  { verb: 'cancel' },
  ...stage.definitionOf(saga).steps.flatMap(({ name, kind }, index): Said[] => {
    const { status, attempt } = steps[index]!
    const record = world.records[`${stage.sagaIds[saga]}/${name}/do/${attempt}`]?.state
    const isUndone = record === 'undone' || record === 'tombstone' || record === 'refused'
    const as = ['undoing', 'undo-failed'].includes(status)
      ? isUndone && ('undone' as const)
      : record === 'done'
        ? ('done' as const)
        : (record === 'refused' || record === 'tombstone') && ('refused' as const)
    return [
      { verb: 'retry', step: name },
      { verb: 'skip', step: name },
      ...(as ? [{ verb: 'resolve', step: name, as, attempt, data: stage.evidenceOf(saga) } as const] : []),
      ...(kind === 'signal' ? [{ verb: 'signal', step: name, data: stage.evidenceOf(saga) } as const] : []),
    ]
  }),
]

/** Load and fold; the commit is a step of its own, so that two coordinators race for it. */
const loaded = (
  stage: Stage,
  world: World,
  { races }: Terms,
  saga: number,
  inputs: readonly SagaInput[],
  holds: readonly string[],
  what: string,
  by: Step['by'],
  at?: number,
): Step[] => {
  const over = world.sagas[saga]
  const { next, sends } = folded(stage, saga, over, inputs, at)
  const coordinating: Coordinating = races
    ? { saga, holds, loaded: { over, next, sends }, sends: [] }
    : { saga, holds, sends }
  const sagas = races || next === over ? world.sagas : world.sagas.with(saga, next)
  return [{ what, by, world: { ...world, sagas, coordinators: [...world.coordinators, coordinating] } }]
}

const folded = (
  stage: Stage,
  saga: number,
  over: SagaState | undefined,
  inputs: readonly SagaInput[],
  at?: number,
): Folded => {
  const definition = stage.definitionOf(saga)
  let next = over
  let owes = false
  const aside: Outgoing[] = []
  for (const input of [...inputs].sort((a, b) => Number(a.kind === 'wake') - Number(b.kind === 'wake'))) {
    const verdict = moved(definition, next, input, stage.occasionOf(saga), at)
    if (verdict.is === 'parked') throw new Error(`${stage.sagaIds[saga]} parked ${input.kind}: ${verdict.message}`)
    if (verdict.is === 'applied' || verdict.is === 'postponed') next = verdict.state
    if (verdict.is === 'applied' || verdict.is === 'known') owes = true
    if (verdict.is === 'turned-away' && input.kind === 'start')
      aside.push(turnedAway(definition, { ...verdict, data: input.data }, stage.occasionOf(saga), moments.now))
  }
  const sends = [...(owes ? owed(definition, next) : []), ...aside].map(stage.send)
  return { next, sends }
}

const continued = (world: World, at: Coordinating, index: number): Step[] => {
  const rest = world.coordinators.filter((_, other) => other !== index)
  const back: World = { ...world, coordinators: rest, queue: shows(world.queue, at.holds) }
  const crashes = world.left.crash > 0
  const steps: Step[] = []
  if (at.loaded) {
    const { over, next, sends } = at.loaded
    const changed = next !== over
    // A crash before the commit is no step: it is the message not having been received yet.
    if (changed && world.sagas[at.saga] !== over) {
      steps.push({ what: 'coordinator lost the race', by: 'work', world: back })
      return steps
    }
    const sagas = changed ? world.sagas.with(at.saga, next) : world.sagas
    const committed: Coordinating = { saga: at.saga, holds: at.holds, sends }
    steps.push({
      what: changed ? 'coordinator commits' : 'coordinator finds it known',
      by: 'work',
      world: { ...world, sagas, coordinators: world.coordinators.with(index, committed) },
    })
    return steps
  }
  steps.push({
    what: `coordinator sends ${at.sends.join(', ') || 'nothing'} and acknowledges`,
    by: 'work',
    world: { ...world, coordinators: rest, queue: shows(world.queue, at.sends) },
  })
  if (!crashes) return steps
  // Any part of it may have gone out before the process died; what it held comes again.
  const tired = spend(back, 'crash')
  for (const sent of subsets(at.sends))
    steps.push({
      what: `coordinator dies having sent ${sent.join(', ') || 'nothing'}`,
      by: 'disturbance',
      world: { ...tired, queue: shows(tired.queue, sent) },
    })
  return steps
}

const subsets = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** ids.length }, (_, chosen) => ids.filter((_, index) => chosen & (1 << index)))
