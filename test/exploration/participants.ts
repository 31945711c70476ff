import {
  type Answer,
  type Evidence,
  type OwnRecord,
  ownCommand,
  ownUndo,
  partnerCommand,
  partnerUndo,
  type Terms,
} from '../../reactive/participant.ts'
import type { CommandStep } from '../../sagas/engine/definition.ts'
import { firstSent, type Stage } from './stage.ts'
import { type Handling, type Step, shows, spend, type World, without } from './world.ts'

const horizon = 1_000_000
const remembers = 1_000
const memory = { remembers, callTakes: 1, findsByReference: false }
/** The contexts whose effect is at a partner; the others have it in their own tables. */
const withPartner = ['payments', 'shipping']

/** What the receivers of commands may do, by the production columns. */
export const participantSteps = (stage: Stage, world: World): Step[] => {
  const steps: Step[] = []
  for (const id of world.queue) {
    if (world.left.loss > 0 && (stage.isBetween(id) || !stage.find(id).toSaga))
      steps.push({
        what: `${id} is lost`,
        by: 'disturbance',
        world: spend({ ...world, queue: without(world.queue, [id]) }, 'loss'),
      })
    if (stage.find(id).toSaga) continue
    for (const stays of world.left.duplicate > 0 ? [false, true] : [false]) {
      const taken = stays ? spend(world, 'duplicate') : { ...world, queue: without(world.queue, [id]) }
      steps.push(...struck(stays, received(stage, taken, id)))
    }
  }
  world.handlers.forEach((_, index) => {
    steps.push(...continued(stage, world, index))
  })
  for (const key of world.underway)
    steps.push({
      what: `the late request ${key} lands`,
      by: 'work',
      world: landed({ ...world, underway: without(world.underway, [key]) }, key, 'done'),
    })
  // A partner remembers a key for longer than any request can be under way.
  if (world.left.forget > 0 && !world.forgotten && world.underway.length === 0)
    steps.push({
      what: 'partners forget their keys',
      by: 'disturbance',
      world: { ...spend(world, 'forget'), forgotten: true },
    })
  if (world.left.age > 0 && !world.aged && world.sagas.every((state) => state?.phase === 'ended'))
    steps.push({ what: 'the horizon passes', by: 'disturbance', world: aged(spend(world, 'age')) })
  return steps
}

/** What TTL takes away once the horizon has passed: everything but effects that stand. */
const aged = (world: World): World => ({
  ...world,
  aged: true,
  records: Object.fromEntries(
    Object.entries(world.records).filter(([, { state }]) => !['tombstone', 'undone', 'refused'].includes(state)),
  ),
})

/** The same steps; where what brought them about is bounded, they are nobody's work. */
const struck = (bounded: boolean, steps: Step[]): Step[] =>
  bounded ? steps.map((step) => ({ ...step, by: 'disturbance' as const })) : steps

const received = (stage: Stage, world: World, id: string): Step[] => {
  const question = stage.questionOf(id)!
  if ('end' in question) return ended(stage, world, id, question.end)
  const step = stage.stepOf(question)
  if (withPartner.includes(step.done.owner)) return opened(world, id, question.direction === 'undo')
  const stuck =
    question.direction === 'undo' && step.undoRefused && world.left.stuck > 0
      ? answered(
          spend(world, 'stuck'),
          id,
          stage.reply(stage.find(id).message, step.undoRefused),
          `${id} cannot be done now`,
        )
      : []
  const late = canExpire(world, step, id) ? own(stage, world, id, step, true) : []
  return [...own(stage, world, id, step, false), ...struck(true, [...late, ...stuck])]
}

const termsOf = (world: World, id: string, late: boolean): Terms => ({
  commandId: commandOf(id),
  now: world.aged ? horizon + 10 : world.forgotten ? remembers + 10 : late ? 2 : 0,
  ...(late ? { deadline: 1 } : {}),
  firstSent,
  horizon,
})
const commandOf = (id: string) => id.replace('/undo/', '/do/')
const canExpire = (world: World, step: CommandStep, id: string) =>
  world.left.expire > 0 && step.kind === 'compensable' && id.includes('/do/')

