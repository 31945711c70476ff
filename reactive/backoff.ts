import type { Millis } from './time.ts'

/**
 * Exponential backoff with full jitter: somewhere between 0 and `base` × 2^(attempt − 1), at most `cap`. Spreading retries
 * over the whole span keeps those that failed together from coming back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @example
 * backoff(3, { base: seconds(1), cap: seconds(30) }, Math.random()) // 0–4 s
 */
export const backoff = (attempt: number, { base, cap }: { base: Millis; cap: Millis }, random: number): Millis =>
  Math.floor(random * Math.min(cap, base * 2 ** (attempt - 1)))

/** Visibility in whole seconds for the next receive; never 0, which would come back in a busy loop. */
export const backoffSeconds = (receives: number, random = Math.random()): number =>
  Math.max(1, Math.ceil(backoff(receives, { base: 1_000, cap: 30_000 }, random) / 1_000))
