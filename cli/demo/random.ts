import { mulberry32 } from '../../reactive/mulberry32.ts'

/** A source of randomness that a seed repeats exactly. */
export type Random = {
  /** From 0 up to, not including, 1. */
  readonly next: () => number
  /** A whole number from `least` to `most`, both included. */
  readonly between: (least: number, most: number) => number
  readonly pick: <T>(items: readonly T[]) => T
  readonly shuffled: <T>(items: readonly T[]) => T[]
}

/**
 * What a demonstration leaves to chance, by a seed.
 *
 * @example
 * randomOf(42).between(1, 6) // the same number every time
 */
export const randomOf = (seed: number): Random => {
  const next = mulberry32(seed)
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
    shuffled: (items) => {
      const cards = [...items]
      for (let i = cards.length - 1; i > 0; i--) {
        const j = between(0, i)
        ;[cards[i], cards[j]] = [cards[j]!, cards[i]!]
      }
      return cards
    },
  }
}
