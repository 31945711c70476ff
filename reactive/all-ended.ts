/**
 * Waits for all of them, as Promise.all does, but also where one fails, and only then throws what failed first in their
 * order. A function that has answered is frozen: what it did not wait for goes on when it is called again, or never.
 *
 * @example
 * await allEnded(lines.map((line) => table.put(line)))
 */
export const allEnded = async <const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> => {
  const ended = await Promise.allSettled(work)
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return ended.map((end) => (end as PromiseFulfilledResult<unknown>).value) as never
}
