import type { SagaDocument, SagaSummary, SagaVersions } from '../../events/http/sagas.ts'
import { type StepStatus, stepStatuses } from '../../events/saga.ts'
import { type EpochMs, iso, type Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type Definition, versionOf } from '../engine/definition.ts'
import { asked } from '../engine/ids.ts'
import { outstanding } from '../engine/outstanding.ts'
import type { Running, SagaState } from '../engine/state.ts'
import { type Advance, advanceOf, isEnded, type Line, lineOf, worstOf } from './note.ts'

export type Question = SagaDocument['outstanding'][number]
type Step = SagaDocument['steps'][number]

/** A timer may be this late before somebody should ask why: the live one, then two runs of the sweeper. */
export const overdueAfter = ({ sweep, visibility }: Timing): Millis => 2 * sweep + visibility

/** A line as people and machines see it. */
export const summaryOf = (line: Line, now: EpochMs, timing: Timing): SagaSummary => {
  const { sagaId, definition, version, subject, tenant, state, failedStep, because, startedAt, updatedAt, dueAt } = line
  return {
    sagaId,
    definition,
    version,
    subject,
    ...(tenant ? { tenant } : {}),
    state,
    ...(failedStep ? { failedStep } : {}),
    ...(because ? { because } : {}),
    startedAt,
    updatedAt,
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    overdue: !isEnded(state) && dueAt !== undefined && dueAt + overdueAfter(timing) < now,
    revision: line.seen,
  }
}

type Told = {
  readonly state: SagaState
  readonly history: readonly Advance[]
  readonly options: SagaDocument['options']
  readonly definitions: readonly Definition[]
  readonly now: EpochMs
  readonly timing: Timing
}

/**
 * A saga with all that is known of it. The state is the truth of this moment; the history may be a moment behind, and is
 * all that still knows the steps of a saga that has ended.
 */
export const documentOf = ({ state, history, options, definitions, now, timing }: Told): SagaDocument => {
  const definition = versionOf(definitions, state)
  const running = state.phase === 'running' ? state : undefined
  const last = history.at(-1)
  const updatedAt = state.phase === 'ended' ? iso(state.endedAt) : (last?.at ?? iso(running?.startedAt ?? now))
  const line = {
    ...lineOf(definitions, state, undefined, updatedAt),
    ...(running ? {} : { startedAt: history[0]?.at ?? updatedAt }),
  }
  const steps = running ? stepsOf(definition, running) : stepsTold(definition, history)
  const failedStep = worstOf(steps)
  const { acts = [] } = state
  return {
    ...summaryOf({ ...line, ...(failedStep ? { failedStep } : {}) }, now, timing),
    correlationId: state.correlationId,
    ...(running && Number.isFinite(running.deadlineAt) ? { deadlineAt: iso(running.deadlineAt) } : {}),
    ...('case' in state && state.case ? { case: state.case } : {}),
    cancelNoted: running?.cancelNoted === true || state.phase === 'early-cancel',
    steps,
    outstanding: definition ? questionsOf(definition, state, now, timing) : [],
    options,
    acts: [...acts],
    history: history.map(advanceOf),
  }
}

type Past = Omit<Told, 'state' | 'options'> & { readonly line: Line }

/** A saga that ended so long ago that its marker has gone, as its history still tells it. */
export const pastOf = ({ line, history, definitions, now, timing }: Past): SagaDocument => ({
  ...summaryOf(line, now, timing),
  correlationId: line.correlationId ?? line.subject,
  cancelNoted: false,
  steps: stepsTold(versionOf(definitions, line), history),
  outstanding: [],
  options: [],
  acts: history.flatMap(({ acts = [] }) => acts),
  history: history.map(advanceOf),
})

