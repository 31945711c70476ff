import type { StreamOptions } from '../../reactive/stream-relay.ts'
import type { Definition } from '../engine/definition.ts'
import type { HistoryStore } from './history-store.ts'
import { type Note, noteOf } from './note.ts'

/** What operators look at, off the hot path: every commit of a saga from the stream of their table. */
export const historian = (
  definitions: readonly Definition[],
  store: Pick<HistoryStore, 'note'>,
): StreamOptions<Note | undefined> => ({
  service: '/saga',
  read: (change) => noteOf(definitions, change),
  handle: (notes) => store.note(notes.filter((note) => note !== undefined)),
})
