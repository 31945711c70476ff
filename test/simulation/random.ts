import { mulberry32 } from '../../reactive/mulberry32.ts'

/** A seeded source of chance: the same seed gives the same numbers on every machine (mulberry32). */
export type Random = {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number
  readonly chance: (probability: number) => boolean
  readonly upTo: (bound: number) => number
  readonly pick: <T>(items: readonly T[]) => T
}

export const seeded = (seed: number): Random => {
  const next = mulberry32(seed)
  return {
    next,
    chance: (probability) => next() < probability,
    upTo: (bound) => Math.floor(next() * bound),
    pick: (items) => items[Math.floor(next() * items.length)]!,
  }
}
