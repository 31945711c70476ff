import type { Millis } from './time.ts'

/** Runs `act` when a place is free, handing it what is left of `within`; says `full` when none was free in time. */
export type Bulkhead = <T>(within: Millis, act: (left: Millis) => Promise<T>) => Promise<T | 'full'>

/** Compartments made as they are needed, each with so many places: what fills one leaves the others room. */
export const compartments = (places: number, make: (places: number) => Bulkhead = bulkhead) => {
  const made = new Map<string, Bulkhead>()
  return (name: string): Bulkhead => {
    const known = made.get(name) ?? make(places)
    made.set(name, known)
    return known
  }
}

/** Less than this is not worth starting with. */
const leastLeft: Millis = 100

/**
 * Keeps what goes on at the same time within `places`, so that a batch does not fall on a dependency all at once and a
 * slow one does not hold everything that this process has. Those who wait are served in order; waiting counts into their
 * time, and nobody is let in who could not finish.
 *
 * @see Michael Nygard, Release It!, second edition, "Bulkheads"
 * @example
 * const few = bulkhead(3)
 * const answer = await few(seconds(1), (left) => call({ within: left })) // the answer, or 'full'
 */
export const bulkhead = (places: number, now: () => Millis = () => performance.now()): Bulkhead => {
  let taken = 0
  const waiting: (() => void)[] = []

  const enter = (within: Millis): Promise<boolean> => {
    if (taken < places) {
      taken++
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const admit = () => {
        clearTimeout(patience)
        resolve(true)
      }
      const patience = setTimeout(() => {
        waiting.splice(waiting.indexOf(admit), 1)
        resolve(false)
      }, within)
      waiting.push(admit)
    })
  }
  // A place that is left goes to the next in line without becoming free in between.
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else taken--
  }

  return async (within, act) => {
    const came = now()
    if (!(await enter(within - leastLeft))) return 'full'
    try {
      const left = Math.floor(within - (now() - came))
      return left < leastLeft ? 'full' : await act(left)
    } finally {
      leave()
    }
  }
}
