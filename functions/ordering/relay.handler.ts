import { streamRelay } from '../../reactive/stream-relay.ts'
import { publishedBy } from './published.ts'

export const handler = streamRelay({ service: '/ordering', toMessages: publishedBy })
