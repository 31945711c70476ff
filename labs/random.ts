import { mulberry32 } from '../reactive/mulberry32.ts'

/** A seeded source of chance: the same seed gives the same world on every machine. */
export type Random = {
  /** From 0 up to, not including, 1. */
  readonly next: () => number
  readonly chance: (probability: number) => boolean
  /** A whole number from 0 up to, not including, `bound`. */
  readonly upTo: (bound: number) => number
  /** Time to the next of events that come independently, `mean` apart on average: open arrivals. */
  readonly exponential: (mean: number) => number
  readonly normal: (mean: number, deviation: number) => number
  /** A spread with a long tail, as latencies have: half lie below `median`, about 84 in a hundred below `median` × `factor`. */
  readonly lognormal: (median: number, factor: number) => number
}

/**
 * Chance by a seed (mulberry32), with the distributions that a simulated world is made of.
 *
 * @example
 * seeded(42).exponential(20) // the same number every time
 */
export const seeded = (seed: number): Random => {
  const next = mulberry32(seed)
  // Box and Muller; 1 − u, since u may be 0.
  const standard = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    chance: (probability) => next() < probability,
    upTo: (bound) => Math.floor(next() * bound),
    exponential: (mean) => -mean * Math.log(1 - next()),
    normal: (mean, deviation) => mean + deviation * standard(),
    lognormal: (median, factor) => median * factor ** standard(),
  }
}
