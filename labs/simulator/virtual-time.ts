import { type Random, seeded } from '../random.ts'

/** Milliseconds since the world began. */
export type Instant = number

/**
 * Something that takes time, as a generator: it yields how many milliseconds to wait, or what to wait for.
 *
 * @example
 * function* visit() { yield 20; return yield* shop.serve() }
 */
export type Process<T = void> = Generator<number | Waiting, T, unknown>

/** Calls `resume` with what the process is to go on with; at once or later, but once. */
export type Waiting = (resume: (value?: unknown) => void) => void

export type World = {
  readonly now: () => Instant
  readonly random: Random
  /** Runs `act` in so many milliseconds; what is due at the same instant runs in the order of asking. */
  readonly after: (delay: number, act: () => void) => void
  /** Lets a process begin now; answers how to end it before its time. */
  readonly start: <T>(process: Process<T>, ended?: (value: T) => void) => Stop
  /** Lets the time pass, up to and including this instant. */
  readonly runTo: (instant: Instant) => void
  /** How many events there have been. */
  readonly events: () => number
}
export type Stop = () => void

type Due = { readonly at: Instant; readonly order: number; readonly act: () => void }

/**
 * A world whose time passes only from event to event: an hour of a queueing system takes as long as its events take to
 * compute, and the same seed gives the same hour again.
 *
 * @see Averill M. Law, Simulation Modeling and Analysis, "The next-event time advance"
 */
export const world = (seed: number): World => {
  const due = heap()
  let now: Instant = 0
  let asked = 0
  let events = 0

  const after = (delay: number, act: () => void) => {
    if (!(delay >= 0))
      throw new Error(`Nothing happens in ${delay} ms: an event must have a time that is still to come.`)
    due.push({ at: now + delay, order: asked++, act })
  }

  const start = <T>(process: Process<T>, ended?: (value: T) => void): Stop => {
    let stopped = false
    const go = (value?: unknown) => {
      if (stopped) return
      const { done, value: next } = process.next(value)
      if (done) {
        stopped = true
        ended?.(next as T)
      } else if (typeof next === 'number') after(next, go)
      else (next as Waiting)(go)
    }
    go()
    return () => {
      if (stopped) return
      stopped = true
      process.return(undefined as T)
    }
  }

  const runTo = (instant: Instant) => {
    for (let next = due.first(); next !== undefined && next.at <= instant; next = due.first()) {
      due.pop()
      now = next.at
      events++
      next.act()
    }
    now = Math.max(now, instant)
  }

  return { now: () => now, random: seeded(seed), after, start, runTo, events: () => events }
}

/** Waits until `act` calls back: the way from a callback into a process. */
export function* until<T>(act: (resume: (value: T) => void) => void): Process<T> {
  return (yield act as Waiting) as T
}

/** A binary heap by time, then by the order of asking. */
const heap = () => {
  const items: Due[] = []
  const earlier = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order)
  return {
    first: (): Due | undefined => items[0],
    push: (item: Due) => {
      let at = items.length
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!earlier(item, items[parent]!)) break
        items[at] = items[parent]!
        at = parent
      }
      items[at] = item
    },
    pop: () => {
      const last = items.pop()!
      if (items.length === 0) return
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= items.length) break
        if (child + 1 < items.length && earlier(items[child + 1]!, items[child]!)) child++
        if (!earlier(items[child]!, last)) break
        items[at] = items[child]!
        at = child
      }
      items[at] = last
    },
  }
}
