import { backoff } from './backoff.ts'
import type { EpochMs, Millis } from './time.ts'

/** What calls brought: `unanswered` ones no definite answer, `slow` ones an answer later than a sound partner's. */
export type Tally = { readonly calls: number; readonly unanswered: number; readonly slow: number }

/** What was seen within one slice of the rolling window. */
type Slice = Tally & { readonly from: EpochMs }

/**
 * A circuit breaker. Closed: current flows, calls are made. Open: the circuit is broken, calls are not made. Half-open: one
 * call at a time is made, to see whether the dependency is back.
 */
export type Breaker =
  | {
      readonly state: 'closed'
      readonly evidence: readonly Slice[]
      /** When it closed last; absent where it has never been open. */
      readonly since?: EpochMs
    }
  | {
      readonly state: 'open'
      readonly since: EpochMs
      /** From then on it may be probed. */
      readonly until: EpochMs
      /** How often in a row it was opened without having been closed. */
      readonly times: number
      readonly because: 'unanswered' | 'slow'
    }
  | {
      readonly state: 'half-open'
      readonly since: EpochMs
      readonly times: number
      /** Probes that were answered well, in a row. */
      readonly answered: number
      /** Who probes, as a lease: whoever died while probing holds nobody up. */
      readonly probe?: { readonly by: string; readonly from: EpochMs; readonly until: EpochMs }
    }

export type BreakerTerms = {
  /** What was seen longer ago says nothing any more. */
  readonly window: Millis
  /** Fewer calls within the window say nothing. */
  readonly least: number
  /** From this share of calls without an answer on it opens; from 0 to 1. */
  readonly unanswered: number
  /** From this share of slow or unanswered calls on it opens; from 0 to 1. */
  readonly slow: number
  /** Time before the first probe, doubled each time that a probe fails, up to `longest`. */
  readonly open: Millis
  readonly longest: Millis
  /** For how long one probe keeps others from probing. */
  readonly probe: Millis
  /** So many good probes in a row close it. */
  readonly probes: number
}

/** Where every breaker begins, and what an absent or forgotten one is. */
export const closed: Breaker = { state: 'closed', evidence: [] }

export const nothingSeen: Tally = { calls: 0, unanswered: 0, slow: 0 }

export const together = (one: Tally, other: Tally): Tally => ({
  calls: one.calls + other.calls,
  unanswered: one.unanswered + other.unanswered,
  slow: one.slow + other.slow,
})

/** Slices of a window: what is forgotten is forgotten a sixth of it at a time. */
const slices = 6

/** What a closed breaker still holds to be true. What lies in the future was seen by a clock that was wrong. */
const remembered = (evidence: readonly Slice[], now: EpochMs, { window }: BreakerTerms): Slice[] =>
  evidence.filter(({ from }) => from <= now && now - from < window)

/**
 * Whether work that needs the dependency may have been put back and not have come again: the circuit is broken, or it was
 * until less than `patience` ago.
 */
export const holdsBack = (breaker: Breaker, now: EpochMs, patience: Millis): boolean =>
  breaker.state !== 'closed' || (breaker.since !== undefined && Math.abs(now - breaker.since) < patience)

/** Whether somebody has seen trouble lately: then what goes well has to be counted, too. */
export const isWatching = (breaker: Breaker, now: EpochMs, terms: BreakerTerms): boolean =>
  breaker.state === 'closed' && remembered(breaker.evidence, now, terms).length > 0

/**
 * The breaker after it was told what calls brought. It opens when enough calls within the window went badly. An open or
 * half-open breaker learns nothing from calls that began before: they tell of what it knows.
 *
 * @param chance from 0 to 1; spreads the probes of breakers that opened together
 */
