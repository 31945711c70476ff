/**
 * Cuts a list into portions of at most so many, in their order: what a call, a commit or a question takes at a time.
 *
 * @example
 * portionsOf([1, 2, 3, 4, 5], 2) // [[1, 2], [3, 4], [5]]
 */
export const portionsOf = <T>(items: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most))
