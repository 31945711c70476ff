import { shardOf } from '../../reactive/shard.ts'

/** The sparse index of events whose messages the ledger follows. */
export const sentIndex = 'sent'

/**
 * Where the ledger finds an event: under the minute in which it was appended, in sixteen parts, so that a minute is read
 * whole and no part is hot.
 */
export const sentKeyOf = (orderId: string, at: string) => ({
  sentMinute: sentPartition(at, shardOf(orderId)),
  sentAt: at,
})

/** The partition of a minute and a shard, by any time within that minute. */
export const sentPartition = (at: string, shard: string): string => `${at.slice(0, 'yyyy-mm-ddThh:mm'.length)}#${shard}`
