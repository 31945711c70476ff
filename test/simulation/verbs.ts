import { type Verb, verbs } from '../../events/saga.ts'
import { orderIdFor } from '../../functions/ordering/identity.ts'
import { timings } from '../../reactive/timing.ts'
import { type Definition, isCommand } from '../../sagas/engine/definition.ts'
import { fromItem, type SagaItem, toItem } from '../../sagas/engine/item.ts'
import { transition } from '../../sagas/engine/transition.ts'
import { begin, everybodySays } from './beginnings.ts'
import { brokenByCommit } from './invariants.ts'
import { run } from './run.ts'
import { theatre } from './theatre.ts'

/** An operator's word: a verb, and with `resolve` what it says. */
type Word = { readonly verb: Verb; readonly as?: 'done' | 'refused' | 'undone' }
export const words: readonly Word[] = verbs.flatMap((verb): Word[] =>
  verb === 'resolve' ? (['done', 'refused', 'undone'] as const).map((as) => ({ verb, as })) : [{ verb }],
)
export const nameOf = ({ verb, as }: Word) => (as ? `${verb} ${as}` : verb)

export type VerbRow = {
  readonly state: string
  readonly verdicts: readonly string[]
  readonly wrong: readonly string[]
}

/** Data that fits every reply and every signal of every definition. */
const evidence = {
  ...{ tripId: 'x', mark: 'm', yes: true, by: 'ada', stars: 1, receipt: 'r' },
  ...{ orderId: orderIdFor('ada', 'key'), approved: true, reviewedBy: 'ada', reason: { code: 'c', message: 'm' } },
  ...{ condition: 'resellable', inspectedBy: 'ada', carrier: 'swift', trackingNumber: 't' },
  ...{ authorisationId: 'a', captureId: 'c', refundId: 'r' },
}

/**
 * Every word of an operator about every step, in every state in which a saga was ever seen: what the machine says to it,
 * by the state of the saga and of the step. An act that is taken must leave a state that no commit may break.
 */
export const verbRows = (definitions: readonly Definition[], seen: readonly SagaItem[]): VerbRow[] => {
  const rows = new Map<string, { readonly verdicts: Set<string>[]; readonly wrong: string[] }>()
  for (const item of seen) {
    const definition = definitions.find((it) => item.sagaId.startsWith(`${it.name}:`) && it.version === item.version)!
    const state = fromItem(item)
    definition.steps.forEach((step, index) => {
      const where =
        state.phase === 'running'
          ? `${state.mode}: ${isCommand(step) ? step.kind : 'waiting'} ${state.steps[index]!.status}`
          : state.phase
      const row = rows.get(where) ?? { verdicts: words.map(() => new Set<string>()), wrong: [] }
      rows.set(where, row)
      words.forEach(({ verb, ...said }, column) => {
        const attempt = state.phase === 'running' ? state.steps[index]!.attempt : 1
        const act = {
          id: 'a',
          verb,
          step: step.name,
          by: 'ada',
          reason: 'x',
          attempt,
          data: evidence,
          ...said,
        }
        const occasion = { sagaId: state.id, subject: state.subject, correlationId: state.correlationId }
        const now = item.at + 1
        const verdict = transition(definition, state, { kind: 'act', act }, occasion, now, timings.brief)
        row.verdicts[column]!.add(verdict.is === 'parked' ? 'declined' : verdict.is)
        if (verdict.is !== 'applied') return
        const next = { ...verdict.state, revision: state.revision + 1 }
        const after = JSON.parse(JSON.stringify(toItem(next, now, timings.brief))) as SagaItem
        row.wrong.push(...brokenByCommit(definition, item, after).map((it) => `${nameOf({ verb, ...said })}: ${it}`))
      })
    })
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, { verdicts, wrong }]) => ({
      state,
      verdicts: verdicts.map((its) => [...its].sort().join(' / ')),
      wrong,
    }))
}

/**
 * One of each kind of state that the sagas of so many seeds were ever in, and those of every definition on its clean way
 * and on the way back that its pivot's refusal begins: a retired version is rare by chance.
 */
export const statesSeen = async (seeds: number): Promise<SagaItem[]> => {
  const seen = new Map<string, SagaItem>()
  const watch = (item: SagaItem) => {
    const { sagaId, version, phase, mode, steps = [], end } = item
    const saga = sagaId.slice(0, sagaId.indexOf(':'))
    seen.set(`${saga} ${version} ${phase} ${mode} ${steps.map(([its]) => its)} ${end?.command}`, item)
  }
  for (let seed = 1; seed <= seeds; seed += 1) await run(seed, { watch })
  for (const definition of theatre().stage.definitions)
    for (const refused of [false, true]) await played(definition, refused, watch)
  return [...seen.values()]
}

const played = async (definition: Definition, refused: boolean, watch: (item: SagaItem) => void) => {
  const pivotOf = (its: Definition | undefined) => its?.steps.filter(isCommand).find(({ kind }) => kind === 'pivot')
  const pivot = pivotOf(definition)!
  // The saga that is called is refused for its caller.
  const partners = pivotOf(theatre().stage.definitions.find(({ name }) => name === pivot.calls)) ?? pivot
  const play = theatre({ refuses: (key) => refused && key.includes(`/${partners.name}/`) && !key.endsWith('/busy') })
  play.stage.sagas.watch.push((_, after) => watch(after))
  everybodySays(play, play.stage.definitions)
  await begin(play, definition)
  await play.rest()
}
