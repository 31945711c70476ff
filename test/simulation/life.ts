import type { Message } from '../../events/envelope.ts'
import type { Verb } from '../../events/saga.ts'
import { type OwnRecord, ownCommand, ownUndo } from '../../reactive/participant.ts'
import { termsOf } from '../../reactive/participation.ts'
import { type EpochMs, minutes } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { type CommandStep, type Definition, isCommand } from '../../sagas/engine/definition.ts'
import { asked, doId, endId, undoId } from '../../sagas/engine/ids.ts'
import { fromItem, type SagaItem, written } from '../../sagas/engine/item.ts'
import { outstanding } from '../../sagas/engine/outstanding.ts'
import type { Directive, SagaInput, SagaState } from '../../sagas/engine/state.ts'
import { transition, type Verdict } from '../../sagas/engine/transition.ts'
import { it, no, yes } from '../support/little-saga.ts'
import { brokenByCommit, everythingAfter } from './invariants.ts'

const timing = timings.standard
const begins: EpochMs = Date.UTC(2026, 0, 1)
const sagaId = 'any:x'
const occasion = { sagaId, subject: 'x', correlationId: 'c' }
const start: SagaInput = { kind: 'start', data: { id: 'x', amount: 1 } }
const verbs: readonly Verb[] = ['retry', 'skip', 'resolve', 'signal']
/** Rounds in which everything is answered, until a saga must have ended. */
const patience = 400

/** One of so many ways, from zero. */
type Choice = (ways: number) => number
type Say = (what: string) => void

/**
 * The life of one saga, whatever its definition: the production machine and its stored form among participants that keep
 * the protocol, with messages that come in any order, twice or never. What happens next is read from a tape; when that is
 * over, everything is answered. Answers what was wrong, in words.
 */
