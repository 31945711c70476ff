/** One hot key of a sparse index caps a table at a few hundred writes a second, so its entries spread over sixteen. */
export const shards: readonly string[] = Array.from({ length: 16 }, (_, shard) => String(shard))

/** The shard of an id: FNV-1a, the same in every process and version. */
export const shardOf = (id: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return shards[(hash >>> 0) % shards.length]!
}
