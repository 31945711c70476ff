import type { SagaDocument } from '../../events/http/sagas.ts'
import { formatSpan } from '../format.ts'

/** How a state of a step is drawn, and what it is called in the legend. */
const strokes: Readonly<Record<string, readonly [string, string]>> = {
  sent: ['█', 'asked'],
  unknown: ['▓', 'asked again'],
  done: ['─', 'done'],
  undoing: ['▒', 'being undone'],
  'undo-failed': ['!', 'could not be undone'],
  refused: ['×', 'refused'],
}
const width = 48

type Stay = { readonly status: string; readonly from: number; readonly to: number }

/**
 * The steps of a saga over time, a line each: what it was when, how it stands, how often it was tried and how long that
 * took. `now` is where the time of a saga that has not ended stops. Empty without a history.
 */
export const timeline = (saga: SagaDocument, now: number): readonly string[] => {
  const begin = saga.history[0] && Date.parse(saga.history[0].at)
  if (begin === undefined) return []
  const last = Date.parse(saga.history.at(-1)!.at)
  const end = Math.max(isOver(saga) ? last : Math.max(now, last), begin + 1)
  const name = Math.max(...saga.steps.map(({ step }) => step.length))
  const column = (at: number) => Math.min(width - 1, Math.floor(((at - begin) / (end - begin)) * width))
  const drawn = new Set<string>()

  const rows = saga.steps.map((step) => {
    const cells = Array.from({ length: width }, () => ' ')
    const stays = staysOf(saga, step.step, end)
    for (const { status, from, to } of stays) {
      const stroke = strokes[status]
      if (!stroke) continue
      drawn.add(status)
      // Whatever happened is seen, however short it was; a refusal is a moment.
      const until = status === 'refused' ? column(from) : column(to)
      for (let at = column(from); at <= until; at++) cells[at] = stroke[0]
    }
    return `  ${step.step.padEnd(name)} │${cells.join('')}│ ${wordsFor(step, stays)}`
  })
  const scale = `  ${' '.repeat(name)}  0${formatSpan(end - begin).padStart(width - 1)}`
  const legend = Object.entries(strokes).flatMap(([status, [stroke, words]]) =>
    drawn.has(status) ? [`${stroke} ${words}`] : [],
  )
  return [scale, ...rows, ...(legend.length > 0 ? [`  ${' '.repeat(name)}  ${legend.join('   ')}`] : [])]
}

/** What a step was, one after the other, by its history. */
const staysOf = ({ history }: SagaDocument, step: string, end: number): Stay[] => {
  const turns = history.flatMap(({ at, changes }) =>
    changes.filter((change) => change.step === step).map(({ to }) => ({ status: to, from: Date.parse(at) })),
  )
  return turns.map((turn, index) => ({ ...turn, to: turns[index + 1]?.from ?? end }))
}

const wordsFor = ({ status, attempt, asks }: SagaDocument['steps'][number], stays: readonly Stay[]): string => {
  const spent = (...states: string[]) =>
    stays.filter((stay) => states.includes(stay.status)).reduce((sum, { from, to }) => sum + to - from, 0)
  const asking = spent('sent', 'unknown')
  const undoing = spent('undoing')
  return [
    status,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(asks > 0 ? [`asked again ${asks === 1 ? 'once' : `${asks} times`}`] : []),
    ...(asking > 0
      ? [`answer ${status === 'sent' || status === 'unknown' ? 'missing for' : 'took'} ${formatSpan(asking)}`]
      : []),
    ...(undoing > 0 ? [`undo ${status === 'undoing' ? 'missing for' : 'took'} ${formatSpan(undoing)}`] : []),
  ].join(', ')
}

const isOver = ({ state }: SagaDocument): boolean => ['done', 'undone', 'operator'].includes(state)