/** A participant with its own tables: effect, record and reply are one commit, so it is one step. */
const own = (stage: Stage, world: World, id: string, step: CommandStep, late: boolean): Step[] => {
  const key = commandOf(id)
  const record = (world.records[key] ?? { state: 'none' }) as OwnRecord<string>
  const column = id.includes('/undo/') ? ownUndo : ownCommand
  const from = late ? spend(world, 'expire') : world
  let next: World = from
  let decision = column(record, termsOf(world, id, late))
  if (decision.do === 'apply') {
    const enough = from.stock > 0
    next = {
      ...from,
      stock: from.stock - (enough ? 1 : 0),
      records: {
        ...from.records,
        [key]: enough
          ? { state: 'done', intent: '', result: '' }
          : { state: 'refused', reason: { code: 'no', message: '' } },
      },
    }
    decision = {
      do: 'reply',
      answer: enough ? { says: 'done', result: '' } : { says: 'refused', reason: { code: 'no', message: '' } },
    }
  } else if (decision.do === 'reverse') {
    next = { ...from, stock: from.stock + 1, records: { ...from.records, [key]: { state: 'undone' } } }
    decision = { do: 'reply', answer: { says: 'undone' } }
  } else if (decision.do === 'commit') {
    next = { ...from, records: { ...from.records, [key]: decision.next } }
    decision = column(decision.next as OwnRecord<string>, termsOf(world, id, late))
  }
  if (decision.do === 'give-up') return [parked(next, id, decision.code)]
  if (decision.do !== 'reply') throw new Error(`${id} did not come to an answer: ${decision.do}`)
  return replied(stage, next, id, step, decision.answer, `${step.done.owner} answers ${id}${late ? ', too late' : ''}`)
}

/** A participant with a partner is several steps; between any two of them others act, or it dies. */
const opened = (world: World, id: string, undo: boolean): Step[] => {
  if (world.handlers.length >= 2) return []
  // Commands presume that they are the first of their id, which saves a read; undos look.
  const record = undo ? (world.records[commandOf(id)] ?? { state: 'none' as const }) : { state: 'none' as const }
  const handling: Handling = { holds: id, record, seen: {} }
  return [{ what: `receives ${id}`, by: 'work', world: { ...world, handlers: [...world.handlers, handling] } }]
}

/** A handler's next act, in time or too late; or it dies. */
const continued = (stage: Stage, world: World, index: number): Step[] => {
  const { holds: id, record } = world.handlers[index]!
  const open = record.state === 'none' || record.state === 'intent'
  const late = open && canExpire(world, stepOf(stage, id), id) ? acted(stage, world, index, true) : []
  const dies: Step[] =
    world.left.crash > 0
      ? [{ what: `${id}: dies`, by: 'disturbance', world: spend(dropOf(world, index, id), 'crash') }]
      : []
  return [...acted(stage, world, index, false), ...struck(true, late), ...dies]
}

const stepOf = (stage: Stage, id: string): CommandStep => {
  const question = stage.questionOf(id)!
  if ('end' in question) throw new Error(`${id} is no step of a saga.`)
  return stage.stepOf(question)
}

