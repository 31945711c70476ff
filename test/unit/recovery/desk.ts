import type { DeskRecord } from '../../../functions/recovery/record.ts'
import type { DeskStore } from '../../../functions/recovery/store.ts'

/**
 * The desk's table in memory, with the table's promise: a commit counts only when nobody committed in between.
 * `between` runs between the read and the commit of an update, once.
 */
export const memoryDesk = (...records: DeskRecord[]) => {
  const table = new Map(records.map((record) => [record.recordId, record]))
  let between: (() => Promise<unknown>) | undefined
  const update: DeskStore['update'] = async (recordId, change) => {
    for (;;) {
      const before = table.get(recordId)
      const after = change(before)
      const interfere = between
      between = undefined
      await interfere?.()
      if (!after || after === before) return after
      if (table.get(recordId)?.version !== before?.version) continue
      table.set(recordId, after)
      return after
    }
  }
  return {
    load: async (recordId: string) => table.get(recordId),
    update,
    only: () => [...table.values()][0],
    size: () => table.size,
    interfereOnce: (interfere: () => Promise<unknown>) => {
      between = interfere
    },
  }
}
