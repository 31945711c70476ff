import { setTimeout as sleep } from 'node:timers/promises'

export type Patience = {
  /** Milliseconds in all. */
  readonly within: number
  /** Milliseconds between two looks. */
  readonly every?: number
  /** Ends the waiting early. */
  readonly signal?: AbortSignal
}

/**
 * Looks again and again until `look` has something to show. Resolves to undefined when patience ends first.
 *
 * @example
 * const order = await until(async () => ended(await api.order(id)), { within: 30_000 })
 */
export const until = async <T>(
  look: () => Promise<T | undefined>,
  { within, every = 250, signal }: Patience,
): Promise<T | undefined> => {
  const deadline = Date.now() + within
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() + every > deadline || signal?.aborted) return undefined
    await sleep(every)
  }
}

/**
 * Runs `work` over all items, at most `width` at once, and keeps their order in what it resolves to.
 *
 * @example
 * await atMost(4, catalogue, ({ sku, ...body }) => api.putProduct(sku, body))
 */
export const atMost = async <Item, Result>(
  width: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!, index)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}