const acted = (stage: Stage, world: World, index: number, late: boolean): Step[] => {
  const handling = world.handlers[index]!
  const { holds: id, record, seen } = handling
  const key = commandOf(id)
  const gone = { ...world, handlers: world.handlers.filter((_, other) => other !== index) }
  const going = (next: World, more: Partial<Handling>): World => ({
    ...next,
    handlers: next.handlers.with(index, { ...handling, ...more }),
  })
  const learnt = (more: Evidence<string, string>) => ({ seen: { ...seen, ...more } })
  const steps: Step[] = []
  const work = (what: string, next: World) => steps.push({ what: `${id}: ${what}`, by: 'work', world: next })
  const strike = (what: string, next: World) => steps.push({ what: `${id}: ${what}`, by: 'disturbance', world: next })
  const column = id.includes('/undo/') ? partnerUndo : partnerCommand
  const first = column(record, termsOf(world, id, late), seen, memory)
  // Planning asks nobody, so that nothing can happen between it and what follows.
  const plan = { plan: { plan: 'call', intent: '' } } as const
  const decision = first.do === 'plan' ? column(record, termsOf(world, id, late), { ...seen, ...plan }, memory) : first
  const from = late ? spend(world, 'expire') : world
  switch (decision.do) {
    case 'commit': {
      const current = from.records[key] ?? { state: 'none' as const }
      const free = current.state === decision.from
      const next = free ? decision.next : current
      work(
        `${free ? 'records' : 'finds'} ${next.state}${late ? ', too late' : ''}`,
        going(free ? { ...from, records: { ...from.records, [key]: decision.next } } : from, { record: next }),
      )
      break
    }
    case 'call':
      for (const outcome of outcomesOf(world, key)) {
        const done = landed(from, key, outcome)
        const answer =
          done.effects[key] === 'refused'
            ? ({ outcome: 'refused', reason: { code: 'no', message: '' } } as const)
            : ({ outcome: 'succeeded', result: '' } as const)
        work(`partner answers ${done.effects[key]}`, going(done, learnt({ outcome: answer })))
        const silent = dropOf(done, index, id)
        if (world.left.timeout > 0) strike('partner acts, and does not answer', spend(silent, 'timeout'))
      }
      if (world.left.timeout > 0 && world.effects[key] === undefined)
        strike(
          'the call is given up while under way',
          spend({ ...dropOf(world, index, id), underway: shows(world.underway, [key]) }, 'timeout'),
        )
      break
    case 'reverse':
      work(
        'partner reverses',
        going({ ...from, effects: { ...from.effects, [key]: 'reversed' } }, learnt({ reversed: true })),
      )
      break
    case 'reply':
      steps.push(
        ...replied(stage, gone, id, stepOf(stage, id), decision.answer, `${id}: answers ${decision.answer.says}`),
      )
      break
    case 'give-up':
      // With a presumed record it would first have been loaded.
      if (record.state === 'none' && world.records[key]) work('loads', going(from, { record: world.records[key]! }))
      else steps.push(parked(gone, id, decision.code))
      break
    case 'find':
    case 'plan':
      throw new Error(`${id}: ${decision.do} has no place here.`)
  }
  return steps
}

const dropOf = (world: World, index: number, id: string): World => ({
  ...world,
  handlers: world.handlers.filter((_, other) => other !== index),
  queue: shows(world.queue, [id]),
})

/** A partner knows its keys, unless it has forgotten them: then the same call is another one. */
const outcomesOf = (world: World, key: string): readonly ('done' | 'refused')[] =>
  world.effects[key] === undefined ? ['done', 'refused'] : ['done']

const landed = (world: World, key: string, outcome: 'done' | 'refused'): World => {
  const before = world.effects[key]
  if (before === undefined) return { ...world, effects: { ...world.effects, [key]: outcome } }
  return world.forgotten && before === 'done' ? { ...world, twice: shows(world.twice, [key]) } : world
}

/** The command that ends the order; it is said whatever was said before, and both is a violation. */
const ended = (stage: Stage, world: World, id: string, end: 'confirm' | 'reject'): Step[] => {
  const saga = stage.sagaIds.findIndex((sagaId) => id.startsWith(`${sagaId}/`))
  const now = world.ends[saga]!
  const wanted = end === 'confirm' ? ('confirmed' as const) : ('rejected' as const)
  const next = now === 'open' || now === wanted ? wanted : ('both' as const)
  const { ends } = stage.definitionOf(saga)
  const { recorded } = end === 'confirm' ? ends.done : ends.undone
  const told = { ...world, ends: world.ends.with(saga, next) }
  return answered(told, id, stage.reply(stage.find(id).message, recorded), `the order is ${wanted}`)
}

const replied = (
  stage: Stage,
  world: World,
  id: string,
  step: CommandStep,
  { says }: Answer<string>,
  what: string,
): Step[] => {
  const contract = says === 'done' ? step.done : says === 'refused' ? step.refused! : step.undone!
  return answered(world, id, stage.reply(stage.find(id).message, contract), what)
}

/** Committed; the reply and the acknowledgement follow, or do not. */
const answered = (world: World, id: string, reply: string, what: string): Step[] => {
  const steps: Step[] = [{ what, by: 'work', world: { ...world, queue: shows(world.queue, [reply]) } }]
  if (world.left.crash === 0) return steps
  const tired = spend({ ...world, queue: shows(world.queue, [id]) }, 'crash')
  steps.push({ what: `${what}, but dies before it says so`, by: 'disturbance', world: tired })
  steps.push({
    what: `${what}, but dies before it acknowledges`,
    by: 'disturbance',
    world: { ...tired, queue: shows(tired.queue, [reply]) },
  })
  return steps
}

const parked = (world: World, id: string, code: string): Step => ({
  what: `${id} goes to the desk (${code})`,
  by: 'work',
  world: { ...world, parked: shows(world.parked, [id]) },
})
