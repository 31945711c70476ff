import {
  type Breaker,
  type BreakerTerms,
  conclude,
  enter,
  isWatching,
  nothingSeen,
  type Probed,
  type Tally,
  together,
  witness,
} from './breaker.ts'
import { absent, type BreakerStore, type Kept } from './breaker-store.ts'
import type { Log } from './log.ts'
import type { Measure } from './metering.ts'
import { learn, noRhythm, type PhiTerms, suspectedAfter } from './phi-accrual.ts'
import type { RetryBudget } from './retry-budget.ts'
import { type Clock, type EpochMs, iso, type Millis, seconds } from './time.ts'

/** What came of a call: whether there was a definite answer and how long it took; `unused` when none was made. */
export type Heard = { readonly answered: boolean; readonly took: Millis } | 'unused'

/** Leave to make one call. Whoever has it says what came of it, whatever that was. */
export type Pass =
  | { readonly may: 'call'; readonly probe?: true; readonly heard: (what: Heard) => Promise<void> }
  | { readonly may: 'wait'; readonly until: EpochMs; readonly because: string }

/**
 * What a call is to those before it. `first`: nobody has asked this before. `repeated`: somebody has, so it is a retry.
 * `further`: it acts on what a call just before has brought, and whoever let that one in wants it to come to an end.
 */
export type Turn = 'first' | 'repeated' | 'further'

/** Who stands before a dependency: a call is made only with its leave. */
export type Guard = {
  readonly enter: (turn: Turn) => Promise<Pass>
  /** Whether calls are made as a rule; asks nobody and changes nothing. */
  readonly isClosed: () => Promise<boolean>
}

/** Lets everybody through. */
export const unguarded: Guard = {
  enter: async () => ({ may: 'call', heard: async () => undefined }),
  isClosed: async () => true,
}

export type GuardPorts = {
  /** As logs and metrics call it: `acquirer`. */
  readonly dependency: string
  readonly store: BreakerStore
  readonly terms: BreakerTerms
  /** How long a call may take. */
  readonly callTakes: Millis
  readonly budget: RetryBudget
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** A name that nobody else has, for one probe. */
  readonly unique: () => string
  readonly measure: Measure
  readonly log: Log
}

/** How long an instance goes by what it read. */
const freshFor: Millis = seconds(1)
/** Others may be faster as often as this; then they know what we know. */
const attempts = 4
/** A retry that the budget does not have comes back within this. */
const withheldFor: Millis = seconds(5)

/** An answer that a sound partner would give so late once in a thousand times. */
const suspicious = 3
const rhythmTerms: PhiTerms = { window: 100, least: 20, leastDeviation: 20 }

/**
 * A circuit breaker that all instances share, with a retry budget before it.
 *
 * It costs nothing but a read a second while all is well: what goes well is counted only once somebody has seen trouble.
 * A call without an answer is written down at once. Late answers count as slow by the rhythm that this instance has learnt,
 * so that they are noticed long before they are too late; a probe is slow only when it nearly takes the whole time, so that
 * a partner that is slower for good is got used to.
 *
 * When the store cannot be reached, calls are made: an outage of ours must not become one of the partner.
 *
 * @see Michael Nygard, Release It!, second edition, "Circuit Breaker"
 * @example
 * const pass = await guard.enter('first')
 * if (pass.may === 'call') await pass.heard(await timed(call))
 */
