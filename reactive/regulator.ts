import { expectedWait, isFresh, type Path, type Reading } from './pressure.ts'
import { type EpochMs, type Millis, seconds } from './time.ts'

/** How much is switched off: 0 nothing, 1 what nobody waits for, 2 also what can be looked up later. */
export type BrownOut = 0 | 1 | 2

export type RegulatorTerms = {
  /** Within what time a unit of work that was admitted is to be done. */
  readonly objective: Millis
  readonly path: Path
}

/** What the regulator remembers; all instances share one. */
export type Regulation = {
  /** The share of new work that is admitted, from `least` to 1. */
  readonly share: number
  readonly level: BrownOut
  /** How long a unit of work would wait on its way, by the last look. */
  readonly expected: Millis
  readonly at: EpochMs
  /** From when on a change of the share can be seen in the readings, and what they were then. */
  readonly watch: { readonly from: EpochMs; readonly seen?: { readonly at: EpochMs; readonly ages: Ages } }
  /** Since when the pressure has been low enough for a lower level. */
  readonly calmSince?: EpochMs
  /** Since when work has been admitted that no consumer was heard to receive. */
  readonly unheardSince?: EpochMs
}
type Ages = Readonly<Record<string, Millis>>

/** So much is always let in: without anything there would be nothing to measure, and no way back. */
export const least = 0.02

/** The part of the objective that waiting may take; the other half is for the work itself, and for its spread. */
const target = 0.5

/** How long the slope of a queue is watched before it is believed. */
const window: Millis = seconds(2)

/** By what the share may change at once: while next to nothing waits, there is more to win than to lose. */
const steps = { fall: 0.25, grow: 1.5 } as const
/** Less than this part of the target is next to nothing. */
const idle = 0.1

/** A slope is believed when so many messages say it: a queue that is overloaded has them, and one that meets a cold start has not. */
const enough = 3

/** Whoever asks to be let in makes the regulator take a step; when nobody has for this long, there is nothing to hold back. */
const pause: Millis = seconds(10)

/** For how long the pressure must be low before something is switched on again. */
const calm: Millis = seconds(10)

/** Levels by the expected wait in targets: entered at or above the first, left below the second. */
const thresholds = { 1: { enter: 0.5, leave: 0.25 }, 2: { enter: 0.9, leave: 0.5 } } as const

/** Admitted work is received within a moment; when nobody says so for this long, nobody is listening, or nobody works. */
const deafAfter: Millis = seconds(20)

export const open = (now: EpochMs): Regulation => ({ share: 1, level: 0, expected: 0, at: now, watch: { from: now } })

/**
 * One step of the control law. The share of new work that is admitted follows two things that consumers measure: how long
 * messages wait (the error), and how fast that grows (the overload).
 *
 * A queue whose messages get older by g seconds a second is sent 1 / (1 − g) of what it can do, so the share is divided
 * by that: one correction finds the capacity, whatever the offered load is. What is left of the error is removed over a
 * few targets. A correction is made only once the one before can be seen in the readings, after the time that messages
 * wait now: a law that corrects what it has corrected already oscillates.
 *
 * Readings that are stale or from a clock far ahead count as none, and none as no pressure: it fails open.
 *
 * @see Kathleen Nichols, Van Jacobson, Controlling Queue Delay, ACM Queue 2012 (time in the queue as the signal)
 * @see Van Jacobson, Congestion Avoidance and Control, SIGCOMM 1988 (one correction a round trip)
 */
export const regulate = (
  before: Regulation,
  readings: readonly Reading[],
  now: EpochMs,
  { objective, path }: RegulatorTerms,
  admitted: boolean,
): Regulation => {
  // A clock that was set back: what was planned by the old one is planned anew by the new one.
  const known =
    now - before.at > pause ? open(now) : before.at > now ? { ...before, at: now, watch: { from: now } } : before
  const goal = objective * target
  const onPath = readings.filter((reading) => path[reading.queue] && isFresh(reading, now))
  const expected = expectedWait(onPath, path, now)
  const ages = Object.fromEntries(onPath.map(({ queue, age }) => [queue, age]))
  const crowded = new Set(onPath.flatMap(({ queue, messages }) => (messages >= enough ? [queue] : [])))
  const { share, watch } = corrected(known, ages, { crowded, expected, goal, now })
  return {
    share,
    expected,
    at: now,
    watch,
    ...levelOf(known, expected / goal, now),
    ...hearing(known, onPath, now, admitted),
  }
}

const corrected = (
  { share, watch }: Regulation,
  ages: Ages,
  {
    crowded,
    expected,
    goal,
    now,
  }: { readonly crowded: ReadonlySet<string>; readonly expected: Millis; readonly goal: Millis; readonly now: EpochMs },
): Pick<Regulation, 'share' | 'watch'> => {
  if (now < watch.from) return { share, watch }
  if (!watch.seen) return { share, watch: { ...watch, seen: { at: now, ages } } }
  if (now - watch.seen.at < window) return { share, watch }
  const error = (expected - goal) / (4 * goal)
  // While next to nothing waits, a slope is noise.
  const factor = expected < idle * goal ? steps.grow : (1 - overload(watch.seen, ages, crowded, now)) * (1 - error)
  const next = clamp(share * clamp(factor, steps.fall, steps.grow), least, 1)
  // What is in the queues now was admitted under the share before; until it is gone they say nothing of the new one.
  const wait = next === share ? 0 : Math.max(0, ...Object.values(ages))
  return { share: next, watch: { from: now + wait } }
}

/** The steepest growth of a crowded queue's age, in seconds a second: 0 when it keeps up, 0.75 at four times what it can do. */
const overload = (
  seen: { readonly at: EpochMs; readonly ages: Ages },
  ages: Ages,
  crowded: ReadonlySet<string>,
  now: EpochMs,
): number => {
  const slopes = Object.entries(ages).flatMap(([queue, age]) =>
    crowded.has(queue) ? [(age - (seen.ages[queue] ?? 0)) / (now - seen.at)] : [],
  )
  return clamp(Math.max(0, ...slopes), 0, 0.95)
}

const levelOf = (
  { level, calmSince }: Regulation,
  pressure: number,
  now: EpochMs,
): Pick<Regulation, 'level' | 'calmSince'> => {
  if (pressure >= thresholds[2].enter) return { level: 2 }
  if (pressure >= thresholds[1].enter && level < 1) return { level: 1 }
  if (level === 0 || pressure >= thresholds[level].leave) return { level }
  if (calmSince === undefined) return { level, calmSince: now }
  return now - calmSince >= calm ? { level: (level - 1) as BrownOut } : { level, calmSince }
}

const hearing = (
  { unheardSince }: Regulation,
  readings: readonly Reading[],
  now: EpochMs,
  admitted: boolean,
): Pick<Regulation, 'unheardSince'> => {
  const heard = readings.some(({ at }) => at >= (unheardSince ?? now - window))
  if (heard) return admitted ? { unheardSince: now } : {}
  if (unheardSince !== undefined) return { unheardSince }
  return admitted ? { unheardSince: now } : {}
}

/** Whether the regulator works without knowing: work went in, and no consumer has said for long that it received any. */
export const isBlind = ({ unheardSince }: Regulation, now: EpochMs): boolean =>
  unheardSince !== undefined && now - unheardSince > deafAfter

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
