import { iso } from '../../reactive/time.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { fromItem } from '../../sagas/engine/item.ts'
import { wordFor } from '../../sagas/operators/note.ts'
import type { System } from './system.ts'

/** What a saga is when it has ended and nothing of it is left to be done. */
const over = ['done', 'refused', 'undone', 'skipped', 'pending']

/**
 * What is wrong with the history of sagas when everything has come to rest: every commit is told exactly once and in order,
 * by who acted and with what became of every step, and the line in the lists is what the last commit left.
 */
export const brokenHistories = (stage: System): string[] =>
  [...stage.witness.commits].flatMap(([sagaId, commits]) => {
    const wrong: string[] = []
    const say = (what: string) => wrong.push(`the history of ${sagaId} ${what}`)
    const { history } = stage
    const told = history.advancesOf(sagaId)
    const isLost = ({ revision }: { readonly revision: number }) => history.lost.has(`${sagaId}/${revision}`)
    // A word that came before its saga has moved nothing yet.
    const tellable = commits.filter((it) => it.phase !== 'early-signal')
    const wanted = tellable.filter((it) => !isLost(it)).map(({ revision }) => revision)
    const revisions = told.map(({ revision }) => revision)
    if (String(revisions) !== String(wanted)) say(`tells of ${revisions}, and ${wanted} were committed`)
    if (commits.some(isLost)) return wrong

    const statuses = new Map<string, string>()
    const acts: string[] = []
    told.forEach((advance, index) => {
      const commit = tellable[index]
      for (const { step, to } of advance.changes) statuses.set(step, to)
      for (const { id } of advance.acts ?? []) acts.push(id)
      if (commit?.steps === undefined) return
      const names = stage.definitions.find(
        (it) => sagaId.startsWith(`${it.name}:`) && it.version === commit.version,
      )!.steps
      names.forEach(({ name }, at) => {
        const [status] = commit.steps![at]!
        const said = statuses.get(name) ?? 'pending'
        if (said !== status) say(`says at ${commit.revision} that ${name} is ${said}, and it is ${status}`)
      })
    })
    const last = commits.at(-1)!
    const left = commits.findLast(({ steps }) => steps !== undefined)
    const definition = stage.definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === last.version)!
    left?.steps?.forEach(([status], at) => {
      const { name } = definition.steps[at]!
      if (last.phase !== 'ended' || !['undoing', 'undo-failed'].includes(status)) return
      const became = stage.witness.skipped.get(sagaId)?.has(name) ? 'skipped' : 'undone'
      if (statuses.get(name) !== became) say(`says that ${name} became ${statuses.get(name)}, and it is ${became}`)
    })
    const open = [...statuses].filter(([step, to]) => !['saga', 'end'].includes(step) && !over.includes(to))
    if (last.phase === 'ended' && open.length > 0) say(`leaves ${open.map((its) => its.join(' ')).join(', ')}`)
    const done = commits.flatMap((commit, at) => newActs(commits[at - 1], commit))
    if (String(acts) !== String(done)) say(`tells of the acts ${acts}, and ${done} were done`)

    const line = history.lineOf(sagaId)
    if (last.phase === 'early-signal') return wrong
    const state = fromItem(last)
    const began = commits.find(({ startedAt }) => startedAt !== undefined)?.startedAt
    if (line?.seen !== last.revision) say(`lists revision ${line?.seen}, and the last is ${last.revision}`)
    else if (line.state !== wordFor(state)) say(`lists it as ${line.state}, and it is ${wordFor(state)}`)
    else if (began !== undefined && line.startedAt !== iso(began)) say(`lists it as started at ${line.startedAt}`)
    return wrong
  })

const newActs = (before: SagaItem | undefined, { acts = [] }: SagaItem): string[] =>
  acts.filter(({ id }) => !before?.acts?.some((noted) => noted.id === id)).map(({ id }) => id)
