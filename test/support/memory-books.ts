import type { Books, Entry } from '../../functions/partners/books.ts'

/**
 * A partner's books in memory, as strict as the table: conditions are checked on all writes before any is made, and
 * nothing is shared by reference. Each call yields first, so that concurrent requests interleave as they would in a table.
 */
export const memoryBooks = () => {
  const entries = new Map<string, string>()
  const counts = new Map<string, number>()
  const read = (key: string): Entry | undefined => {
    const text = entries.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }
  const books: Books = {
    read: async (keys) => {
      await Promise.resolve()
      return new Map(keys.flatMap((key) => (entries.has(key) ? [[key, read(key)!] as const] : [])))
    },
    write: async (writes) => {
      await Promise.resolve()
      const keys = writes.map((write) => ('add' in write ? write.add.key : write.change.key))
      if (new Set(keys).size < keys.length)
        throw new Error('Transaction request cannot include multiple operations on one item')
      const holds = writes.every((write) =>
        'add' in write ? !entries.has(write.add.key) : read(write.change.key)?.revision === write.change.revision - 1,
      )
      if (!holds) return false
      for (const write of writes) {
        const entry = 'add' in write ? write.add : write.change
        entries.set(entry.key, JSON.stringify(entry))
      }
      return true
    },
    count: async (key) => {
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count
    },
  }
  return {
    ...books,
    all: <E extends Entry>(type: E['type']): E[] =>
      [...entries.keys()].map((key) => read(key) as E).filter((entry) => entry.type === type),
  }
}
