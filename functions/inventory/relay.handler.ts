import { streamRelay } from '../../reactive/stream-relay.ts'
import { listingOf } from './listing.ts'

export const handler = streamRelay({ service: '/inventory', toMessages: listingOf })
