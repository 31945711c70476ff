import type { DataOf } from '../../events/contract.ts'
import type { SagaStateWord } from '../../events/http/sagas.ts'
import type { SagaAdvanced, StepStatus } from '../../events/saga.ts'
import type { Reason } from '../../events/vocabulary.ts'
import { shardOf } from '../../reactive/shard.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import { days, type EpochMs, expiryOf, fromIso, iso, type Millis } from '../../reactive/time.ts'
import { type Definition, versionOf } from '../engine/definition.ts'
import { advanceIn, commitIn } from '../engine/history.ts'
import type { Running, SagaState } from '../engine/state.ts'

/** How long the history of a saga is kept after it was written: longer than any message that it explains may be put back. */
export const historyRetention: Millis = days(90)

/** One commit of a saga, as the history keeps it. */
export type Advance = Pick<
  DataOf<typeof SagaAdvanced>,
  'sagaId' | 'revision' | 'at' | 'phase' | 'mode' | 'changes' | 'because' | 'outcome' | 'acts'
>

/** A saga as lists show it. It is whole in every revision, so the highest one that was seen is the truth. */
export type Line = {
  readonly sagaId: string
  /** Of the saga that this line shows. */
  readonly seen: number
  readonly definition: string
  readonly version: number
  readonly subject: string
  /** Not in lists, and absent in lines that were written before they had it. */
  readonly correlationId?: string
  readonly tenant?: string
  readonly state: SagaStateWord
  readonly failedStep?: string
  readonly because?: Reason
  readonly startedAt: string
  readonly updatedAt: string
  /** When its timer fires; absent when time changes nothing. */
  readonly dueAt?: EpochMs
}

export type Note = { readonly advance: Advance; readonly line: Line }

/**
 * What a change of the sagas' table means to the history; nothing for a write that was no commit. A note is made of the
 * change alone, so notes may be taken in any order and any number of times.
 *
 * @throws PermanentError for an image that is no saga.
 */
export const noteOf = (definitions: readonly Definition[], change: Change): Note | undefined => {
  const commit = commitIn(change)
  if (!commit) return undefined
  const advance = advanceIn(definitions, commit)
  return {
    advance: { sagaId: advance.sagaId, ...advanceOf(advance) },
    line: lineOf(definitions, commit.state, commit.previous, advance.at),
  }
}

/** What an advance tells of its saga, whoever else the event that carries it is for. */
export const advanceOf = ({
  revision,
  at,
  phase,
  mode,
  changes,
  because,
  outcome,
  acts,
}: Omit<Advance, 'sagaId'>): Omit<Advance, 'sagaId'> => ({
  revision,
  at,
  phase,
  mode,
  changes,
  ...(because ? { because } : {}),
  ...(outcome ? { outcome } : {}),
  ...(acts ? { acts } : {}),
})

/** A saga's line. What has ended has forgotten its steps and its start; the state before it still knows them. */
export const lineOf = (
  definitions: readonly Definition[],
  state: SagaState,
  before: SagaState | undefined,
  at: string,
): Line => {
  const last = state.phase === 'running' ? state : before?.phase === 'running' ? before : undefined
  const failedStep = (last && failedStepOf(definitions, last)) ?? skippedIn(state)
  const wake = state.phase === 'running' ? state.wake.at : Number.POSITIVE_INFINITY
  return {
    sagaId: state.id,
    seen: state.revision,
    definition: state.definition,
    version: state.version,
    subject: state.subject,
    correlationId: state.correlationId,
    ...(state.tenantId ? { tenant: state.tenantId } : {}),
    state: wordFor(state),
    ...(failedStep ? { failedStep } : {}),
    ...('because' in state && state.because ? { because: state.because } : {}),
    startedAt: last ? iso(last.startedAt) : at,
    updatedAt: at,
    ...(Number.isFinite(wake) ? { dueAt: wake } : {}),
  }
}

/** How a saga stands, in one word. */
export const wordFor = (state: SagaState): SagaStateWord => {
  switch (state.phase) {
    case 'running':
      return state.steps.some(({ status }) => status === 'undo-failed') ? 'case' : state.mode
    case 'ended':
      return state.outcome
    default:
      return 'early'
  }
}

/** The step that a person took out, when nothing else is wrong with the saga any more. */
const skippedIn = ({ acts = [] }: SagaState): string | undefined => acts.findLast(({ verb }) => verb === 'skip')?.step

const failedStepOf = (definitions: readonly Definition[], state: Running): string | undefined => {
  const definition = versionOf(definitions, state)
  return worstOf(
    state.steps.map(({ status }, index) => ({ step: definition?.steps[index]?.name ?? `step ${index + 1}`, status })),
  )
}

/** The step to look at first: one that cannot be undone, else one whose answer is missing, else one that was refused. */
export const worstOf = (steps: readonly { readonly step: string; readonly status: StepStatus }[]): string | undefined =>
  (['undo-failed', 'unknown', 'refused'] as const)
    .map((wanted) => steps.find(({ status }) => status === wanted)?.step)
    .find((step) => step !== undefined)

/** Of several notes of one saga, the line of the highest revision. */
export const newestLines = (notes: readonly Note[]): readonly Line[] => {
  const newest = new Map<string, Line>()
  for (const { line } of notes) {
    const known = newest.get(line.sagaId)
    if (!known || known.seen < line.seen) newest.set(line.sagaId, line)
  }
  return [...newest.values()]
}

/** An advance as it is stored, under its saga and revision. Epoch seconds, as DynamoDB deletes by. */
export const advanceItem = (advance: Advance) => ({ ...advance, expiresAt: forgottenAt(advance.at) })

/**
 * A line as it is stored, as revision 0 of its saga. `listShard` and `position` are the key of the index that lists read:
 * what has not ended lies apart from what has, and each is spread so that no key is hot. Only what has ended expires.
 */
export const lineItem = (line: Line) => ({
  ...line,
  revision: 0,
  listShard: `${isEnded(line.state) ? 'ended' : 'unfinished'}#${shardOf(line.sagaId)}`,
  position: positionOf(line),
  ...(isEnded(line.state) ? { expiresAt: forgottenAt(line.updatedAt) } : {}),
})

/** A line as it was before it was stored. */
export const lineFrom = (item: Readonly<Record<string, unknown>>): Line => {
  const { revision: _r, listShard: _l, position: _p, expiresAt: _e, ...line } = item
  return line as Line
}

export const isEnded = (state: SagaStateWord): boolean => state === 'done' || state === 'undone' || state === 'operator'

/** Where a saga stands in lists: by its start, and by its id among those of one millisecond. */
export const positionOf = ({ startedAt, sagaId }: Pick<Line, 'startedAt' | 'sagaId'>): string =>
  `${startedAt}/${sagaId}`

const forgottenAt = (at: string): number => expiryOf(fromIso(at) + historyRetention)
