import { type Definition, isCommand, isHarmless } from '../../sagas/engine/definition.ts'
import type { Ended, Running, SagaState } from '../../sagas/engine/state.ts'
import type { Stage } from './stage.ts'
import { owed } from './timeless.ts'
import type { World } from './world.ts'

/** What is wrong in a world, however it was come to; empty when it is safe. */
export const unsafe = (stage: Stage, after: World): string[] => [
  ...after.sagas.flatMap((_, saga) => standing(stage, after, saga)),
  ...after.sagas.flatMap((_, saga) => unheeded(stage, after, saga)),
  ...(after.twice.length > 0 ? [`a partner did ${after.twice.join(', ')} twice`] : []),
]

/** What is wrong in the step that led from one world to another. */
export const unsafeStep = (stage: Stage, before: World, after: World): string[] =>
  after.sagas.flatMap((state, saga) => {
    const was = before.sagas[saga]
    if (state === was) return []
    if (was?.phase === 'early-cancel' && state?.phase === 'running' && state.mode === 'forward')
      return ['a cancellation that came early is lost']
    if (was?.phase === 'ended') return ['a saga that has ended goes on']
    if (state?.phase !== 'running') return []
    const definition = stage.definitionOf(saga)
    return state.steps.flatMap((its, index) => {
      const earlier = was?.phase === 'running' ? was.steps[index]!.status : 'pending'
      if (was?.phase === 'running' && was.cancelNoted && its.attempt > was.steps[index]!.attempt)
        return [`${definition.steps[index]!.name} is tried again although the saga was cancelled`]
      if (its.status === earlier) return []
      const { name, kind, after: needs } = definition.steps[index]!
      if (its.status === 'sent' && needs.some((need) => !isBehind(definition, state, need)))
        return [`${name} is asked before what it needs is done`]
      // What a quorum does not need is undone on the way forward.
      const surplus = state.mode === 'forward' && quorumOf(definition, index) !== undefined
      if (
        its.status === 'undoing' &&
        !surplus &&
        dependents(definition, index).some((later) => isOpen(definition, state, later))
      )
        return [`${name} is undone before what depended on it`]
      const left = earlier === 'pending' || earlier === 'undo-failed' || kind === 'signal' || kind === 'retriable'
      if (its.status === 'skipped' && !left) return [`${name} is left out, and was ${earlier}`]
      return []
    })
  })

const dependents = ({ steps }: Definition, index: number): number[] =>
  steps.flatMap(({ after }, later) => (after.includes(index) ? [later] : []))
const isOpen = (definition: Definition, { steps }: Running, index: number): boolean => {
  const { status } = steps[index]!
  return ['sent', 'unknown', 'undoing'].includes(status) || (status === 'done' && !isHarmless(definition.steps[index]!))
}
const quorumOf = ({ quorums }: Definition, index: number) => quorums.find(({ of }) => of.includes(index))
const isBehind = (definition: Definition, { steps }: Running, index: number): boolean => {
  const quorum = quorumOf(definition, index)
  if (!quorum) return ['done', 'skipped'].includes(steps[index]!.status)
  return quorum.of.filter((member) => steps[member]!.status === 'done').length >= quorum.need
}

/** Words that were said, are on their way no more, and have moved nothing; and words that were never said. */
const unheeded = (stage: Stage, { sagas, words, queue, coordinators }: World, saga: number): string[] => {
  const state = sagas[saga]
  if (state?.phase === 'ended') return []
  const said = stage.words[saga]!.filter((id) => words.includes(id))
  const arrived = said.filter((id) => !queue.includes(id) && !coordinators.some(({ holds }) => holds.includes(id)))
  const steps = stage
    .definitionOf(saga)
    .steps.flatMap((step, index) => (step.kind === 'signal' ? [{ step, index }] : []))
  return steps.flatMap(({ step, index }) => {
    const isFor = (id: string) => id.includes(`/${step.name}/`)
    const its = state?.phase === 'running' ? state.steps[index]! : undefined
    const heard = its ? its.heard : state && 'heard' in state ? state.heard[step.name] : undefined
    const waits = !its || its.status === 'pending' || its.status === 'sent'
    if (arrived.some(isFor) && waits && !heard) return [`a word for ${step.name} is lost`]
    const word = (end: string) => said.some((id) => isFor(id) && id.endsWith(end))
    const spoken = state?.acts?.some(({ verb }) => verb === 'signal')
    if (its?.status === 'done' && !word('yes') && !spoken && 'refuse' in step.otherwise)
      return [`${step.name} goes on, and nobody has said yes`]
    if (its?.status === 'refused' && !word('no') && 'proceed' in step.otherwise)
      return [`${step.name} is refused, and nobody has said no`]
    return []
  })
}

const standing = (stage: Stage, world: World, saga: number): string[] => {
  const { steps } = stage.definitionOf(saga)
  const state = world.sagas[saga]
  const effectOf = (index: number): boolean => {
    const step = steps[index]!
    if (isCommand(step) && step.calls) return outcomeOfCall(stage, world, saga, step.name) === 'confirmed'
    const keys = [1, 2].map((attempt) => `${stage.sagaIds[saga]}/${step.name}/do/${attempt}`)
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
    !saysTooLate(stage.definitionOf(saga), state)
      ? ['a cancellation came too late, and nobody says so']
      : []),
    ...(state?.phase === 'ended' ? atEnd(stage, world, saga, effectOf, state) : []),
  ]
}

