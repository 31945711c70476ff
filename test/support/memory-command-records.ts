import type { Message } from '../../events/envelope.ts'
import type { CommandKey, CommandRecords, Found, OpenIntents, Written } from '../../reactive/command-records.ts'
import { days, type EpochMs, type Millis } from '../../reactive/time.ts'

type Item<Intent, Result> = Written<Intent, Result> & {
  readonly key: CommandKey
  readonly at: EpochMs
  readonly message?: Message
  readonly openSince?: EpochMs
  readonly expiresAt?: EpochMs
}

/**
 * A participant's book in memory, as unkind as the table: every write is conditional, nothing is shared by reference, and
 * a value that JSON cannot carry is gone when it is read back. `forget` is the table's time to live.
 */
export const memoryCommandRecords = <Intent, Result>(horizon: Millis = days(30)) => {
  const items = new Map<string, string>()
  const nameOf = ({ orderId, commandId }: CommandKey) => `${orderId}|${commandId}`
  const read = (name: string): Item<Intent, Result> | undefined => {
    const text = items.get(name)
    return text === undefined ? undefined : JSON.parse(text)
  }
  const write = (item: Item<Intent, Result>) => void items.set(nameOf(item.key), JSON.stringify(item))
  const recordOf = (item: Item<Intent, Result> | undefined): Found<Intent, Result> => item ?? { state: 'none' }

  const book: CommandRecords<Intent, Result> & OpenIntents<Intent> = {
    load: async (key) => recordOf(read(nameOf(key))),
    ofOrder: async (orderId) =>
      [...items.keys()]
        .map((name) => read(name)!)
        .filter(({ key }) => key.orderId === orderId)
        .sort((a, b) => (a.key.commandId < b.key.commandId ? -1 : 1)),
    commit: async (key, from, next, now) => {
      const found = read(nameOf(key))
      if ((found?.state ?? 'none') !== from) return recordOf(found)
      const { message: _, openSince: __, ...kept } = found ?? ({} as Partial<Item<Intent, Result>>)
      write({
        ...kept,
        ...next,
        key,
        at: now,
        ...(next.state === 'tombstone' ? { expiresAt: now + horizon + days(1) } : {}),
      } as Item<Intent, Result>)
      return undefined
    },
    list: async (key, state, { message, now }) => {
      const item = read(nameOf(key))
      if (item?.state === state && item.openSince === undefined) write({ ...item, message, openSince: now })
    },
    park: async (key) => {
      const { openSince: _, ...item } = read(nameOf(key)) ?? {}
      if ('key' in item) write(item as Item<Intent, Result>)
    },
    openBefore: async function* (since) {
      for (const name of [...items.keys()]) {
        const { key, message, openSince, ...item } = read(name)!
        if (openSince !== undefined && openSince < since && 'intent' in item)
          yield { ...key, intent: item.intent, message: message!, since: openSince }
      }
    },
    touch: async (intent, now) => {
      const item = read(nameOf(intent))
      if (item?.openSince !== intent.since) return false
      write({ ...item, openSince: now })
      return true
    },
  }
  return {
    ...book,
    all: () => [...items.keys()].map((name) => read(name)!),
    forget: (now: EpochMs) => {
      for (const name of items.keys())
        if ((read(name)!.expiresAt ?? Number.POSITIVE_INFINITY) <= now) items.delete(name)
    },
  }
}
