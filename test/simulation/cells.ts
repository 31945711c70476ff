import { minutes, seconds } from '../../reactive/time.ts'
import { type CommandStep, type Definition, isCommand } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { begin, everybodySays, type Play } from './beginnings.ts'
import { theatre } from './theatre.ts'
import type { Fault } from './world.ts'

/** What may go wrong with one step's command, or with its undo. */
export const failures = [
  'refused',
  'fails before effect',
  'fails after effect',
  'deadline',
  'duplicate',
  'command overtaken',
  'reply overtaken',
  'crash after write',
  'crash after send',
] as const
type Failure = (typeof failures)[number]
type Direction = 'forward' | 'compensating'

/** How the saga ended and what was wrong then, or why there is nothing to try. */
export type Cell = { readonly outcome: string; readonly wrong: readonly string[] } | { readonly none: string }
export type Row = {
  readonly saga: string
  readonly step: string
  readonly direction: Direction
  readonly cells: Cell[]
}

/** The work of participants that keep no record under the command's id. */
const own: Readonly<Record<string, RegExp>> = {
  'may-be-returned': /^read ord_/,
  'take-back': /^take back /,
  restock: /→ restocked/,
}

/** What makes a participant refuse that asks no partner and has no stock to run out of. */
const bars: Readonly<Record<string, (play: Play, subject: string) => void>> = {
  'may-be-returned': ({ stage }, orderId) => stage.refund(orderId),
}

const why = (step: CommandStep, failure: Failure, direction: Direction): string | undefined => {
  if (direction === 'compensating') {
    if (!step.undo) return step.kind === 'check' ? 'changes nothing' : 'no way back'
    if (failure === 'refused' && !step.undoRefused) return 'cannot be refused'
    return undefined
  }
  if (failure === 'refused' && !step.refused) return 'cannot be refused'
  // A call of another saga is carried out by that saga, whose own rows say what its steps survive.
  if (step.calls && failure.startsWith('fails')) return 'see the saga that it calls'
  if (step.calls && failure === 'refused') return 'see the saga that it calls'
  return undefined
}

/** Plays one definition with one failure of one of its steps. */
export const playCell = async (
  definition: Definition,
  step: CommandStep,
  failure: Failure,
  direction: Direction,
): Promise<Cell> => {
  const none = why(step, failure, direction)
  if (none) return { none }
  const index = definition.steps.indexOf(step)
  const id = `/${step.name}/${direction === 'forward' ? 'do' : 'undo'}/1`
  const status = direction === 'forward' ? 'sent' : 'undoing'
  const act = direction === 'forward' ? /→ (done|intent|refused)/ : /→ (undo|tomb)/
  const work = own[step.name]
  let sagaId = ''
  let left = 1
  /** What was said when the failure struck. */
  let late = ''
  const its = () => play.saga(sagaId)?.steps?.[index]?.[0]
  const fits = (fault: Fault, where: string, about: string): boolean => {
    const record = work ? its() === status && work.test(where) : where.includes(`/${step.name}/do/1`) && act.test(where)
    switch (failure) {
      case 'refused':
        // A partner is asked under the key of the call that it shall reverse.
        return fault === 'undo-refused' && (about.includes(id) || about.includes(`/${step.name}/do/1/reverse`))
      case 'fails before effect':
        return fault === 'crash-before' && record
      case 'fails after effect':
        return fault === 'crash-after' && record
      case 'deadline':
        return fault === 'vanished' && about.includes(`"id":"${sagaId}${id}"`)
      case 'duplicate':
        return fault === 'duplicate' && about.includes(`"id":"${sagaId}${id}"`)
      case 'command overtaken':
        return fault === 'delayed' && about.includes(`"id":"${sagaId}${id}"`)
      case 'reply overtaken':
        return fault === 'delayed' && about.includes(`"causationid":"${sagaId}${id}"`)
      case 'crash after write':
        return fault === 'crash-after' && where === `save ${sagaId}` && its() === status
      case 'crash after send':
        return fault === 'crash-after' && where.startsWith('SendMessageBatch') && its() === status
    }
  }
  // The last step before the pivot is turned back by the pivot's refusal: nobody else comes in between.
  const pivot = definition.steps.find(({ kind }) => kind === 'pivot')
  const refuser = direction === 'compensating' && pivot?.after.includes(index) ? pivot.name : undefined
  const refused = (key: string) =>
    (failure === 'refused' && direction === 'forward' && key.includes(`/${step.name}/`)) ||
    (refuser !== undefined && key.includes(`/${refuser}/`))
  const play = theatre({
    strike: (fault, where, about) => {
      if (left === 0 || sagaId === '' || !fits(fault, where, about)) return false
      left = 0
      late = about
      return true
    },
    refuses: (key) => refused(key) && !key.endsWith('/busy'),
    stock: refused(`/${step.name}/`) && step.name === 'reserve-stock' ? 0 : 10_000,
  })
  everybodySays(play, play.stage.definitions)
  sagaId = await begin(play, definition, (id) => {
    sagaId = id
    if (failure === 'refused' && direction === 'forward') bars[step.name]?.(play, id.slice(id.indexOf(':') + 1))
  })
  let turned = direction === 'forward'
  play.stage.sagas.watch.push((_, after: SagaItem) => {
    if (turned || after.sagaId !== sagaId || after.steps?.[index]?.[0] !== 'done') return
    turned = true
    const message = { sagaId, verb: 'compensate', by: 'ada', reason: 'It is enough.' } as const
    play.stage.direct(message, `${sagaId}/act/ada`)
  })
  await play.passes(minutes(4))
  // What was refused is tried again by a person, once the case is seen.
  if (its() === 'undo-failed') {
    const again = { sagaId, verb: 'retry', step: step.name, by: 'eve', reason: 'They answer again.' } as const
    play.stage.direct(again, `${sagaId}/act/eve`)
    await play.passes(seconds(10))
  }
  const wrong = [...(await play.rest())]
  const outcome = play.saga(sagaId)?.outcome ?? 'none'
  const met = left === 0 || (failure === 'refused' && direction === 'forward')
  if (!met) wrong.push('the failure never struck')
  if (failure.endsWith('overtaken') && ![...play.stage.overtaken].includes(late)) wrong.push('nothing overtook it')
  const spare = definition.quorums.some(({ of }) => of.includes(index))
  const expected = direction === 'compensating' || (failure === 'refused' && !spare) ? ['undone'] : ['done']
  // What a quorum does not need is undone on the way forward, and the saga goes on.
  if (spare) expected.push('done')
  if (!expected.includes(outcome)) wrong.push(`ended ${outcome}, expected ${expected.join(' or ')}`)
  return { outcome, wrong }
}

/** Every step of every definition, in both directions, with every failure. */
export const cells = async (definitions: readonly Definition[]): Promise<Row[]> => {
  const rows: Row[] = []
  for (const definition of definitions)
    for (const step of definition.steps.filter(isCommand))
      for (const direction of ['forward', 'compensating'] as const) {
        const played: Cell[] = []
        for (const failure of failures) played.push(await playCell(definition, step, failure, direction))
        rows.push({ saga: `${definition.name} v${definition.version}`, step: step.name, direction, cells: played })
      }
  return rows
}

export const wordOf = (cell: Cell): string =>
  'none' in cell ? `– ${cell.none}` : cell.wrong.length > 0 ? `✗ ${cell.wrong[0]}` : `✓ ${cell.outcome}`
