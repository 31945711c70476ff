import { allEnded } from '../../reactive/all-ended.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import type { Clock, EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type Addressed, addresser, heardIn, type Incoming } from './address.ts'
import { type Definition, isCommand } from './definition.ts'
import { inboxOf, type Outgoing, outstanding, turnedAway } from './outstanding.ts'
import type { Congestion, SagaStore, Transport, Wake } from './ports.ts'
import type { Running, SagaInput, SagaState } from './state.ts'
import { transition, type Verdict } from './transition.ts'

export type CoordinatorPorts = {
  /** Every version that may still have instances; the newest of a name starts new ones. */
  readonly definitions: readonly Definition[]
  readonly store: SagaStore
  readonly transport: Transport
  readonly congestion: Congestion
  readonly clock: Clock
  readonly timing: Timing
  /** Told what each message did to its saga, after it did; for figures and logs, never for decisions. */
  readonly watch?: (movement: Movement) => void
}

export type Movement = {
  readonly verdict: Verdict
  readonly input: SagaInput
  readonly sagaId: string
  readonly before: SagaState | undefined
  readonly after: SagaState | undefined
}

export type { Incoming } from './address.ts'

type Entry = Addressed & { readonly index: number; readonly receives: number }
type Outcome = Error | undefined

/**
 * Moves the sagas that a batch of messages is for: load, fold, ONE conditional write each, send all that is outstanding,
 * and only then say `handled`. Answers one outcome for each message, in order; an error means: not acknowledged.
 *
 * Dying on any line loses nothing. Before the write nothing has happened; after it the message comes again, finds itself
 * applied, and everything outstanding is sent again.
 */
export const coordinator = (ports: CoordinatorPorts) => {
  const address = addresser(ports.definitions)

  return async (batch: readonly Incoming[]): Promise<Outcome[]> => {
    const now = ports.clock()
    const outcomes: Outcome[] = batch.map(() => undefined)
    const settle = (entries: readonly Entry[], error: Outcome) => {
      for (const { index } of entries) outcomes[index] = error
    }

    const addressed: Entry[] = []
    batch.forEach((incoming, index) => {
      const read = address(incoming, now - ports.timing.horizon)
      if (read instanceof Error) outcomes[index] = read
      else addressed.push({ ...read, index, receives: incoming.receives ?? 1 })
    })

    const moveAll = async (entries: readonly Entry[]): Promise<readonly Moved[]> => {
      try {
        const moved = await move(ports, entries, now, (entry, error) => settle([entry], error))
        return moved ? [moved] : []
      } catch (error) {
        if (!(error instanceof PermanentError) || entries.length === 1) {
          settle(entries, error as Error)
          return []
        }
        // What one of them makes impossible for good, the others must not suffer for: each is tried by itself.
        settle(entries, undefined)
        const alone: Moved[] = []
        for (const entry of entries.toSorted(repliesFirst)) alone.push(...(await moveAll([entry])))
        return alone
      }
    }
    const bySaga = Map.groupBy(addressed, ({ occasion }) => occasion.sagaId)
    const sending = (await allEnded([...bySaga.values()].map(moveAll))).flat()
    const unsent = await ports.transport.send(sending.flatMap(({ messages }) => messages))
    const unset = await ports.transport.wake(sending.flatMap(({ wakes }) => wakes))
    if (unsent.size + unset.size > 0)
      for (const { entries, messages, wakes } of sending) {
        // Committed but not surely sent: whatever moved this saga comes again, and sends again.
        const error = [...messages.map((its) => unsent.get(its)), ...wakes.map((its) => unset.get(its))].find(Boolean)
        if (error) settle(entries, error)
      }
    return outcomes
  }
}

type Moved = {
  readonly entries: readonly Entry[]
  readonly messages: readonly Outgoing[]
  readonly wakes: readonly Wake[]
}

type Refuse = (entry: Entry, error: Error) => void

/**
 * Moves one saga. What starts one finds nothing as a rule, so it is written as new without a look; what was there all the
 * same refuses that write, and then it is looked at.
 */
const move = async (
  ports: CoordinatorPorts,
  entries: readonly Entry[],
  now: EpochMs,
  refuse: Refuse,
): Promise<Moved | undefined> => {
  const { sagaId } = entries[0]!.occasion
  if (entries.every(({ input }) => input.kind === 'start')) {
    const opened = await moveFrom(undefined, ports, entries, now, refuse).catch(() => 'lost' as const)
    if (opened !== 'lost') return opened
  }
  const moved = await moveFrom(await ports.store.load(sagaId), ports, entries, now, refuse)
  if (moved === 'lost')
    throw new TransientError(`${sagaId} was moved by somebody else meanwhile; the message is tried again.`)
  return moved
}

