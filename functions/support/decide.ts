import { type EpochMs, hours, type Millis, minutes } from '../../reactive/time.ts'
import type { News, Remedy } from './news.ts'

/** What is remembered of the remedies of one alarm. */
export type Memory = {
  /** When its remedy was applied, the latest last; only what counts for the limits. */
  readonly applied: readonly EpochMs[]
  /** Since when the alarm has been on; absent while it is not. */
  readonly onSince?: EpochMs
  /** A remedy was decided on and is not known to be carried out: whoever meets this carries it out again. */
  readonly pending?: true
  /** It was given up until then: so many applications did not help. */
  readonly brokenUntil?: EpochMs
  /** A person is to be told so and is not known to have been: whoever meets this tells it. */
  readonly untold?: true
}

export const nothingYet: Memory = { applied: [] }

/** What to do about the news of an alarm. */
export type Decision =
  | { readonly do: 'apply'; readonly remedy: Remedy; readonly memory: Memory }
  | { readonly do: 'page'; readonly because: string; readonly memory: Memory }
  /** The trouble is over: what it had parked may go back. */
  | { readonly do: 'recover'; readonly memory: Memory }
  | { readonly do: 'nothing'; readonly because: string; readonly memory: Memory }

/** How often a remedy may act. What has not helped so many times within the window is not a remedy. */
export const limits = {
  pause: minutes(1),
  window: hours(1),
  applications: 5,
  broken: hours(1),
} as const satisfies Record<string, Millis | number>

/** Remedies for what a failed dependency does; its end is the moment to put back what it made fail. */
const causes = ['close-valve', 'less-concurrency']

/**
 * The policy: an alarm with a remedy gets it, at most once a minute and five times an hour. A remedy that was applied so
 * often and whose alarm comes again does not help: its circuit opens for an hour, and a person is paged instead.
 * Pure; the same news twice is the same decision only as long as the memory is the same, so it is committed in between.
 */
export const decide = (news: News, memory: Memory, now: EpochMs): Decision => {
  const applied = memory.applied.filter((at) => now - at < limits.window)
  const { onSince, brokenUntil } = memory
  const broken = brokenUntil !== undefined && now < brokenUntil
  const given: Pick<Memory, 'brokenUntil' | 'untold'> = broken
    ? { brokenUntil, ...(memory.untold ? { untold: true } : {}) }
    : {}
  if (news.state !== 'ALARM') {
    const kept: Memory = { applied, ...given }
    const was = onSince !== undefined || news.previous === 'ALARM'
    if (was && news.state === 'OK' && news.remedy && causes.includes(news.remedy.verb))
      return { do: 'recover', memory: kept }
    return { do: 'nothing', because: `the alarm is ${news.state}`, memory: kept }
  }
  const kept: Memory = { applied, onSince: onSince ?? now, ...given }
  const { remedy } = news
  if (!remedy) return { do: 'nothing', because: 'it is for people', memory: kept }
  if (kept.untold) return { do: 'page', because: givenUp(remedy), memory: kept }
  if (broken) return { do: 'nothing', because: 'its remedy was given up, and a person was told', memory: kept }
  if (memory.pending) return { do: 'apply', remedy, memory: { ...kept, pending: true } }
  if (applied.length >= limits.applications)
    return {
      do: 'page',
      because: givenUp(remedy),
      memory: { ...kept, applied: [], brokenUntil: now + limits.broken, untold: true },
    }
  const last = applied.at(-1)
  if (last !== undefined && now - last < limits.pause)
    return { do: 'nothing', because: 'its remedy was applied less than a minute ago', memory: kept }
  return { do: 'apply', remedy, memory: { ...kept, applied: [...applied, now], pending: true } }
}

const givenUp = ({ verb }: Remedy): string =>
  `${verb} was applied ${limits.applications} times within an hour and does not help; it is given up for an hour`
