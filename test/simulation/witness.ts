import type { Message } from '../../events/envelope.ts'
import type { Movement } from '../../sagas/engine/coordinator.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { asked, doId, endId, sagaOf, undoId } from '../../sagas/engine/ids.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import type { Running, SagaState } from '../../sagas/engine/state.ts'
import { brokenByCommit } from './invariants.ts'
import type { Invocation, Process, Situation, World } from './world.ts'

/** An answer that a participant was about to give: it is on its records, whether or not it ever arrives. */
export type Truth = { readonly type: string; readonly data: unknown }

/** Sees every commit and every message, and says at once what may never be. */
export type Witness = {
  readonly violations: string[]
  /** What participants answered, by the command's id: what an operator who looks at their records would find. */
  readonly truth: ReadonlyMap<string, Truth>
  /** Steps that a person took out, by saga. */
  readonly skipped: ReadonlyMap<string, ReadonlySet<string>>
  /** Sagas to which an operator said a word that others say otherwise. */
  readonly signalled: ReadonlySet<string>
  /** Every image that was committed, by saga and in order. */
  readonly commits: ReadonlyMap<string, readonly SagaItem[]>
  committed(before: SagaItem | undefined, after: SagaItem, process: Process): void
  moved(process: Process, movement: Movement): void
  /** A process has looked whether these places have fallen behind. */
  looked(process: Process, places: readonly string[]): void
  /** A process has answered, and rests until it is called again. */
  answered(process: Process): void
  sends(process: Process, queue: string, body: string): void
}

/** Acts by which a repeated one is recognised; one older than these may count again, and the history shows it twice. */
const rememberedActs = 5

export const witness = (world: World, definitions: readonly Definition[]): Witness => {
  const violations: string[] = []
  const truth = new Map<string, Truth>()
  const skipped = new Map<string, Set<string>>()
  const signalled = new Set<string>()
  const commits = new Map<string, SagaItem[]>()
  const acts = new Map<string, string[]>()
  /** Ids of commands that some commit has asked for, with what they said when they were first sent. */
  const owed = new Map<string, string | undefined>()
  /** What a message made of a saga that was not written yet: whoever goes on from there is of the same commit. */
  const unwritten = new WeakSet<SagaState>()
  const quiet = new WeakMap<Invocation, Map<string, boolean>>()
  /** Where an invocation has looked for what may be held up there. */
  const looks = new WeakMap<Invocation, ReadonlySet<string>>()
  const byVersion = new Map(definitions.map((it) => [`${it.name}:${it.version}`, it]))
  const count = (kind: Situation) => {
    world.situations[kind] += 1
  }

  const owe = (id: string) => {
    if (!owed.has(id)) owed.set(id, undefined)
  }

  return {
    violations,
    truth,
    skipped,
    signalled,
    commits,
    committed: (before, after, process) => {
      const { sagaId } = after
      const earlier = commits.get(sagaId)
      if (earlier) earlier.push(after)
      else commits.set(sagaId, [after])
      const definition = byVersion.get(`${sagaOf(sagaId)}:${after.version}`)
      if (!definition) {
        violations.push(`${sagaId} runs on version ${after.version}, which nobody has`)
        return
      }
      violations.push(...brokenByCommit(definition, before, after, !process.jumped))
      after.steps?.forEach(([status, attempt], index) => {
        const { name } = definition.steps[index]!
        if (status === 'sent' || status === 'unknown') owe(doId(sagaId, name, attempt))
        else if (status === 'undoing') owe(undoId(sagaId, name, attempt))
      })
      if (after.end) owe(endId(sagaId, after.end.command))
      const known = acts.get(sagaId) ?? []
      for (const { id, verb, step } of after.acts ?? []) {
        if (before?.acts?.some((noted) => noted.id === id)) continue
        count('operator-act')
        if (known.slice(-rememberedActs).includes(id)) violations.push(`${sagaId}: the act ${id} is done twice`)
        known.push(id)
        acts.set(sagaId, known)
        if (verb === 'signal') signalled.add(sagaId)
        if (verb === 'skip' && step) skipped.set(sagaId, (skipped.get(sagaId) ?? new Set()).add(step))
      }
      for (const kind of situationsOf(definition, before, after)) count(kind)
    },
    moved: ({ invocation }, movement) => {
      const { sagaId, verdict } = movement
      violations.push(...brokenByMove(byVersion, movement, looks.get(invocation) ?? new Set()))
      const heard = quiet.get(invocation) ?? new Map<string, boolean>()
      quiet.set(invocation, heard)
      if (verdict.is === 'postponed') {
        count('postponed')
        if (!heard.has(sagaId)) heard.set(sagaId, true)
      } else if (verdict.is !== 'stale') heard.set(sagaId, false)
      if (verdict.is === 'turned-away') count('turned-away')
      if ('state' in verdict) {
        if (movement.before && unwritten.has(movement.before)) count('folded')
        unwritten.add(verdict.state)
      }
    },
    looked: ({ invocation }, places) => {
      looks.set(invocation, new Set([...(looks.get(invocation) ?? []), ...places]))
    },
    answered: (process) => {
      violations.push(...leftUnderWay(process))
    },
    sends: ({ invocation }, queue, body) => {
      if (queue === 'saga-wakeups') return
      const message = JSON.parse(body) as Message
      const { id, type, data, firstsent, causationid = '' } = message
      // A call of another saga is a command too, though it goes to an inbox.
      const question = message.source.startsWith('/saga/') ? asked(id) : undefined
      if (!question) {
        if (asked(causationid)) truth.set(causationid, { type, data })
        return
      }
      const { sagaId } = question
      if (quiet.get(invocation)?.get(sagaId))
        violations.push(`${sagaId} asks ${id} again while its answers are held up`)
      if (!owed.has(id)) violations.push(`${id} is sent, and no commit has asked for it`)
      if ('end' in question) return
      // A participant that has forgotten an id tells by its age that it must not take it for new.
      const said = `${JSON.stringify(data)} since ${firstsent}`
      const before = owed.get(id)
      if (before !== undefined && before !== said) violations.push(`${id} says something else than before: ${said}`)
      owed.set(id, said)
    },
  }
}