/** Whether the command that ends the saga tells of a cancellation that came after the point of no return. */
const saysTooLate = (definition: Definition, state: Running): boolean =>
  state.end?.dueAt === undefined ||
  owed(definition, state).some(
    ({ message }) => (message.data as { cancellationTooLate?: boolean }).cancellationTooLate === true,
  )

const atEnd = (
  stage: Stage,
  world: World,
  saga: number,
  effectOf: (index: number) => boolean,
  { outcome, acts = [] }: Ended,
): string[] => {
  const done = world.ends[saga] === 'confirmed'
  const definition = stage.definitionOf(saga)
  const { steps, quorums } = definition
  // A person answers for what they took out.
  const isLeft = (index: number) => acts.some(({ verb, step }) => verb === 'skip' && step === steps[index]!.name)
  const open = Object.entries(world.records).filter(
    ([id, { state }]) => id.startsWith(`${stage.sagaIds[saga]}/`) && (state === 'intent' || state === 'undo-intent'),
  )
  return [
    ...(world.ends[saga] === 'open' ? ['a saga has ended and its order does not know'] : []),
    ...(acts.some(({ verb }) => verb === 'skip') !== (outcome === 'operator')
      ? [`a saga has ended ${outcome}, and ${acts.map(({ verb }) => verb).join(', ') || 'nobody'} acted on it`]
      : []),
    ...(outcome !== 'operator' && (outcome === 'done') !== done
      ? [`a saga has ended ${outcome}, and says otherwise`]
      : []),
    ...quorums.flatMap(({ of, need }) => {
      const standing = of.filter((index) => effectOf(index) && !isLeft(index)).length
      const most = done ? need : 0
      return (of.some(isLeft) ? standing > most : standing !== most)
        ? [`a saga has ended ${done ? 'done' : 'undone'}, and ${standing} of a quorum of ${need} stand`]
        : []
    }),
    ...steps.flatMap((step, index) => {
      const asks = step.kind === 'compensable' || step.kind === 'pivot'
      if (!asks || quorumOf(definition, index) || isLeft(index) || effectOf(index) === done) return []
      return [
        `a saga has ended ${done ? 'done' : 'undone'}, and the effect of ${step.name} ${done ? 'is missing' : 'stands'}`,
      ]
    }),
    ...open.map(([id]) => `a saga has ended, and the intent of ${id} is open`),
    ...steps.flatMap((step) =>
      isCommand(step) && step.calls && outcomeOfCall(stage, world, saga, step.name) === 'open'
        ? [`a saga has ended, and the one that it called by ${step.name} goes on`]
        : [],
    ),
  ]
}

/** What became of the saga that a step called: `undefined` where that is nobody's, or somebody else's. */
const outcomeOfCall = (
  stage: Stage,
  { sagas, ends }: World,
  saga: number,
  step: string,
): World['ends'][number] | undefined => {
  const { saga: called, by } = stage.calledBy(saga, step, 1)
  const state = sagas[called]
  const caller = state?.phase === 'running' ? state.caller : state?.phase === 'ended' ? state.called?.by : undefined
  // Where nobody else can have started it, it is the caller's, whatever it remembers of that.
  return caller === by || (state && !stage.started[called]) ? ends[called] : undefined
}

/** An effect in the participant's own tables: done, and no partner was ever called for it. */
const isOwnEffect = (world: World, key: string): boolean =>
  world.records[key]?.state === 'done' && !(key in world.effects)

/** Everything has come to its end, or is where a person will find it. */
export const isSettled = (stage: Stage, world: World): boolean =>
  world.queue.length === 0 &&
  world.coordinators.length === 0 &&
  world.handlers.length === 0 &&
  world.underway.length === 0 &&
  (world.parked.length > 0 ||
    world.sagas.every((state, saga) =>
      // Whom nobody has called has nothing to end.
      state
        ? state.phase === 'ended' || isCase(state) || waitsForCase(stage, world, saga)
        : stage.started[saga] === undefined,
    ))

/** A saga answers its caller when it has ended: where that is in a person's hands, the caller waits for the same person. */
const waitsForCase = (stage: Stage, { sagas }: World, saga: number): boolean => {
  const state = sagas[saga]
  if (state?.phase !== 'running') return false
  return stage.definitionOf(saga).steps.some((step, index) => {
    const { status, attempt } = state.steps[index]!
    if (!isCommand(step) || !step.calls || (status !== 'sent' && status !== 'unknown')) return false
    const { saga: called, by } = stage.calledBy(saga, step.name, attempt)
    const its = sagas[called]
    return its?.phase === 'running' && its.caller === by && isCase(its)
  })
}

/** All is done but an undo that will not happen by itself. */
const isCase = (state: SagaState | undefined): boolean =>
  state?.phase === 'running' &&
  state.steps.some(({ status }) => status === 'undo-failed') &&
  state.steps.every(({ status }) => status !== 'undoing') &&
  state.end !== undefined &&
  state.end.dueAt === undefined
