import type { EpochMs, Millis } from './time.ts'
import { seconds } from './time.ts'

/** What a consumer last saw of its queue: how long messages had waited when they came out of it. */
export type Reading = {
  /** The queue by its name without the stage. */
  readonly queue: string
  readonly age: Millis
  /** Of how many messages this is the median. */
  readonly messages: number
  /** When it was read, by the reader's clock. */
  readonly at: EpochMs
}

export type Gauge = {
  /** Takes note of a message's age. Only first receives: what comes again has waited for its backoff, not for its turn. */
  readonly saw: (queue: string, age: Millis) => void
  /** What is to be reported now: the median of each queue since its last report; nothing when it was reported just before. */
  readonly due: (now: EpochMs) => readonly Reading[]
}

/** How often one instance reports one queue at most. */
export const reportEvery: Millis = seconds(1)

/** Ages are whole milliseconds from 0 on; what a clock that was set back makes of them is no wait at all. */
const sane = (age: Millis): Millis => (Number.isFinite(age) ? Math.max(0, Math.round(age)) : 0)

/** More than this of one queue says no more about its median. */
const mostKept = 200

/**
 * Collects the ages of messages in one instance. The median rather than the longest: one straggler is no backlog, and
 * rather than the shortest: a fair queue lets quiet tenants pass while the noisy one's messages pile up.
 */
export const pressureGauge = (): Gauge => {
  const seen = new Map<string, { readonly ages: Millis[]; readonly reportedAt: EpochMs }>()
  return {
    saw: (queue, age) => {
      const known = seen.get(queue) ?? { ages: [] as Millis[], reportedAt: Number.NEGATIVE_INFINITY }
      if (known.ages.length < mostKept) known.ages.push(sane(age))
      seen.set(queue, known)
    },
    due: (now) =>
      [...seen].flatMap(([queue, known]) => {
        // A clock that was set back must not silence the gauge until it has caught up.
        const since = now - known.reportedAt
        if (known.ages.length === 0 || (since >= 0 && since < reportEvery)) return []
        const ages = known.ages.toSorted((a, b) => a - b)
        const reading = { queue, age: ages[Math.floor(ages.length / 2)]!, messages: ages.length, at: now }
        seen.set(queue, { ages: [] as Millis[], reportedAt: now })
        return [reading]
      }),
  }
}

/** A reading that is older says nothing about now. Queues that are idle have none, which is as good as no wait. */
export const freshFor: Millis = seconds(10)

/** By how much the clocks of two instances may differ. */
const clocksDiffer: Millis = seconds(5)

/** Whether a reading says something about now: not old, and not from a clock that is far ahead. */
export const isFresh = ({ at }: Reading, now: EpochMs): boolean => now - at <= freshFor && at - now <= clocksDiffer

/** How often a unit of work passes each queue on its way. */
export type Path = Readonly<Record<string, number>>

/**
 * How long a unit of work that is admitted now would wait on its whole way, were every queue to stay as it is. Queues
 * without a fresh reading count as empty.
 *
 * @example
 * expectedWait([{ queue: 'saga-fulfil-order', age: 800, messages: 9, at: now }], { 'saga-fulfil-order': 6 }, now) // 4800
 */
export const expectedWait = (readings: readonly Reading[], path: Path, now: EpochMs): Millis =>
  readings.reduce((sum, reading) => sum + (isFresh(reading, now) ? (path[reading.queue] ?? 0) * reading.age : 0), 0)
