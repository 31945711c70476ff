import type { CommandKey, CommandRecords, OpenIntent, OpenIntents, Written } from '../../reactive/command-records.ts'
import type { CommandRecord } from '../../reactive/participant.ts'
import type { Process, World } from './world.ts'

type Item = { record: unknown; message?: unknown; openSince?: number }
/** A participant's table: one record a command id, as text. */
export type RecordTable = Map<string, string>

const read = (table: RecordTable, { commandId }: CommandKey): Item | undefined => {
  const text = table.get(commandId)
  return text === undefined ? undefined : (JSON.parse(text) as Item)
}

const isOpen = ({ state }: { state: string }) => state === 'intent' || state === 'undo-intent'

/** A participant's book over a simulated table: conditional writes that may be lost, doubted or never made. */
export const simulatedRecords = <Intent, Result>(
  world: World,
  table: RecordTable,
  process: Process,
): CommandRecords<Intent, Result> & OpenIntents<Intent> => ({
  load: (key) => world.call(process, `load ${key.commandId}`, () => found<Intent, Result>(read(table, key)), 'read'),
  ofOrder: (orderId) =>
    world.call(
      process,
      `load the records of ${orderId}`,
      () =>
        [...table]
          .filter(([commandId]) => commandId.includes(`:${orderId}/`))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, text]) => (JSON.parse(text) as Item).record as Written<Intent, Result>),
      'read',
    ),
  commit: (key, from, next: Written<Intent, Result>, { message, now }) =>
    world.call(process, `commit ${key.commandId} ${from} → ${next.state}`, () => {
      const current = found<Intent, Result>(read(table, key))
      if (current.state !== from) return current
      const item = { record: next, ...(isOpen(next) ? { message, openSince: now } : {}) }
      table.set(key.commandId, JSON.stringify(item))
      return undefined
    }),
  park: (key) =>
    world.call(process, `park ${key.commandId}`, () => {
      const { openSince: _, ...item } = read(table, key) ?? { record: undefined }
      if (item.record) table.set(key.commandId, JSON.stringify(item))
    }),
  openBefore: async function* (since) {
    for (const [commandId, text] of [...table]) {
      if (!text.includes('"openSince"')) continue
      const { record, message, openSince } = JSON.parse(text) as Item
      if (openSince !== undefined && openSince < since) {
        const { intent } = record as { intent: unknown }
        yield { orderId: '', commandId, intent, message, since: openSince } as OpenIntent<Intent>
      }
    }
  },
  touch: ({ commandId, since }, now) =>
    world.call(process, `touch ${commandId}`, () => {
      const item = read(table, { orderId: '', commandId })
      if (item?.openSince !== since) return false
      table.set(commandId, JSON.stringify({ ...item, openSince: now }))
      return true
    }),
})

const found = <Intent, Result>(item: Item | undefined): CommandRecord<Intent, Result> =>
  item ? (item.record as CommandRecord<Intent, Result>) : { state: 'none' }
