import { hashOf } from './hash.ts'

/** One hot key of a sparse index caps a table at a few hundred writes a second, so its entries spread over sixteen. */
export const shards: readonly string[] = Array.from({ length: 16 }, (_, shard) => String(shard))

/** The shard of an id; the same in every process and version. */
export const shardOf = (id: string): string => shards[hashOf(id) % shards.length]!
