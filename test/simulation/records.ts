import type {
  CommandKey,
  CommandRecords,
  Found,
  OpenIntent,
  OpenIntents,
  Written,
} from '../../reactive/command-records.ts'
import type { Process, World } from './world.ts'

type Item = { record: { readonly state: string }; message?: unknown; openSince?: number }
/** A participant's table: one record a command id, as text. */
export type RecordTable = Map<string, string>

const read = (table: RecordTable, { commandId }: CommandKey): Item | undefined => {
  const text = table.get(commandId)
  return text === undefined ? undefined : (JSON.parse(text) as Item)
}

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
  commit: (key, from, next: Written<Intent, Result>) =>
    world.call(process, `commit ${key.commandId} ${from} → ${next.state}`, () => {
      const current = found<Intent, Result>(read(table, key))
      if (current.state !== from) return current
      table.set(key.commandId, JSON.stringify({ record: next }))
      return undefined
    }),
  list: (key, state, { message, now }) =>
    world.call(process, `list ${key.commandId}`, () => {
      const item = read(table, key)
      if (item?.record.state !== state || item.openSince !== undefined) return
      table.set(key.commandId, JSON.stringify({ record: item.record, message, openSince: now }))
    }),
  park: (key) =>
    world.call(process, `park ${key.commandId}`, () => {
      const item = read(table, key)
      if (item) table.set(key.commandId, JSON.stringify({ record: item.record }))
    }),
  openBefore: async function* (since) {
    for (const [commandId, text] of [...table]) {
      if (!text.includes('"openSince"')) continue
      const { record, message, openSince } = JSON.parse(text) as Item
      if (openSince !== undefined && openSince < since) {
        const { intent } = record as unknown as { intent: unknown }
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

const found = <Intent, Result>(item: Item | undefined): Found<Intent, Result> =>
  item
    ? ({ ...item.record, ...(item.openSince === undefined ? {} : { openSince: item.openSince }) } as Found<
        Intent,
        Result
      >)
    : { state: 'none' }
