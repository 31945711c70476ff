import type { DataOf } from '../../events/contract.ts'
import { type Message, seal } from '../../events/envelope.ts'
import { type Act, SagaAdvanced } from '../../events/saga.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'
import { type Definition, versionOf } from './definition.ts'
import { fromItem, type SagaItem } from './item.ts'
import type { SagaState } from './state.ts'

type Advance = DataOf<typeof SagaAdvanced>

/** A commit of a saga as a change of the table shows it. */
export type Commit = {
  readonly at: EpochMs
  readonly phase: Exclude<SagaState['phase'], 'early-signal'>
  readonly state: SagaState
  readonly previous: SagaState | undefined
}

/**
 * The commit that a change of the table is; nothing for a write that was none (a sweeper's lease, an expiry), or that has
 * moved nothing yet.
 *
 * @throws PermanentError for an image that is no saga.
 */
export const commitIn = ({ before, after }: Change): Commit | undefined => {
  if (!after) return undefined
  const item = readable(after)
  const state = fromItem(item)
  const previous = before ? fromItem(readable(before)) : undefined
  if (previous?.revision === state.revision) return undefined
  const { phase } = state
  // A word that overtook its saga's start has moved nothing yet; it shows when the step that waits for it has heard it.
  if (phase === 'early-signal') return undefined
  return { at: item.at, phase, state, previous }
}

/**
 * What one commit changed, as the event that the history is made of; nothing for a write that was no commit.
 * Deterministic: the same images give the same event under the same id.
 */
export const advanced = (definitions: readonly Definition[], change: Change): Message[] => {
  const commit = commitIn(change)
  if (!commit) return []
  const { state } = commit
  const data = advanceIn(definitions, commit)
  return [
    seal(SagaAdvanced(data), {
      id: `${state.id}/${state.revision}`,
      source: '/saga',
      subject: state.subject,
      time: data.at,
      correlationid: state.correlationId,
      traceparent: state.traceparent,
      tenantid: state.tenantId,
    }),
  ]
}

/** What a commit changed. */
export const advanceIn = (definitions: readonly Definition[], { at, phase, state, previous }: Commit): Advance => {
  const acts = newActs(previous, state)
  const names = versionOf(definitions, state)?.steps.map(({ name }) => name) ?? []
  return {
    sagaId: state.id,
    definition: state.definition,
    version: state.version,
    subject: state.subject,
    revision: state.revision,
    at: iso(at),
    phase,
    mode: modeOf(state, previous),
    changes: changes(names, previous, state),
    ...('because' in state && state.because ? { because: state.because } : {}),
    ...(state.phase === 'ended' ? { outcome: state.outcome } : {}),
    ...(acts.length > 0 ? { acts: [...acts] } : {}),
  }
}

const modeOf = (state: SagaState, previous: SagaState | undefined): Advance['mode'] => {
  const last = state.phase === 'running' ? state : previous
  return last?.phase === 'running' ? last.mode : 'forward'
}

const changes = (names: readonly string[], before: SagaState | undefined, after: SagaState): Advance['changes'] => {
  if (after.phase === 'ended') return [...lastUndos(names, before, after), { step: 'end', to: 'ended' }]
  if (after.phase !== 'running') return [{ step: 'saga', to: 'cancel-noted' }]
  const previous = before?.phase === 'running' ? before : undefined
  const steps = after.steps.flatMap(({ status, attempt }, index) => {
    const was = previous?.steps[index]
    const same = was ? was.status === status && was.attempt === attempt : status === 'pending'
    return same ? [] : [{ step: nameIn(names, index), to: status, attempt }]
  })
  return [
    ...(previous ? [] : [{ step: 'saga', to: 'started' as const }]),
    ...(after.cancelNoted && !previous?.cancelNoted ? [{ step: 'saga', to: 'cancel-noted' as const }] : []),
    ...steps,
    ...(after.end && !previous?.end ? [{ step: 'end', to: 'ending' as const }] : []),
  ]
}

/**
 * What has ended has forgotten its steps. An undo that was open until then was answered by the message that ended it, or
 * an operator took it out: nothing else lets a saga end.
 */
const lastUndos = (names: readonly string[], before: SagaState | undefined, after: SagaState): Advance['changes'] => {
  if (before?.phase !== 'running') return []
  const skips = newActs(before, after).filter(({ verb }) => verb === 'skip')
  return before.steps.flatMap(({ status, attempt }, index) => {
    if (status !== 'undoing' && status !== 'undo-failed') return []
    const step = nameIn(names, index)
    return [{ step, to: skips.some((act) => act.step === step) ? 'skipped' : 'undone', attempt }]
  })
}

const newActs = (before: SagaState | undefined, { acts = [] }: SagaState): readonly Act[] =>
  acts.filter(({ id }) => !before?.acts?.some((noted) => noted.id === id))
const nameIn = (names: readonly string[], index: number): string => names[index] ?? `step ${index + 1}`

const readable = (image: Record<string, unknown>): SagaItem => {
  if (typeof image.sagaId === 'string' && typeof image.revision === 'number' && typeof image.phase === 'string')
    return image as SagaItem
  throw new PermanentError('unreadable-saga', `A saga's image cannot be read: ${JSON.stringify(image).slice(0, 200)}`)
}
