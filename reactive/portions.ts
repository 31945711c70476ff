/**
 * Cuts a list into portions of at most so many, in their order: what a call, a commit or a question takes at a time.
 *
 * @example
 * portionsOf([1, 2, 3, 4, 5], 2) // [[1, 2], [3, 4], [5]]
 */
export const portionsOf = <T>(items: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most))

export type Room = { readonly items: number; readonly bytes: number }

/**
 * Cuts a list into portions that have room for so many items and so many bytes, in their order. An item that is larger than
 * that has a portion of its own.
 *
 * @example
 * portionsWithin(['aa', 'bb', 'c'], { items: 10, bytes: 4 }, Buffer.byteLength) // [['aa', 'bb'], ['c']]
 */
export const portionsWithin = <T>(items: readonly T[], room: Room, bytesOf: (item: T) => number): T[][] => {
  const portions: T[][] = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item)
    const last = portions.at(-1)
    if (!last || last.length === room.items || bytes + size > room.bytes) {
      portions.push([item])
      bytes = size
    } else {
      last.push(item)
      bytes += size
    }
  }
  return portions
}
