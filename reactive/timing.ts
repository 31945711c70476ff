import type { BreakerTerms } from './breaker.ts'
import { days, hours, type Millis, minutes, seconds } from './time.ts'

/**
 * Every time constant that one part must know of another. They lean on each other: a constant changed alone
 * turns a retry into a duplicate or a deadline into a lie, so the rules below are checked when the stacks are synthesized.
 */
export type Timing = {
  /** Until a connection to a partner stands. */
  readonly partnerConnect: Millis
  /** One whole call to a partner, connection included. */
  readonly partnerCall: Millis
  readonly handlerTimeout: Millis
  readonly visibility: Millis
  /** Receives before the dead-letter queue; never 1, a queue counts receives that nobody got. */
  readonly receives: number
  readonly stepDeadline: Millis
  /** Before the pivot; afterwards there is no way back and so no deadline. */
  readonly sagaDeadline: Millis
  readonly sourceRetention: Millis
  readonly deadLetterRetention: Millis
  /** The deduplication horizon H; it starts when a saga ends. */
  readonly horizon: Millis
  /** How often the sweeper looks for overdue sagas. */
  readonly sweep: Millis
  /** How long a sweeper's wake-up counts as under way. */
  readonly wakeLease: Millis
  /** How long a message may be in nobody's records before the ledger calls it drift. */
  readonly ledgerGrace: Millis
  /** When partners are not called any more, and when that is tried again. */
  readonly breaker: BreakerTerms
}

const standard: Timing = {
  partnerConnect: seconds(1),
  partnerCall: seconds(3),
  handlerTimeout: seconds(5),
  visibility: seconds(30),
  receives: 5,
  stepDeadline: minutes(5),
  sagaDeadline: hours(1),
  sourceRetention: days(4),
  deadLetterRetention: days(14),
  horizon: days(30),
  sweep: minutes(1),
  wakeLease: minutes(2),
  ledgerGrace: minutes(3),
  breaker: {
    window: minutes(1),
    least: 4,
    unanswered: 0.5,
    slow: 0.8,
    open: seconds(10),
    longest: minutes(1),
    probe: seconds(6),
    probes: 2,
  },
}

/** The same rules with short waits, for stages on which somebody is watching. */
const brief: Timing = {
  ...standard,
  partnerConnect: 400,
  partnerCall: seconds(1),
  handlerTimeout: seconds(3),
  visibility: seconds(18),
  receives: 4,
  stepDeadline: seconds(75),
  sagaDeadline: minutes(10),
  ledgerGrace: seconds(75),
  breaker: {
    ...standard.breaker,
    window: seconds(30),
    least: 3,
    open: seconds(2),
    longest: seconds(10),
    probe: seconds(4),
  },
}

export const timings = { standard, brief } as const
export type TimingName = keyof typeof timings

/** The rules that `timing` breaks, in words; empty when it holds together. */
export const brokenRules = (timing: Timing): string[] => {
  const rules: [boolean, string][] = [
    [
      2 * timing.partnerConnect <= timing.partnerCall,
      'a partner call must have time for a second try when there is no connection',
    ],
    [timing.partnerCall < timing.handlerTimeout, 'a partner call must end before its handler is stopped'],
    [timing.visibility >= 6 * timing.handlerTimeout, 'visibility must be at least six handler timeouts'],
    [timing.receives > 1, 'receives must exceed one: a queue counts receives that nobody got'],
    [timing.stepDeadline > timing.receives * timing.visibility, 'a step must outlast all receives of its command'],
    [
      timing.deadLetterRetention > timing.sourceRetention,
      'dead letters keep the first enqueue time, so they must be kept longer',
    ],
    [timing.horizon > timing.deadLetterRetention + timing.sourceRetention, 'the horizon must outlast all retentions'],
    [
      timing.ledgerGrace > timing.receives * timing.visibility,
      'the ledger must be more patient than a message that is received as often as it may be',
    ],
    [
      timing.breaker.least < timing.receives,
      'a breaker must open for a lone message before that has used up its receives',
    ],
    [
      [timing.breaker.unanswered, timing.breaker.slow].every((share) => share > 0 && share <= 1),
      'a breaker opens at a share of calls: more than none, at most all of them',
    ],
    [
      [timing.breaker.least, timing.breaker.probes, timing.breaker.window, timing.breaker.open].every(
        (count) => Number.isSafeInteger(count) && count > 0,
      ) && timing.breaker.open <= timing.breaker.longest,
      'a breaker counts and waits in whole numbers above nothing, and no longer at first than at last',
    ],
    [timing.breaker.probe > timing.handlerTimeout, 'a probe must hold its lease for as long as its handler may run'],
    [timing.breaker.longest < timing.stepDeadline, 'a breaker must be probed before a step that waits for it gives up'],
    [timing.wakeLease > timing.sweep, 'a wake-up lease must outlast one sweep'],
  ]
  return rules.filter(([holds]) => !holds).map(([, rule]) => rule)
}