/** A process that has answered is frozen, and with it whatever it did not wait for. */
export const leftUnderWay = ({ name, invocation: { underWay } }: Process): readonly string[] =>
  [...underWay].map(({ what }) => `${name} has answered and did not wait for: ${what}`)

/** What one message may never do to its saga. */
const brokenByMove = (
  definitions: ReadonlyMap<string, Definition>,
  { sagaId, verdict, input, before, after }: Movement,
  looked: ReadonlySet<string>,
): string[] => {
  if (verdict.is === 'parked') return []
  if (input.kind === 'wake' && verdict.is === 'applied' && before?.phase === 'running') {
    const unseen = heldUpAt(definitions, before, after).filter((place) => !looked.has(place))
    if (unseen.length > 0) return [`${sagaId} concludes something from silence, and ${unseen} was not looked at`]
  }
  if (input.kind === 'wake' && input.congested && verdict.is === 'applied')
    return [`${sagaId} concludes something from silence while its answers are held up`]
  if (after === undefined || after.phase === 'ended') return []
  if (input.kind === 'cancel' && after.phase === 'running' && !after.cancelNoted)
    return [`${sagaId} took no note of a cancellation`]
  if (input.kind !== 'signal') return []
  const { steps } = definitions.get(`${after.definition}:${after.version}`)!
  const index = steps.findIndex(({ name }) => name === input.step)
  const step = steps[index]!
  const no = step.kind === 'signal' && step.refuses?.(input.data) !== undefined
  const was = before?.phase === 'running' ? before.steps[index]! : undefined
  // Said before, or when nobody waits any more.
  if (was && (was.heard || !['pending', 'sent'].includes(was.status))) return []
  if (before && 'heard' in before && before.heard[input.step]) return []
  const word = after.phase === 'running' ? after.steps[index]!.heard : after.heard[input.step]
  const status = after.phase === 'running' ? after.steps[index]!.status : 'pending'
  if (word ? 'refused' in word === no : status === 'skipped' || status === (no ? 'refused' : 'done')) return []
  return [`${sagaId} did not heed the word for ${input.step}, which is ${status}`]
}

/** Places where what was still waited for may be waiting itself, for the steps that a timer has moved on. */
const heldUpAt = (
  definitions: ReadonlyMap<string, Definition>,
  before: Running,
  after: SagaState | undefined,
): readonly string[] => {
  const { name, steps } = definitions.get(`${before.definition}:${before.version}`)!
  return before.steps.flatMap(({ status, asks }, index) => {
    if (!['sent', 'unknown', 'undoing'].includes(status)) return []
    const now = after?.phase === 'running' ? after.steps[index] : undefined
    if (now?.status === status && now.asks === asks) return []
    const { kind } = steps[index]!
    return kind === 'timer' ? [] : [`saga-${name}`]
  })
}

const situationsOf = (
  { steps, quorums }: Definition,
  before: SagaItem | undefined,
  after: SagaItem,
): readonly Situation[] => {
  const kinds: Situation[] = []
  if (after.phase === 'early-cancel') kinds.push('cancelled-early')
  if (after.phase === 'early-signal') kinds.push('signal-early')
  if (after.phase === 'ended' && after.outcome === 'operator') kinds.push('ended-operator')
  if (after.caller && !before?.caller) kinds.push('called')
  after.steps?.forEach(([status, attempt, , due], index) => {
    const was = before?.steps?.[index]
    if (was?.[0] === status && was[1] === attempt) return
    const { kind, when } = steps[index]!
    if (kind === 'signal' && status === 'done')
      kinds.push((was?.[3] ?? Number.POSITIVE_INFINITY) <= after.at ? 'signal-silent' : 'signal-heard')
    if (status === 'pending' && attempt > 1 && due > 0) kinds.push('retry-pause')
    if (status === 'undo-failed') kinds.push('undo-failed')
    if (status === 'skipped' && when && after.mode === 'forward') kinds.push('condition-false')
    if (status === 'undoing' && after.mode === 'forward' && quorums.some(({ of }) => of.includes(index)))
      kinds.push('quorum-surplus')
  })
  return kinds
}
