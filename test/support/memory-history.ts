import type { HistoryStore } from '../../sagas/operators/history-store.ts'
import { type Advance, isEnded, type Line, newestLines, positionOf } from '../../sagas/operators/note.ts'
import { mergePages } from '../../sagas/operators/page.ts'

/** The history's table in memory, with the table's promises: an item a revision, and a line that only a newer one replaces. */
export const memoryHistory = (): HistoryStore & { readonly lines: Map<string, Line> } => {
  const lines = new Map<string, Line>()
  const advances = new Map<string, Map<number, Advance>>()
  return {
    lines,
    note: async (notes) => {
      for (const { advance } of notes) {
        const its = advances.get(advance.sagaId) ?? new Map<number, Advance>()
        advances.set(advance.sagaId, its.set(advance.revision, advance))
      }
      for (const line of newestLines(notes)) {
        const known = lines.get(line.sagaId)
        if (!known || known.seen < line.seen) lines.set(line.sagaId, line)
      }
    },
    history: async (sagaId) => [...(advances.get(sagaId)?.values() ?? [])].toSorted((a, b) => a.revision - b.revision),
    line: async (sagaId) => lines.get(sagaId),
    page: async ({ limit, before, startedBefore, dueBefore, state, ...equal }) => {
      const found = [...lines.values()].filter(
        (line) =>
          (before === undefined || positionOf(line) < before) &&
          (startedBefore === undefined || positionOf(line) < startedBefore) &&
          (dueBefore === undefined || (line.dueAt !== undefined && line.dueAt < dueBefore)) &&
          (state === undefined || state === line.state || state === (isEnded(line.state) ? 'ended' : 'unfinished')) &&
          Object.entries(equal).every(([name, value]) => value === undefined || line[name as keyof Line] === value),
      )
      return mergePages([{ found }], limit)
    },
    unfinished: async () => [...lines.values()].filter(({ state }) => !isEnded(state)),
  }
}
