import { minutes, seconds } from '../../reactive/time.ts'
import type { Definition, SignalStep } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { begin, everybodySays, say } from './beginnings.ts'
import type { Cell } from './cells.ts'
import { theatre } from './theatre.ts'

/** When, and how, people say the word that a step waits for. */
export const manners = [
  'in time',
  'another word',
  'never',
  'before it waits',
  'twice',
  'against each other',
  'after its end',
  'crash after write',
] as const
type Manner = (typeof manners)[number]
export type WordRow = { readonly saga: string; readonly step: string; readonly cells: readonly Cell[] }

type Outcome = 'done' | 'undone'

/** How a saga may end whose word is given in this manner; it follows from the definition. */
export const outcomes = ({ refuses, otherwise }: SignalStep, manner: Manner): readonly Outcome[] => {
  // A word that says no is one that the definition refuses; whether it does shows in what it makes of the other words.
  const no: Outcome = refuses ? 'undone' : 'done'
  const silence: Outcome = 'refuse' in otherwise ? 'undone' : 'done'
  switch (manner) {
    case 'another word':
      return [no]
    case 'never':
    case 'after its end':
      return [silence]
    case 'against each other':
      return ['done', no]
    default:
      return ['done']
  }
}

/** Plays one definition with the word for one of its steps given in one manner. */
export const playWord = async (definition: Definition, step: SignalStep, manner: Manner): Promise<Cell> => {
  const index = definition.steps.indexOf(step)
  if (manner === 'before it waits' && step.after.length === 0) return { none: 'waits from the start' }
  // A parcel comes when it has been asked for, and is then waited for already.
  if (manner === 'before it waits' && step.name === 'parcel') return { none: 'cannot come earlier' }
  let sagaId = ''
  let left = manner === 'crash after write' ? 1 : 0
  const play = theatre({
    strike: (fault, where) =>
      fault === 'crash-after' && where === `save ${sagaId}` && its() === 'done' && left > 0 && left-- > 0,
  })
  const its = () => play.saga(sagaId)?.steps?.[index]?.[0]
  everybodySays(play, play.stage.definitions, step.name)
  const says = (...words: boolean[]) => {
    for (const good of words) say(play, sagaId, step.name, good)
  }
  const wanted = manner === 'before it waits' ? 'pending' : 'sent'
  let said = false
  play.stage.sagas.watch.push((_, after: SagaItem) => {
    if (said || after.sagaId !== sagaId || after.steps?.[index]?.[0] !== wanted) return
    said = true
    if (manner === 'in time' || manner === 'before it waits' || manner === 'crash after write') says(true)
    if (manner === 'another word') says(false)
    if (manner === 'twice') says(true, true)
    if (manner === 'against each other') says(true, false)
  })
  sagaId = await begin(play, definition, (id) => {
    sagaId = id
  })
  const wrong = [...(await play.rest())]
  if (manner === 'after its end') {
    const ended = play.stage.sagas.items.get(sagaId)
    says(true)
    await play.passes(minutes(1) + seconds(1))
    wrong.push(...(await play.rest()))
    if (play.stage.sagas.items.get(sagaId) !== ended) wrong.push('a word after its end changed it')
  }
  const outcome = play.saga(sagaId)?.outcome ?? 'none'
  const expected = outcomes(step, manner)
  if (!expected.some((it) => it === outcome)) wrong.push(`ended ${outcome}, expected ${expected.join(' or ')}`)
  if (!said) wrong.push('the word was never said')
  if (left > 0) wrong.push('the crash never came')
  return { outcome, wrong }
}

/** Every signal of every definition, given in every manner. */
export const wordRows = async (definitions: readonly Definition[]): Promise<WordRow[]> => {
  const rows: WordRow[] = []
  for (const definition of definitions)
    for (const step of definition.steps) {
      if (step.kind !== 'signal') continue
      const cells: Cell[] = []
      for (const manner of manners) cells.push(await playWord(definition, step, manner))
      rows.push({ saga: `${definition.name} v${definition.version}`, step: step.name, cells })
    }
  return rows
}