export const lifeOf = (definition: Definition, tape: readonly number[]): readonly string[] => {
  const wrong: string[] = []
  const say: Say = (what) => wrong.push(what)
  let position = 0
  // The first way, when nothing is left on the tape.
  const choice: Choice = (ways) => (tape[position++] ?? 0) % ways
  const oneOf = <T>(list: Iterable<T>): T | undefined => {
    const all = [...list]
    return all[choice(Math.max(1, all.length))]
  }

  let now = begins
  let state: SagaState | undefined
  let item: SagaItem | undefined
  let acts = 0
  const commands = new Map<string, Message>()
  const replies = new Map<string, SagaInput>()
  const said = new Map<string, string>()
  const traces: Traces = { records: new Map(), byHand: new Set(), failed: new Set(), heard: new Map() }
  const { byHand, failed, heard } = traces
  const participants = participating(definition, traces, choice, say)

  const hear = (input: SagaInput): Verdict['is'] => {
    const verdict = transition(definition, state, input, occasion, now, timing)
    if (verdict.is === 'parked' && input.kind !== 'act' && input.kind !== 'signal')
      say(`${input.kind} was parked: ${verdict.message}`)
    if ('state' in verdict) commit({ ...verdict.state, revision: (state?.revision ?? 0) + 1 })
    if (input.kind === 'cancel' && state?.phase === 'running' && !state.cancelNoted) say('forgot a cancellation')
    if (input.kind === 'wake' && input.congested && verdict.is === 'applied') say('concluded from a backlog')
    if (state && (verdict.is === 'applied' || verdict.is === 'known')) send(state)
    return verdict.is
  }

  const commit = (next: SagaState) => {
    const { text } = written(next, now, timing)
    const after = JSON.parse(text) as SagaItem
    wrong.push(...brokenByCommit(definition, item, after))
    state = fromItem(after)
    if (written(state, now, timing).text !== text) say(`${text} comes back as something else`)
    if (next.phase === 'ended') wrong.push(...brokenEnd(definition, item!, next.outcome, traces))
    after.steps?.forEach(([status], index) => {
      if (status === 'undo-failed') failed.add(definition.steps[index]!.name)
    })
    item = after
  }

  const send = (its: SagaState) => {
    const asks = outstanding(definition, its, now, timing)
    const [owed, sent] = [owedBy(definition, its).sort(), asks.map(({ message }) => message.id).sort()]
    if (owed.join() !== sent.join()) say(`owes ${owed.join(', ')}, and asks ${sent.join(', ')}`)
    for (const { message } of asks) {
      const { id, data, firstsent } = message
      const words = `${JSON.stringify(data)} since ${firstsent}`
      if ((said.get(id) ?? words) !== words) say(`${id} says ${words}, and said ${said.get(id)}`)
      said.set(id, words)
      commands.set(id, message)
    }
  }

  const take = (message: Message) => {
    const [id, reply] = participants.take(message, now)
    replies.set(id, reply)
  }
  /** Somebody gets one of them, and now and then it comes again. */
  const deliver = <T>(from: Map<string, T>, to: (its: T) => unknown) => {
    const id = oneOf(from.keys())
    if (id === undefined) return
    const its = from.get(id)!
    if (choice(4) !== 1) from.delete(id)
    to(its)
  }
  const deliverAll = <T>(from: Map<string, T>, to: (its: T) => unknown) => {
    const all = [...from.values()]
    from.clear()
    for (const its of all) to(its)
  }
  const lose = (from: Map<string, unknown>) => from.delete(oneOf(from.keys()) ?? '')

  const wake = (more: { readonly congested?: true } = {}) => {
    if (state?.phase !== 'running') return
    now = Math.max(now, state.wake.at)
    hear({ kind: 'wake', number: state.wake.number, ...more })
  }

  const speak = () => {
    const step = oneOf(definition.steps.filter(({ kind }) => kind === 'signal'))?.name
    if (step === undefined) return
    const yes = choice(3) !== 1
    const listens = isListening(step)
    if ((hear({ kind: 'signal', step, data: { ...it, yes } }) === 'applied') !== listens)
      say(`${step} ${listens ? 'does not listen' : 'hears what it has no use for'}`)
    if (listens) heard.set(step, yes)
  }
  const isListening = (name: string): boolean => {
    if (state?.phase !== 'running') return state?.phase !== 'ended' && !heard.has(name)
    const { status } = state.steps[definition.steps.findIndex((step) => step.name === name)]!
    return status === 'sent' || (status === 'pending' && !heard.has(name))
  }

  const act = (verb: Verb, more: Partial<Directive> = {}): boolean => {
    acts += 1
    return hear({ kind: 'act', act: { id: `act-${acts}`, verb, by: 'ann', reason: 'because', ...more } }) === 'applied'
  }
  const actAgain = () => {
    const last = `act-${acts}`
    const isNoted = item?.acts?.some(({ id }) => id === last)
    if (act('retry', { id: last }) && isNoted) say(`${last} is done twice`)
  }
  /** An operator says of a step what is true, and what is not settled yet is settled by that person's hand. */
  const actOn = (verb: Verb, index: number) => {
    if (state?.phase !== 'running') return
    const { name: step } = definition.steps[index]!
    const { status, attempt } = state.steps[index]!
    if (verb === 'skip') {
      // The commit that takes it in may be the saga's last.
      const already = byHand.has(step)
      byHand.add(step)
      if (!act('skip', { step }) && !already) byHand.delete(step)
    } else if (verb === 'resolve' && (status === 'undoing' || status === 'undo-failed')) {
      participants.settle(index, attempt)
      act('resolve', { step, as: 'undone' })
    } else if (verb === 'resolve') {
      // Somebody may have looked before another attempt was made.
      const of = Math.max(1, attempt - choice(2))
      const record = traces.records.get(doId(sagaId, step, of))
      if (record) act('resolve', { step, as: record.state === 'done' ? 'done' : 'refused', attempt: of, data: yes() })
    } else if (verb === 'signal') {
      const yes = choice(2) === 0
      if (act('signal', { step, data: { ...it, yes } })) heard.set(step, yes)
    } else act(verb, { step })
  }

  const happenings: readonly (() => unknown)[] = [
    ...Array.from({ length: 5 }, () => () => deliver(commands, take)),
    ...Array.from({ length: 5 }, () => () => deliver(replies, hear)),
    () => hear(start),
    () => lose(commands),
    () => lose(replies),
    wake,
    wake,
    () => wake({ congested: true }),
    () => hear({ kind: 'wake', number: choice(9) }),
    () => {
      now += minutes(choice(100))
      hear({ kind: 'wake' })
    },
    speak,
    speak,
    () => actOn(verbs[choice(verbs.length)]!, choice(definition.steps.length)),
    () => act('retry'),
    actAgain,
    () => {
      if (choice(12) !== 1) return
      const turns = [() => hear({ kind: 'cancel' }), () => act('cancel'), () => act('compensate')]
      turns[choice(turns.length)]!()
    },
  ]
  while (position < tape.length && wrong.length === 0) {
    now += choice(1_000)
    happenings[choice(happenings.length)]!()
  }

  hear(start)
  const isOver = () => wrong.length > 0 || state?.phase === 'ended'
  for (let rounds = 0; !isOver() && rounds < patience; rounds += 1) {
    now += 10
    const open = state?.phase === 'running' ? state.steps.findIndex(({ status }) => status === 'undo-failed') : -1
    if (commands.size > 0) deliverAll(commands, take)
    else if (replies.size > 0) deliverAll(replies, hear)
    else if (open >= 0) actOn(rounds % 2 === 0 ? 'resolve' : 'skip', open)
    else wake()
  }
  if (!isOver()) say(`it has not ended: ${JSON.stringify(item)}`)
  return wrong
}

