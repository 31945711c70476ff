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

/** Worlds share their larger parts with the world that they come of: what one is written as is kept with it. */
const remembered = <Part extends object>(write: (part: Part) => string): ((part: Part) => string) => {
  const written = new WeakMap<Part, string>()
  return (part) => {
    let text = written.get(part)
    if (text === undefined) {
      text = write(part)
      written.set(part, text)
    }
    return text
  }
}

/**
 * Writes a world so that two with one key are the same but for what may still strike them: who of two coordinators or
 * handlers is where does not matter, nor in what order messages wait. Short, because most of a search is writing keys.
 */
export const keys = (): ((world: World) => string) => {
  const code = coder()
  const codes = (words: readonly string[]) => {
    if (words.length === 0) return ''
    return words.length === 1 ? code(words[0]!) : words.map(code).sort().join('')
  }

  const sagaKey = (state: SagaState | undefined): string => (state ? stateKey(state) : '0')
  const stateKey = remembered((state: SagaState): string => {
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
  })
  const recordKey = (record: CommandRecord<string, string>): string =>
    code(record.state) +
    ('result' in record && record.result !== undefined ? 'r' : '') +
    (record.state === 'tombstone' ? record.because[0] : '')
  const coordinatorKey = ({ saga, holds, loaded, sends }: Coordinating): string =>
    `${saga}${codes(holds)}>${codes(sends)}${loaded ? `(${sagaKey(loaded.over)}|${sagaKey(loaded.next)}|${codes(loaded.sends)})` : ''}`
  const handlerKey = ({ holds, record, seen }: Handling): string =>
    `${code(holds)}${recordKey(record)}${seen.plan ? 'p' : ''}${seen.outcome ? seen.outcome.outcome[0] : ''}${seen.reversed ? 'v' : ''}`
  const written = <T>(of: (value: T) => string) =>
    remembered((map: Readonly<Record<string, T>>): string =>
      Object.keys(map)
        .map((name) => code(name) + of(map[name]!))
        .sort()
        .join(''),
    )
  const recordsKey = written(recordKey)
  const effectsKey = written(code)

  return (world) =>
    [
      world.sagas.map(sagaKey).join('/'),
      world.coordinators.map(coordinatorKey).sort().join('/'),
      world.handlers.map(handlerKey).sort().join('/'),
      recordsKey(world.records),
      effectsKey(world.effects),
      codes(world.twice),
      codes(world.underway),
      codes(world.queue),
      world.ends.map(code).join(''),
      `${world.stock},${world.elsewhere}`,
      codes(world.parked),
      world.forgotten ? 'f' : '',
      world.aged ? 'a' : '',
      codes(world.words),
    ].join(';')
}
