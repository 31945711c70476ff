import { streamRelay } from '../../reactive/stream-relay.ts'
import { definitions } from '../index.ts'
import { advanced } from './history.ts'

/** The history of every saga, off the hot path: the table's stream becomes SagaAdvanced events on the bus. */
export const handler = streamRelay({ service: '/saga', toMessages: (change) => advanced(definitions, change) })
