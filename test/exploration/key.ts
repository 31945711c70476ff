import type { CommandRecord } from '../../reactive/participant.ts'
import type { SagaState } from '../../sagas/engine/state.ts'
import type { Coordinating, Handling, World } from './world.ts'

/** A character for every word that occurs, given as they come. */
const coder = () => {
  const codes = new Map<string, string>()
  return (word: string): string => {
    const known = codes.get(word)
    if (known) return known
    const code = String.fromCharCode(0x100 + codes.size)
    codes.set(word, code)
    return code
  }
}

/**
 * Writes a world so that two with one key are the same: who of two coordinators or handlers is where does not matter, nor
 * in what order messages wait. Short, because most of a search is writing keys.
 */
export const keys = (): ((world: World) => string) => {
  const code = coder()
  const codes = (words: readonly string[]) => words.map(code).sort().join('')

  const sagaKey = (state: SagaState | undefined): string => {
    if (!state) return '0'
    const acts = (state.acts ?? []).map(({ id }) => code(id)).join('')
    if (state.phase === 'ended') {
      const { called } = state
      return `e${state.outcome[0]}${acts}${called ? code(called.by) + called.says[0] : ''}`
    }
    if (state.phase !== 'running') return `${state.phase}${Object.keys(state.heard)}`
    let key = state.mode[0]! + acts + (state.case ? 'p' : '') + (state.caller ? code(state.caller) : '')
    for (const { status, attempt, heard } of state.steps)
      key += code(status) + attempt + (heard ? ('refused' in heard ? 'n' : 'h') : '')
    return `${key}${state.cancelNoted ? 'c' : ''}${state.end ? state.end.command[0]! + (state.end.dueAt ? '' : '!') : ''}`
  }
  const recordKey = (record: CommandRecord<string, string>): string =>
    code(record.state) +
    ('result' in record && record.result !== undefined ? 'r' : '') +
    (record.state === 'tombstone' ? record.because[0] : '')
  const coordinatorKey = ({ saga, holds, loaded, sends }: Coordinating): string =>
    `${saga}${codes(holds)}>${codes(sends)}${loaded ? `(${sagaKey(loaded.over)}|${sagaKey(loaded.next)}|${codes(loaded.sends)})` : ''}`
  const handlerKey = ({ holds, record, seen }: Handling): string =>
    `${code(holds)}${recordKey(record)}${seen.plan ? 'p' : ''}${seen.outcome ? seen.outcome.outcome[0] : ''}${seen.reversed ? 'v' : ''}`
  const written = <T>(map: Readonly<Record<string, T>>, of: (value: T) => string): string =>
    Object.keys(map)
      .map((name) => code(name) + of(map[name]!))
      .sort()
      .join('')

  return (world) =>
    [
      world.sagas.map(sagaKey).join('/'),
      world.coordinators.map(coordinatorKey).sort().join('/'),
      world.handlers.map(handlerKey).sort().join('/'),
      written(world.records, recordKey),
      written(world.effects, code),
      codes(world.twice),
      codes(world.underway),
      codes(world.queue),
      world.ends.map(code).join(''),
      world.stock,
      codes(world.parked),
      world.forgotten ? 'f' : '',
      world.aged ? 'a' : '',
      codes(world.words),
      Object.values(world.left).join(''),
    ].join(';')
}
