import { createHash } from 'node:crypto'
import type { ActBody, SagaDocument, SagaStateWord } from '../../events/http/sagas.ts'
import { type Verb, verbs } from '../../events/saga.ts'
import type { EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Definition } from '../engine/definition.ts'
import { advanced } from '../engine/history.ts'
import { toItem } from '../engine/item.ts'
import type { SagaInput, SagaState } from '../engine/state.ts'
import { transition, type Verdict } from '../engine/transition.ts'
import { type Question, questionsOf } from './documents.ts'
import { type Advance, wordFor } from './note.ts'

/** What an operator says, before it is known whether it fits. */
export type Act = Omit<ActBody, 'reason'> & { readonly id: string; readonly by: string; readonly reason: string }

/** What an act comes to. A refusal is in the machine's own words. */
export type Rehearsal =
  | {
      readonly is: 'applied' | 'known' | 'stale'
      readonly changes: Advance['changes']
      readonly state: SagaStateWord
      readonly asks: readonly Question[]
    }
  | { readonly is: 'refused'; readonly code: string; readonly message: string }

type Stage = { readonly definitions: readonly Definition[]; readonly now: EpochMs; readonly timing: Timing }

/**
 * Runs an act through the production machine on a copy of the state, and says what it would come to. Nothing is saved
 * and nothing sent: what is answered here is what the coordinator will do, unless the saga moves in between.
 */
export const rehearse = (state: SagaState, act: Act, { definitions, now, timing }: Stage): Rehearsal => {
  const definition = definitions.find(({ name, version }) => name === state.definition && version === state.version)
  if (!definition) {
    return {
      is: 'refused',
      code: 'version-not-deployed',
      message: `${state.id} runs on ${state.definition} v${state.version}, which this deployment does not have.`,
    }
  }
  if (state.phase === 'running' && state.hash !== definition.hash) {
    return {
      is: 'refused',
      code: 'definition-changed',
      message: `${state.id} was started on shape ${state.hash} of ${definition.name} v${definition.version}, which now has shape ${definition.hash}.`,
    }
  }
  const verdict = run(definition, state, act, now, timing)
  if (verdict.is === 'parked') return { is: 'refused', code: verdict.code, message: verdict.message }
  const next = verdict.is === 'applied' ? { ...verdict.state, revision: state.revision + 1 } : state
  return {
    is: verdict.is,
    changes: verdict.is === 'applied' ? changesBetween(definition, state, next, now, timing) : [],
    state: wordFor(next),
    asks: verdict.is === 'stale' ? [] : questionsOf(definition, next, now, timing),
  }
}

/** What a person may do to a saga as it stands: every verb for every step that the machine would not refuse. */
export const optionsOf = (state: SagaState, stage: Stage): SagaDocument['options'] => {
  if (state.phase === 'ended') return []
  const definition = stage.definitions.find(
    ({ name, version }) => name === state.definition && version === state.version,
  )
  const steps = definition?.steps.map(({ name }) => name) ?? []
  const candidates = verbs.flatMap((verb): { verb: Verb; step?: string; as?: 'done' | 'refused' | 'undone' }[] => {
    if (verb === 'compensate' || verb === 'cancel') return [{ verb }]
    if (verb === 'resolve')
      return steps.flatMap((step) => (['done', 'refused', 'undone'] as const).map((as) => ({ verb, step, as })))
    return [...(verb === 'retry' ? [{ verb }] : []), ...steps.map((step) => ({ verb, step }))]
  })
  return candidates.filter((candidate) => {
    const act = { ...candidate, id: 'rehearsal', by: 'rehearsal', reason: 'rehearsal', data: sampleFor(candidate) }
    const { is } = rehearse(state, act, stage)
    return is === 'applied' || (is === 'known' && candidate.verb === 'retry')
  })
}

/** Refusals carry a reason; whatever else a reply or a signal says, its own contract decides when it is said in earnest. */
const sampleFor = ({ as }: { as?: string }) =>
  as === 'refused' ? { reason: { code: 'resolved', message: 'Resolved by a person.' } } : {}

const run = (definition: Definition, state: SagaState, act: Act, now: EpochMs, timing: Timing): Verdict => {
  const { id: sagaId, subject, correlationId, traceparent } = state
  const occasion = { sagaId, subject, correlationId, ...(traceparent ? { traceparent } : {}) }
  return transition(definition, state, { kind: 'act', act } as unknown as SagaInput, occasion, now, timing)
}

/** The difference of two states in the words of the history. */
const changesBetween = (
  definition: Definition,
  before: SagaState,
  after: SagaState,
  now: EpochMs,
  timing: Timing,
): Advance['changes'] => {
  const image = (state: SagaState) => toItem({ state }, now, timing) as unknown as Record<string, unknown>
  const [message] = advanced([definition], { before: image(before), after: image(after) })
  return (message?.data as Advance | undefined)?.changes ?? []
}

/**
 * An act's id follows from who says it, to which saga, and under which key, so that saying it again is the same act.
 *
 * @example
 * actIdOf('fulfil-order:ord_…', 'alice', 'mend-1') // 'fulfil-order:ord_…/act/6kq…'
 */
export const actIdOf = (sagaId: string, by: string, key: string): string => {
  const digest = createHash('sha256').update(`${sagaId}\n${by}\n${key}`).digest('hex')
  return `${sagaId}/act/${digest.slice(0, 32)}`
}