export const witness = (
  breaker: Breaker,
  tally: Tally,
  { now, terms, chance }: { now: EpochMs; terms: BreakerTerms; chance: number },
): Breaker => {
  if (breaker.state !== 'closed' || tally.calls === 0) return breaker
  const kept = remembered(breaker.evidence, now, terms)
  const from = now - (now % Math.ceil(terms.window / slices))
  const others = kept.filter((slice) => slice.from !== from)
  const current = kept.find((slice) => slice.from === from)
  const evidence = [...others, { from, ...together(current ?? nothingSeen, tally) }]
  const all = evidence.reduce<Tally>(together, nothingSeen)
  if (all.calls >= terms.least) {
    if (all.unanswered >= terms.unanswered * all.calls) return opened('unanswered', 1, { now, terms, chance })
    if (all.unanswered + all.slow >= terms.slow * all.calls) return opened('slow', 1, { now, terms, chance })
  }
  return { ...breaker, evidence }
}

/** Half of the time is certain, the other half is chance. */
const opened = (
  because: 'unanswered' | 'slow',
  times: number,
  { now, terms, chance }: { now: EpochMs; terms: BreakerTerms; chance: number },
): Breaker => {
  const span = { base: terms.open, cap: terms.longest }
  const half = backoff(times, span, 1) / 2
  return { state: 'open', since: now, until: now + Math.ceil(half + backoff(times, span, chance) / 2), times, because }
}

/** What a breaker answers who would call: `wait` names the time from which asking again makes sense. */
export type Entry =
  | { readonly may: 'call' }
  | { readonly may: 'probe'; readonly next: Breaker }
  | { readonly may: 'wait'; readonly until: EpochMs }

/**
 * Asks to call. A probe is a lease: it counts only once `next` was committed over the breaker that was asked.
 *
 * A clock that was set back could keep a breaker open for as long as it had been wrong, and so could a clock that runs ahead,
 * when it opens one. What claims to have begun in the future, or to last longer than anything may, is over.
 */
export const enter = (breaker: Breaker, by: string, now: EpochMs, terms: BreakerTerms): Entry => {
  switch (breaker.state) {
    case 'closed':
      return { may: 'call' }
    case 'open': {
      const { since, until, times } = breaker
      if (isRunning({ from: since, until }, now, terms.longest)) return { may: 'wait', until }
      return {
        may: 'probe',
        next: { state: 'half-open', since: now, times, answered: 0, probe: lease(by, now, terms) },
      }
    }
    case 'half-open': {
      const { probe } = breaker
      if (probe && probe.by !== by && isRunning(probe, now, terms.probe)) return { may: 'wait', until: probe.until }
      return { may: 'probe', next: { ...breaker, probe: lease(by, now, terms) } }
    }
  }
}

const lease = (by: string, now: EpochMs, { probe }: BreakerTerms) => ({ by, from: now, until: now + probe })

const isRunning = ({ from, until }: { from: EpochMs; until: EpochMs }, now: EpochMs, longest: Millis): boolean =>
  from <= now && now < until && until - now <= longest

/** What came of a probe; `unused`: the call was not made after all. */
export type Probed = 'answered' | 'unanswered' | 'slow' | 'unused'

/**
 * The breaker after a probe. Only whoever holds the lease is heard: a probe that outlived its lease may have been followed
 * by others. Good probes in a row close it; a bad one opens it for twice as long.
 */
export const conclude = (
  breaker: Breaker,
  by: string,
  probed: Probed,
  { now, terms, chance }: { now: EpochMs; terms: BreakerTerms; chance: number },
): Breaker => {
  if (breaker.state !== 'half-open' || breaker.probe?.by !== by) return breaker
  const { probe: _, ...rest } = breaker
  switch (probed) {
    case 'unused':
      return rest
    case 'answered':
      return breaker.answered + 1 >= terms.probes
        ? { ...closed, since: now }
        : { ...rest, answered: breaker.answered + 1 }
    case 'unanswered':
    case 'slow':
      return opened(probed, breaker.times + 1, { now, terms, chance })
  }
}
