/**
 * Mulberry32: numbers from 0 up to, not including, 1 that look like chance and that a seed repeats exactly, on every
 * machine. For simulations and for choices that must come out the same again, never for secrets.
 *
 * @example
 * const next = mulberry32(42)
 * next() // 0.6011037519201636, every time
 */
export const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