export const guardOf = (ports: GuardPorts): Guard => {
  const { dependency, store, terms, callTakes, budget, clock, random, unique, measure, log } = ports
  const nearlyTooLate = callTakes * 0.8
  let known: { readonly kept: Kept; readonly at: EpochMs } | undefined
  let reading: Promise<Kept> | undefined
  let rhythm = noRhythm
  let pending: Tally = nothingSeen
  let saidAt: EpochMs | undefined
  let saying: Promise<void> | undefined

  const knows = (kept: Kept): Kept => {
    known = { kept, at: clock() }
    return kept
  }
  const unreachable = (error: unknown): Kept => {
    measure('BreakerUnreachable', 1, { partner: dependency })
    log.warn(`the breaker of ${dependency} cannot be reached, so calls are made`, {
      because: (error as Error).message,
    })
    return knows(absent)
  }
  const read = async (): Promise<Kept> => {
    // One look at a time; whoever asks meanwhile gets the same.
    reading ??= store
      .load(dependency)
      .then(knows, unreachable)
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  const recent = async (): Promise<Kept> => {
    const age = known ? clock() - known.at : Number.POSITIVE_INFINITY
    return known && age >= 0 && age < freshFor ? known.kept : read()
  }

  const became = (from: Breaker, to: Breaker) => {
    if (from.state === to.state) return
    const said = { breaker: dependency, from: from.state, to: to.state }
    if (to.state === 'open') {
      measure('BreakerOpened', 1, { partner: dependency })
      log.warn(`the breaker of ${dependency} is open: no calls are made`, {
        ...said,
        because: to.because,
        until: iso(to.until),
        times: to.times,
      })
    } else
      log.info(
        to.state === 'closed'
          ? `the breaker of ${dependency} is closed: calls are made`
          : `the breaker of ${dependency} is half-open: one call at a time is made`,
        said,
      )
  }

  /** Writes what `change` makes of the breaker; changes nothing when it makes nothing of it. */
  const update = async (change: (breaker: Breaker) => Breaker): Promise<void> => {
    try {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const kept = attempt === 0 && known ? known.kept : knows(await store.load(dependency))
        const next = change(kept.breaker)
        if (next === kept.breaker) return
        if (!(await store.save(dependency, next, kept.version))) continue
        became(kept.breaker, next)
        knows({ breaker: next, version: kept.version + 1 })
        return
      }
    } catch (error) {
      unreachable(error)
    }
  }

  /** Tells what was seen, all of it at once; what comes in meanwhile is told next. */
  const tell = async () => {
    while (pending.calls > 0) {
      const tally = pending
      pending = nothingSeen
      saidAt = clock()
      await update((breaker) => witness(breaker, tally, { now: clock(), terms, chance: random() }))
      // Good news can wait for the next second.
      if (pending.unanswered + pending.slow === 0) return
    }
  }

  const saw = async (what: Exclude<Heard, 'unused'>) => {
    const late = suspectedAfter(rhythm, suspicious, rhythmTerms) ?? nearlyTooLate
    const slow = what.answered && what.took >= Math.min(nearlyTooLate, Math.max(callTakes / 4, late))
    if (what.answered) rhythm = learn(rhythm, what.took, rhythmTerms)
    const bad = !what.answered || slow
    const now = clock()
    if (!bad && !(known && isWatching(known.kept.breaker, now, terms))) return
    pending = together(pending, { calls: 1, unanswered: what.answered ? 0 : 1, slow: slow ? 1 : 0 })
    if (!bad && saidAt !== undefined && Math.abs(now - saidAt) < freshFor) return
    saying ??= tell().finally(() => {
      saying = undefined
    })
    await saying
  }

  const probed = async (by: string, what: Heard) => {
    if (what !== 'unused' && what.answered) rhythm = learn(rhythm, what.took, rhythmTerms)
    const came: Probed =
      what === 'unused' ? what : !what.answered ? 'unanswered' : what.took >= nearlyTooLate ? 'slow' : 'answered'
    await update((breaker) => conclude(breaker, by, came, { now: clock(), terms, chance: random() }))
  }

  /** Takes the lease of a probe, unless somebody else is faster. */
  const askBreaker = async (): Promise<Pass> => {
    const by = unique()
    for (let attempt = 0; attempt < attempts; attempt++) {
      const kept = attempt === 0 ? await recent() : await read()
      const entry = enter(kept.breaker, by, clock(), terms)
      if (entry.may === 'call')
        return { may: 'call', heard: async (what) => (what === 'unused' ? undefined : saw(what)) }
      if (entry.may === 'wait')
        return { may: 'wait', until: entry.until, because: `the breaker of ${dependency} is ${kept.breaker.state}` }
      try {
        if (!(await store.save(dependency, entry.next, kept.version))) continue
      } catch (error) {
        unreachable(error)
        return { may: 'call', heard: async () => undefined }
      }
      became(kept.breaker, entry.next)
      knows({ breaker: entry.next, version: kept.version + 1 })
      return { may: 'call', probe: true, heard: (what) => probed(by, what) }
    }
    return { may: 'wait', until: clock() + terms.probe, because: `others probe ${dependency}` }
  }

  const postponed = (pass: Pass): Pass => {
    if (pass.may === 'wait') measure('PartnerCallsPostponed', 1, { partner: dependency })
    return pass
  }

  return {
    enter: async (turn) => {
      const pass = await askBreaker()
      if (pass.may === 'wait') return postponed(pass)
      if (turn === 'first')
        return {
          ...pass,
          heard: (what) => {
            if (what !== 'unused') budget.called()
            return pass.heard(what)
          },
        }
      // One probe at a time amplifies nothing. And a retry of several calls is one retry: were each of them to wait for
      // its own, many that come back at once would all get as far as the first, for ever.
      if (turn === 'repeated' && !pass.probe && !budget.mayRetry()) {
        await pass.heard('unused')
        measure('PartnerRetriesWithheld', 1, { partner: dependency })
        const until = clock() + Math.ceil((0.2 + 0.8 * random()) * withheldFor)
        return postponed({ may: 'wait', until, because: `the budget for retries of ${dependency} is used up` })
      }
      return pass
    },
    isClosed: async () => (await recent()).breaker.state === 'closed',
  }
}
