import type { Millis } from './time.ts'

/**
 * Watches over one invocation: just before its time is up it says what would be lost with it. Resolves, when the
 * invocation ends, to whether that was said, so that whoever tells of the end does not count it twice.
 *
 * @example
 * const isTold = lastWord(context.getRemainingTimeInMillis(), () => measure('RequestsFailed', 1, by))
 * …
 * if (!isTold()) measure('RequestsFailed', 0, by)
 */
export type LastWord = (remaining: Millis, say: () => void) => () => boolean

/** Kept back to say it; Lambda stops a function to the millisecond, and a line takes few. */
export const lastWordTakes: Millis = 250
/** What a timer cannot wait for, no invocation lasts. */
const longestTimer: Millis = 2 ** 31 - 1

/** A function that is stopped writes nothing any more: what it measured goes with it unless it is said before. */
export const lastWord: LastWord = (remaining, say) => {
  let isSaid = false
  if (remaining > longestTimer) return () => isSaid
  const timer = setTimeout(
    () => {
      isSaid = true
      say()
    },
    remaining - Math.min(lastWordTakes, remaining / 2),
  )
  return () => {
    clearTimeout(timer)
    return isSaid
  }
}