const stepsOf = (definition: Definition | undefined, { steps }: Running): Step[] =>
  steps.map(({ status, attempt, asks, dueAt, because }, index) => {
    const its = definition?.steps[index]
    return {
      step: its?.name ?? `step ${index + 1}`,
      ...(its ? { kind: its.kind } : {}),
      status,
      attempt,
      asks,
      ...(dueAt === undefined ? {} : { until: iso(dueAt) }),
      ...(because ? { because } : {}),
    }
  })

/** The steps of a saga that has ended, as its history tells them; what it never mentions stayed pending. */
const stepsTold = (definition: Definition | undefined, history: readonly Advance[]): Step[] => {
  const told = new Map<string, Step>(
    definition?.steps.map(({ name: step, kind }) => [step, { step, kind, status: 'pending', attempt: 1, asks: 0 }]),
  )
  for (const { changes } of history)
    for (const { step, to, attempt } of changes)
      if (isStatus(to)) {
        const known = told.get(step)
        told.set(step, {
          ...(known ?? { step }),
          status: to,
          attempt: attempt ?? known?.attempt ?? 1,
          // Each time it became unknown it was asked again.
          asks: (known?.asks ?? 0) + (to === 'unknown' ? 1 : 0),
        })
      }
  return [...told.values()]
}

const isStatus = (word: string): word is StepStatus => (stepStatuses as readonly string[]).includes(word)

/**
 * Every command that waits for its answer and until when its silence means nothing, without what it says: that may be
 * personal.
 */
export const questionsOf = (definition: Definition, state: SagaState, now: EpochMs, timing: Timing): Question[] =>
  (state.phase === 'running' ? outstanding(definition, state, now, timing) : []).map(({ message: { id, type } }) => {
    const question = asked(id)
    const step = question && 'step' in question ? question.step : 'end'
    const running = state as Running
    const its = running.steps[definition.steps.findIndex(({ name }) => name === step)]
    const until = its ? its.dueAt : running.end?.dueAt
    return { id, type, step, ...(until === undefined ? {} : { until: iso(until) }) }
  })

type Instance = Pick<Line, 'definition' | 'version' | 'state' | 'startedAt'>

/**
 * How many instances each version still has, and which versions may go. What came before its saga's start goes over to a
 * newer version by itself, and keeps none.
 */
export const versionsOf = (definitions: readonly Definition[], instances: readonly Instance[]): SagaVersions => {
  const key = ({ name, version }: { name: string; version: number }) => `${name} ${version}`
  const newestOf = (name: string) =>
    Math.max(...definitions.filter((definition) => definition.name === name).map(({ version }) => version))
  const bound = instances.filter(
    ({ definition, version, state }) => state !== 'early' || version >= newestOf(definition),
  )
  const byVersion = Map.groupBy(bound, ({ definition, version }) => key({ name: definition, version }))
  const orphans = [...byVersion.values()]
    .map(([first]) => ({ name: first!.definition, version: first!.version, hash: undefined }))
    .filter((it) => !definitions.some((definition) => key(definition) === key(it)))
  const items = [...definitions, ...orphans]
    .toSorted((a, b) => a.name.localeCompare(b.name) || a.version - b.version)
    .map(({ name, version, hash }) => {
      const its = byVersion.get(key({ name, version })) ?? []
      const newest = version === newestOf(name)
      const deployed = hash !== undefined
      const [oldest] = its.map(({ startedAt }) => startedAt).toSorted()
      const removable = deployed && !newest && its.length === 0
      return {
        definition: name,
        version,
        ...(hash === undefined ? {} : { hash }),
        deployed,
        newest,
        unfinished: its.length,
        cases: its.filter(({ state }) => state === 'case').length,
        ...(oldest === undefined ? {} : { oldestStartedAt: oldest }),
        removable,
        because: removable
          ? 'nothing runs on it, and new instances start on a newer version'
          : deployed
            ? newest
              ? 'new instances start on it'
              : `${its.length} instances still run on it`
            : `${its.length} instances wait for it to be deployed again`,
      }
    })
  return { items }
}
