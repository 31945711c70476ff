import { createHash } from 'node:crypto'
import type { ActBody, SagaDocument, SagaStateWord } from '../../events/http/sagas.ts'
import { type Verb, verbs } from '../../events/saga.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { EpochMs } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { awaitsAnswer } from '../engine/advance.ts'
import { definitionOf } from '../engine/coordinator.ts'
import { type Definition, isCommand } from '../engine/definition.ts'
import { advanced } from '../engine/history.ts'
import { actId } from '../engine/ids.ts'
import { toItem } from '../engine/item.ts'
import type { Running, SagaState } from '../engine/state.ts'
import { transition } from '../engine/transition.ts'
import { type Question, questionsOf } from './documents.ts'
import { type Advance, wordFor } from './note.ts'

/** What an operator says, before it is known whether it fits. */
export type Act = Omit<ActBody, 'reason'> & { readonly id: string; readonly by: string; readonly reason: string }

/** What an act comes to. A refusal is in the machine's own words. */
export type Rehearsal =
  | {
      readonly is: 'applied' | 'known'
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
  const definition = pinned(definitions, state)
  if ('code' in definition) return { is: 'refused', ...definition }
  const { id: sagaId, subject, correlationId } = state
  const verdict = transition(definition, state, { kind: 'act', act }, { sagaId, subject, correlationId }, now, timing)
  if (verdict.is === 'parked') return { is: 'refused', code: verdict.code, message: verdict.message }
  if (!('state' in verdict))
    return { is: 'known', changes: [], state: wordFor(state), asks: questionsOf(definition, state, now, timing) }
  const next = { ...verdict.state, revision: state.revision + 1 }
  return {
    is: 'applied',
    changes: changesBetween(definition, state, next, now, timing),
    state: wordFor(next),
    asks: questionsOf(definition, next, now, timing),
  }
}

/** The version that a saga runs on, or why it cannot run here, as the coordinator would say it. */
const pinned = (
  definitions: readonly Definition[],
  state: SagaState,
): Definition | { readonly code: string; readonly message: string } => {
  try {
    return definitionOf(definitions, state.definition, state)
  } catch (error) {
    const code = error instanceof PermanentError ? error.code : 'version-not-deployed'
    return { code, message: (error as Error).message }
  }
}

/** What a person may do to a saga as it stands: every verb for every step that the machine would not refuse. */
export const optionsOf = (state: SagaState, stage: Stage): SagaDocument['options'] => {
  if (state.phase !== 'running') return []
  const definition = pinned(stage.definitions, state)
  if ('code' in definition) return []
  const steps = definition.steps.map(({ name }) => name)
  const candidates = verbs.flatMap((verb): { verb: Verb; step?: string; as?: 'done' | 'refused' | 'undone' }[] => {
    if (verb === 'compensate' || verb === 'cancel') return [{ verb }]
    if (verb === 'resolve')
      return steps.flatMap((step) => (['done', 'refused', 'undone'] as const).map((as) => ({ verb, step, as })))
    return [...(verb === 'retry' ? [{ verb }] : []), ...steps.map((step) => ({ verb, step }))]
  })
  return candidates.filter((candidate) => {
    const attempt = state.steps[steps.indexOf(candidate.step ?? '')]?.attempt ?? 1
    const act = { ...candidate, attempt, id: 'rehearsal', by: 'rehearsal', reason: 'rehearsal' }
    // What later steps need of a reply only a person can say, so there is nothing to rehearse with.
    if (candidate.as === 'done') return waitsIn(definition, state, candidate.step)
    const comesTo = rehearse(state, act, stage)
    return comesTo.is === 'refused' ? comesTo.code === 'wrong-data' : true
  })
}

const waitsIn = (definition: Definition, { steps }: Running, name: string | undefined): boolean => {
  const index = definition.steps.findIndex((step) => step.name === name)
  return isCommand(definition.steps[index]!) && awaitsAnswer(steps[index]!)
}

/** The difference of two states in the words of the history. */
const changesBetween = (
  definition: Definition,
  before: SagaState,
  after: SagaState,
  now: EpochMs,
  timing: Timing,
): Advance['changes'] => {
  const image = (state: SagaState) => toItem(state, now, timing) as unknown as Record<string, unknown>
  const [message] = advanced([definition], { before: image(before), after: image(after) })
  return (message?.data as Advance | undefined)?.changes ?? []
}

/**
 * An act's id follows from who says it, to which saga, under which key, and what, so that saying it again is the same act,
 * and saying something else under that key is found out.
 *
 * @example
 * actIdOf('fulfil-order:ord_…', { by: 'alice', key: 'mend-1' }, { verb: 'retry', reason: '…' }) // 'fulfil-order:ord_…/act/6b1…/90f…'
 */
export const actIdOf = (
  sagaId: string,
  { by, key }: { readonly by: string; readonly key: string },
  { verb, step, as, attempt, data, reason }: Omit<Act, 'id' | 'by'>,
): string =>
  actId(sagaId, digestOf(`${sagaId}\n${by}\n${key}`, 32), digestOf([verb, step, as, attempt, data, reason], 12))

const digestOf = (what: unknown, characters: number): string =>
  createHash('sha256')
    .update(typeof what === 'string' ? what : JSON.stringify(what))
    .digest('hex')
    .slice(0, characters)