/** What a participant has written down of a command; its effect is no more than that. */
type Noted = Exclude<OwnRecord<undefined>, { readonly state: 'none' }>
const done: Noted = { state: 'done', result: undefined }
const undone: Noted = { state: 'undone' }

/** What a life has left in the world. */
type Traces = {
  /** By the command's id. */
  readonly records: Map<string, Noted>
  /** Steps for which a person has taken the responsibility. */
  readonly byHand: Set<string>
  /** Steps whose undo has ever failed: the others do not wait for those. */
  readonly failed: Set<string>
  /** What was said first to a step that waits for a word. */
  readonly heard: Map<string, boolean>
}

/** Participants with own state, played by the columns of `reactive/participant.ts`. */
const participating = (definition: Definition, traces: Traces, choice: Choice, say: Say) => {
  const { records, byHand, failed } = traces
  const { steps, quorums } = definition

  const reverse = (index: number, key: string) => {
    const standing = everythingAfter(definition, index).filter((at) => {
      const { name, kind } = steps[at]!
      return kind === 'compensable' && !byHand.has(name) && !failed.has(name) && isStanding(records, name)
    })
    if (standing.length > 0 && !isSpare(index))
      say(`${key} is undone while what came after it stands: ${standing.map((at) => steps[at]!.name).join(', ')}`)
    records.set(key, undone)
  }
  /** Whether its quorum has enough without this step. */
  const isSpare = (index: number): boolean => {
    const quorum = quorums.find(({ of }) => of.includes(index))
    return quorum !== undefined && quorum.of.filter((at) => isStanding(records, steps[at]!.name)).length > quorum.need
  }

  return {
    /** Takes a command, or takes it again; answers its reply and the reply's id. */
    take: (message: Message, now: EpochMs): readonly [id: string, reply: SagaInput] => {
      const { id, undoes } = message
      const question = asked(id)!
      if ('end' in question) return [id, { kind: 'ended', command: question.end }]
      const { step: name, attempt, direction } = question
      const index = steps.findIndex((step) => step.name === name)
      const step = steps[index] as CommandStep
      const reply = (kind: 'done' | 'refused' | 'undone' | 'undo-refused') => {
        const data = { done: yes(), refused: no(), undone: it, 'undo-refused': no() }[kind]
        return [`${id}/${kind}`, { kind, step: name, attempt, data }] as const
      }
      const key = doId(sagaId, name, attempt)
      const undo = direction === 'undo'
      if (undo && undoes !== key) say(`${id} undoes ${undoes}`)
      const decide = undo ? ownUndo<undefined> : ownCommand<undefined>
      const decision = decide(records.get(key) ?? { state: 'none' }, { ...termsOf(message, key, timing.horizon), now })
      if (decision.do === 'give-up') say(decision.message)
      if (decision.do === 'commit') records.set(key, decision.next as Noted)
      if (decision.do === 'apply')
        records.set(key, step.refused && choice(4) === 1 ? { state: 'refused', reason: no().reason } : done)
      if (decision.do === 'reverse') {
        if (choice(5) === 1) return reply('undo-refused')
        reverse(index, key)
      }
      return reply(undo ? 'undone' : records.get(key)?.state === 'done' ? 'done' : 'refused')
    },
    /** A person sees to it that nothing of it stands, or can. */
    settle: (index: number, attempt: number) => {
      const key = doId(sagaId, steps[index]!.name, attempt)
      if (records.get(key)?.state === 'done') reverse(index, key)
      else records.set(key, { state: 'tombstone', because: 'undone' })
    },
  }
}