const moveFrom = async (
  before: SagaState | undefined,
  { definitions, store, congestion, clock, timing, watch }: CoordinatorPorts,
  entries: readonly Entry[],
  now: EpochMs,
  refuse: Refuse,
): Promise<Moved | 'lost' | undefined> => {
  const definition = definitionOf(definitions, entries[0]!.name, before)
  let state = before
  let owed = false
  let again = false
  const accepted: Entry[] = []
  const aside: Outgoing[] = []
  let early = false
  const movements: Movement[] = []
  for (const entry of [...entries].sort(repliesFirst)) {
    const said = heardIn(definition, entry)
    const input = said.kind === 'wake' ? await timely(definition, state, said, now, congestion) : said
    const verdict = transition(definition, state, input, entry.occasion, now, timing)
    movements.push({
      verdict,
      input,
      sagaId: entry.occasion.sagaId,
      before: state,
      after: 'state' in verdict ? verdict.state : state,
    })
    if (verdict.is === 'parked') {
      refuse(entry, new PermanentError(verdict.code, verdict.message))
      continue
    }
    accepted.push(entry)
    if (verdict.is === 'turned-away' && input.kind === 'start')
      aside.push(
        turnedAway(calledOf(definitions, definition.name), { ...verdict, data: input.data }, entry.occasion, now),
      )
    if (verdict.is === 'applied' || verdict.is === 'postponed') state = verdict.state
    if (verdict.is === 'applied' || verdict.is === 'known') owed = true
    // A timer whose commit was made and whose sending failed comes again, and finds that commit's timer in its place.
    if (verdict.is === 'stale' && entry.receives > 1) again = true
    // One that was handed out before may have been set again then; were each copy to set one, there would be ever more.
    if (verdict.is === 'early' && entry.receives === 1) early = true
  }
  // Several messages of a batch are one commit, so one revision.
  const changed = state !== before
  if (changed) {
    state = { ...state!, revision: (before?.revision ?? 0) + 1 }
    const saved = await store.save(state, before)
    if (saved === 'lost') return saved
  }
  if (watch) for (const movement of movements) watch(movement)
  // What is held up is not asked for again, whoever comes again.
  const held = movements.some(({ verdict }) => verdict.is === 'postponed')
  const sends = owed || (again && !held)
  const messages = state && sends ? [...outstanding(definition, state, clock(), timing), ...aside] : aside
  const resets = early || again
  const wakes = (changed || resets) && state?.phase === 'running' ? timer(state, resets ? undefined : before, now) : []
  return messages.length > 0 || wakes.length > 0 ? { entries: accepted, messages, wakes } : undefined
}

/**
 * A timer that is due, with the word whether the answer or the word that it misses may still be waiting in a queue. Replies of the
 * same batch have been folded in before.
 */
const timely = async (
  { name, steps }: Definition,
  state: SagaState | undefined,
  input: Extract<SagaInput, { kind: 'wake' }>,
  now: EpochMs,
  congestion: Congestion,
): Promise<SagaInput> => {
  if (state?.phase !== 'running') return input
  const silent = steps.flatMap((step, index) => {
    const { dueAt } = state.steps[index]!
    if (dueAt === undefined || dueAt > now) return []
    if (step.kind === 'signal') return [inboxOf(name)]
    return isCommand(step) ? [step.calls ? inboxOf(step.calls) : step.done.owner] : []
  })
  const isOverdue = silent.length > 0 || state.deadlineAt <= now || (state.end?.dueAt ?? now + 1) <= now
  return isOverdue && (await congestion([...new Set([inboxOf(name), ...silent])]))
    ? { ...input, congested: true }
    : input
}

/**
 * The one live timer, when this commit has set a new one, or it has fired too early (then there is no `before`). Should it
 * get lost, the sweeper finds the saga.
 */
const timer = (state: Running, before: SagaState | undefined, now: EpochMs): Wake[] => {
  const previous = before?.phase === 'running' ? before.wake.number : 0
  if (state.wake.number === previous) return []
  const { id: sagaId, subject, correlationId, wake } = state
  return [{ sagaId, subject, correlationId, number: wake.number, after: wake.at - now }]
}

/**
 * The version that an instance is pinned to. The newest, where there is no instance yet, or only what is left of one: what
 * has ended needs no version to say so, and a version may go as soon as nothing of it is unfinished. What somebody said
 * before the start goes over to the newest when the version that heard it has gone, and never to one before it.
 */
export const definitionOf = (
  definitions: readonly Definition[],
  name: string,
  state: SagaState | undefined,
): Definition => {
  const versions = definitions.filter((definition) => definition.name === name)
  const newest = versions.reduce<Definition | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined)
  const pinned =
    (state ? versions.find(({ version }) => version === state.version) : undefined) ??
    (isFree(state, newest) ? newest : undefined)
  if (!pinned) {
    // Deployments overlap: the version that this process lacks may be running beside it.
    throw new TransientError(
      `${state?.id ?? name} needs ${name} v${state?.version ?? '?'}, which this deployment does not have.`,
    )
  }
  if (state?.phase === 'running' && state.hash !== pinned.hash) {
    throw new PermanentError(
      'definition-changed',
      `${state.id} was started on ${name} v${pinned.version} with shape ${state.hash}, but that version now has shape ${pinned.hash}. Restore it and give the new shape a new version.`,
    )
  }
  return pinned
}

const isFree = (state: SagaState | undefined, newest: Definition | undefined): boolean => {
  if (state === undefined || state.phase === 'ended') return true
  return state.phase !== 'running' && newest !== undefined && state.version < newest.version
}

/** The version that can be called: the one that an instance is pinned to may be older than the call. */
const calledOf = (definitions: readonly Definition[], name: string): Definition =>
  definitions
    .filter((definition) => definition.name === name && definition.call)
    .reduce((a, b) => (a.version > b.version ? a : b))

/** Replies before timers: a timer must not overtake the answer that is in the same batch. */
const repliesFirst = (a: Entry, b: Entry): number => Number(a.input.kind === 'wake') - Number(b.input.kind === 'wake')
