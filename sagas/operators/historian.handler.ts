import { documentClient } from '../../reactive/database.ts'
import { streamConsumer } from '../../reactive/stream-relay.ts'
import { definitions } from '../index.ts'
import { historianEnvironment } from './environment.ts'
import { dynamoHistory } from './history-store.ts'
import { noteOf } from './note.ts'

const { HISTORY_TABLE } = historianEnvironment()
const store = dynamoHistory(documentClient(), HISTORY_TABLE)

/** What operators look at, off the hot path: every commit of a saga from the stream of their table. */
export const handler = streamConsumer({
  service: '/saga',
  read: (change) => noteOf(definitions, change),
  handle: (notes) => store.note(notes.filter((note) => note !== undefined)),
})