const isStanding = (records: ReadonlyMap<string, Noted>, step: string): boolean =>
  [...records].some(([id, { state }]) => state === 'done' && id.startsWith(`${sagaId}/${step}/do/`))

/** What a saga waits for an answer to, by the rule of the protocol. */
const owedBy = ({ steps }: Definition, state: SagaState): string[] => {
  if (state.phase !== 'running') return []
  const owed = state.steps.flatMap(({ status, attempt }, index) => {
    const { name } = steps[index]!
    if (status === 'undoing') return [undoId(sagaId, name, attempt)]
    return isCommand(steps[index]!) && (status === 'sent' || status === 'unknown') ? [doId(sagaId, name, attempt)] : []
  })
  return state.end?.dueAt === undefined ? owed : [...owed, endId(sagaId, state.end.command)]
}

/** What is wrong with what a saga leaves behind: `last` is the saga before its end. */
const brokenEnd = (
  { steps, quorums }: Definition,
  last: SagaItem,
  outcome: string,
  { records, byHand, heard }: Traces,
): string[] => {
  const wrong: string[] = []
  const done = last.end?.command === 'confirm'
  steps.forEach((step, index) => {
    const { name, kind } = step
    if (byHand.has(name)) return
    const status = last.steps![index]![0]
    const isSpared = quorums.some(({ of }) => of.includes(index))
    const left = step.when?.({}) === false
    if (done && !isSpared && left !== (status === 'skipped'))
      wrong.push(`${name} is ${status} at the end, and ${left ? 'was to be left out' : 'was needed'}`)
    if (kind === 'signal' && step.refuses && heard.get(name) === false && status === 'done')
      wrong.push(`${name} heard a no and is done`)
    if (!isCommand(step) || kind === 'check') return
    const stands = isStanding(records, name)
    if (stands !== (status === 'done'))
      wrong.push(`${name} is ${status} at the end, and ${stands ? 'stands' : 'does not stand'}`)
    if (!done && stands) wrong.push(`${name} stands after the saga ended ${outcome}`)
  })
  for (const { of, need } of quorums) {
    const names = of.map((index) => steps[index]!.name)
    const standing = names.filter((name) => isStanding(records, name)).length
    if (done && standing !== need && !names.some((name) => byHand.has(name)))
      wrong.push(`${standing} of a quorum of ${need} stand at the end`)
  }
  return wrong
}
