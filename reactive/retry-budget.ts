import type { Clock, EpochMs } from './time.ts'

export type BudgetTerms = {
  /** Retries for each call: a tenth keeps an outage from being amplified by more than that. */
  readonly share: number
  /** So many retries may be saved up; as many are there at the beginning. */
  readonly reserve: number
  /** Retries a second that are there without any calls, so that the last message of a quiet hour is retried, too. */
  readonly trickle: number
}

export const budgetTerms: BudgetTerms = { share: 0.1, reserve: 10, trickle: 1 }

/** A bucket of retries. A value. */
export type Budget = { readonly tokens: number; readonly at: EpochMs }

/** The bucket as it is at `now`. A clock that was set back brings nothing in, and takes nothing out. */
const trickled = ({ tokens, at }: Budget, now: EpochMs, { reserve, trickle }: BudgetTerms): Budget => ({
  tokens: Math.min(reserve, tokens + (Math.max(0, now - at) / 1_000) * trickle),
  at: now,
})

/** A call that is no retry pays in a share of one. */
export const payIn = (budget: Budget, now: EpochMs, terms: BudgetTerms): Budget => {
  const { tokens } = trickled(budget, now, terms)
  return { tokens: Math.min(terms.reserve, tokens + terms.share), at: now }
}

/** Takes one retry out; undefined when there is none. */
export const takeOut = (budget: Budget, now: EpochMs, terms: BudgetTerms): Budget | undefined => {
  const { tokens } = trickled(budget, now, terms)
  return tokens >= 1 ? { tokens: tokens - 1, at: now } : undefined
}

export type RetryBudget = {
  /** A call that is no retry is made. */
  readonly called: () => void
  /** Whether a retry may be made; if so, it is counted. */
  readonly mayRetry: () => boolean
}

/**
 * The retries that one process may make to one dependency: a share of its calls, a reserve for bad moments, and a trickle for
 * quiet ones. Each caller that obeys keeps what all of them send below 1 + `share` times what they were asked.
 *
 * @see https://sre.google/sre-book/addressing-cascading-failures/ "Retries"
 * @example
 * const budget = retryBudget(budgetTerms, Date.now)
 * budget.called()
 * if (failed && budget.mayRetry()) …
 */
export const retryBudget = (terms: BudgetTerms, clock: Clock): RetryBudget => {
  let budget: Budget = { tokens: terms.reserve, at: clock() }
  return {
    called: () => {
      budget = payIn(budget, clock(), terms)
    },
    mayRetry: () => {
      const left = takeOut(budget, clock(), terms)
      if (left) budget = left
      return left !== undefined
    },
  }
}

/**
 * Budgets by dependency, one each: whoever repeats a call, the client within the call's time or the message that comes
 * again, draws on the same.
 */
export const retryBudgets = (terms: BudgetTerms, clock: Clock) => {
  const made = new Map<string, RetryBudget>()
  return (dependency: string): RetryBudget => {
    const known = made.get(dependency) ?? retryBudget(terms, clock)
    made.set(dependency, known)
    return known
  }
}

/** Those of this process. */
export const budgetOf = retryBudgets(budgetTerms, Date.now)
