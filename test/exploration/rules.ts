import type { Definition } from '../../sagas/engine/definition.ts'
import type { Running } from '../../sagas/engine/state.ts'
import type { Stage } from './stage.ts'
import { owed } from './timeless.ts'
import type { World } from './world.ts'

/** What is wrong in a world, or in the step that led to it; empty when it is safe. */
export const unsafe = (stage: Stage, before: World, after: World): string[] => [
  ...(after === before ? [] : stepped(stage, before, after)),
  ...after.sagas.flatMap((_, saga) => standing(stage, after, saga)),
  ...(after.twice.length > 0 ? [`a partner did ${after.twice.join(', ')} twice`] : []),
]

const stepped = (stage: Stage, before: World, after: World): string[] =>
  after.sagas.flatMap((state, saga) => {
    const was = before.sagas[saga]
    if (state === was) return []
    if (was?.phase === 'early-cancel' && state?.phase === 'running' && state.mode === 'forward')
      return ['a cancellation that came early is lost']
    if (was?.phase === 'ended') return ['a saga that has ended goes on']
    if (state?.phase !== 'running') return []
    return state.steps.flatMap((its, index) => {
      const earlier = was?.phase === 'running' ? was.steps[index]!.status : 'pending'
      if (was?.phase === 'running' && was.cancelNoted && its.attempt > was.steps[index]!.attempt)
        return [`${stage.definition.steps[index]!.name} is tried again although the saga was cancelled`]
      if (its.status === earlier) return []
      const { name, after: needs } = stage.definition.steps[index]!
      if (its.status === 'sent' && needs.some((need) => !['done', 'skipped'].includes(state.steps[need]!.status)))
        return [`${name} is asked before what it needs is done`]
      if (its.status === 'undoing' && dependents(stage.definition, index).some((later) => isOpen(state, later)))
        return [`${name} is undone before what depended on it`]
      return []
    })
  })

const dependents = ({ steps }: Definition, index: number): number[] =>
  steps.flatMap(({ after }, later) => (after.includes(index) ? [later] : []))
const isOpen = ({ steps }: Running, index: number): boolean =>
  ['sent', 'unknown', 'done', 'undoing'].includes(steps[index]!.status)

const standing = (stage: Stage, world: World, saga: number): string[] => {
  const { steps } = stage.definition
  const state = world.sagas[saga]
  const effectOf = (index: number): boolean => {
    const keys = [1, 2].map((attempt) => `${stage.sagaIds[saga]}/${steps[index]!.name}/do/${attempt}`)
    return keys.some((key) => world.effects[key] === 'done' || isOwnEffect(world, key))
  }
  const pivot = steps.findIndex(({ kind }) => kind === 'pivot')
  const end = world.ends[saga]!
  return [
    ...(end === 'both' ? ['an order is confirmed and rejected'] : []),
    ...(end === 'rejected' && effectOf(pivot) ? ['an order is rejected that was paid for'] : []),
    ...(end === 'confirmed' && !effectOf(pivot) ? ['an order is confirmed that was not paid for'] : []),
    ...(state?.phase === 'running'
      ? state.steps.flatMap(({ status }, index) =>
          (status === 'undone' || status === 'refused') && effectOf(index)
            ? [`${steps[index]!.name} is ${status}, and its effect stands`]
            : [],
        )
      : []),
    ...(state?.phase === 'running' &&
    state.cancelNoted &&
    state.end?.command === 'confirm' &&
    !saysTooLate(stage, state)
      ? ['a cancellation came too late, and nobody says so']
      : []),
    ...(state?.phase === 'ended' ? atEnd(stage, world, saga, effectOf, state.outcome === 'done') : []),
  ]
}

/** Whether the command that ends the saga tells of a cancellation that came after the point of no return. */
const saysTooLate = ({ definition }: Stage, state: Running): boolean =>
  state.end?.dueAt === undefined ||
  owed(definition, state).some(
    ({ message }) => (message.data as { cancellationTooLate?: boolean }).cancellationTooLate === true,
  )

const atEnd = (
  stage: Stage,
  world: World,
  saga: number,
  effectOf: (index: number) => boolean,
  done: boolean,
): string[] => {
  const open = Object.entries(world.records).filter(
    ([id, { state }]) => id.startsWith(`${stage.sagaIds[saga]}/`) && (state === 'intent' || state === 'undo-intent'),
  )
  return [
    ...(world.ends[saga] === 'open' ? ['a saga has ended and its order does not know'] : []),
    ...stage.definition.steps.flatMap((step, index) => {
      const asks = step.kind === 'compensable' || step.kind === 'pivot'
      if (!asks || effectOf(index) === done) return []
      return [
        `a saga has ended ${done ? 'done' : 'undone'}, and the effect of ${step.name} ${done ? 'is missing' : 'stands'}`,
      ]
    }),
    ...open.map(([id]) => `a saga has ended, and the intent of ${id} is open`),
  ]
}

/** An effect in the participant's own tables: done, and no partner was ever called for it. */
const isOwnEffect = (world: World, key: string): boolean =>
  world.records[key]?.state === 'done' && !(key in world.effects)

/** Everything has come to its end, or is where a person will find it. */
export const isSettled = (world: World): boolean =>
  world.queue.length === 0 &&
  world.coordinators.length === 0 &&
  world.handlers.length === 0 &&
  world.underway.length === 0 &&
  (world.parked.length > 0 || world.sagas.every((state) => state?.phase === 'ended'))
