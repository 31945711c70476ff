import { streamRelay } from '../../reactive/stream-relay.ts'
import { published } from './published.ts'
import { appendedBy } from './stream.ts'

export const handler = streamRelay({
  service: '/ordering',
  toMessages: (change) => {
    const event = appendedBy(change)
    return event ? [published(event)] : []
  },
})
