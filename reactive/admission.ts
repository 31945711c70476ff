import { createHash } from 'node:crypto'
import type { EpochMs, Millis } from './time.ts'
import { seconds } from './time.ts'

export const priorities = ['high', 'normal', 'low'] as const
export type Priority = (typeof priorities)[number]

/** Who asks for what to be done, as far as admission is concerned. */
export type Asking = { readonly tenant: string; readonly priority: Priority }

export type Verdict =
  | { readonly admitted: true }
  | {
      readonly admitted: false
      /** `over-share`: this tenant alone asks for more than its share. `overloaded`: there is not enough for anybody. */
      readonly because: 'over-share' | 'overloaded'
      /** Seconds after which asking again makes sense; spread, so that those who were refused do not come back as one. */
      readonly retryAfter: number
    }

/** What is in force: the share of new work that is admitted, and how long work waits that was. */
export type InForce = { readonly share: number; readonly expected: Millis }

export type Admitter = (asking: Asking, inForce: InForce, now: EpochMs) => Verdict

/** Demand is what was asked for lately: a request counts half after this time. */
const halfLife: Millis = seconds(10)

/** So many tenants are told apart; the quietest are forgotten first, and a tenant that is not known has asked for nothing. */
export const mostTenants = 1_000

/** Whoever asks for more than this many even shares is over its share; anybody else is short of what there is for all. */
const overEven = 1.5

/** What there was to share on average lately; whoever is content with an even part of that is not refused for a moment's dip. */
const steadyOver: Millis = seconds(60)

type Demand = { amount: number; at: EpochMs }

/**
 * Decides who is let in while not all can be. The high priorities are served before the low ones; within one, tenants
 * share evenly: whoever asks for less than an even share gets it all, and what it leaves is shared by the others
 * (max-min fairness). So a noisy tenant is refused for its own noise, and a quiet one does not notice.
 *
 * Each instance goes by the demand that it sees itself: requests reach instances at random, so each sees a fair sample,
 * and nobody has to ask anybody. The share swings, as it must to follow the load; quiet tenants go by its mean of a minute.
 *
 * @param random from 0 to 1; who of those that ask for too much is let in, and the spread of the waits.
 * @see Dimitri Bertsekas, Robert Gallager, Data Networks, "Max-min flow control"
 * @see Hao Zhou and others, Overload Control for Scaling WeChat Microservices, SoCC 2018
 */
export const admitter = (random: () => number): Admitter => {
  const demands = new Map<string, Demand>()
  let steady: { readonly share: number; readonly at: EpochMs } | undefined

  return ({ tenant, priority }, { share, expected }, now) => {
    const key = `${priority}/${shortened(tenant)}`
    const own = record(demands, key, now)
    const weight = steady ? Math.exp(Math.min(0, steady.at - now) / steadyOver) : 0
    steady = { share: weight * (steady?.share ?? 0) + (1 - weight) * share, at: now }
    if (share >= 1) return { admitted: true }
    const classes = priorities.map((name) => amountsOf(demands, `${name}/`, now))
    const total = classes.flat().reduce(add, 0)
    let left = share * total
    let usual = steady.share * total
    for (const [index, amounts] of classes.entries()) {
      const asked = amounts.reduce(add, 0)
      if (priorities[index] !== priority) {
        left = Math.max(0, left - asked)
        usual = Math.max(0, usual - asked)
        continue
      }
      const most = evenShare(amounts, left)
      if (own <= Math.max(most, evenShare(amounts, usual)) || random() < most / own) return { admitted: true }
      const even = asked / amounts.length
      return {
        admitted: false,
        because: amounts.length > 1 && own > overEven * even ? 'over-share' : 'overloaded',
        retryAfter: retryAfter(expected, random),
      }
    }
    return { admitted: true }
  }
}

/**
 * The level up to which everybody can be served from `capacity`: who asks for less gets all of it.
 *
 * @example
 * evenShare([1, 2, 10], 7) // 4: 1 and 2 are served in full, the third gets what is left
 */
export const evenShare = (amounts: readonly number[], capacity: number): number => {
  let left = capacity
  const sorted = [...amounts].sort((a, b) => a - b)
  for (const [index, amount] of sorted.entries()) {
    const even = left / (sorted.length - index)
    if (amount > even) return even
    left -= amount
  }
  return Number.POSITIVE_INFINITY
}

/** Between half and one and a half of the time that work waits now, from one second to a minute. */
const retryAfter = (expected: Millis, random: () => number): number =>
  Math.min(60, Math.max(1, Math.round((0.5 + random()) * Math.max(2, expected / 1_000))))

const record = (demands: Map<string, Demand>, key: string, now: EpochMs): number => {
  const known = demands.get(key)
  if (known) {
    known.amount = faded(known, now) + 1
    known.at = now
    return known.amount
  }
  if (demands.size >= mostTenants) forgetQuietest(demands, now)
  demands.set(key, { amount: 1, at: now })
  return 1
}

/** Half of them go at once, so that the next ones do not each cost a search. */
const forgetQuietest = (demands: Map<string, Demand>, now: EpochMs): void => {
  const byAmount = [...demands].sort(([, a], [, b]) => faded(a, now) - faded(b, now))
  for (const [key] of byAmount.slice(0, Math.ceil(mostTenants / 2))) demands.delete(key)
}

/** A clock that was set back lets nothing grow. */
const faded = ({ amount, at }: Demand, now: EpochMs): number => amount * 0.5 ** (Math.max(0, now - at) / halfLife)

const amountsOf = (demands: ReadonlyMap<string, Demand>, prefix: string, now: EpochMs): number[] => {
  const amounts: number[] = []
  for (const [key, demand] of demands) if (key.startsWith(prefix)) amounts.push(faded(demand, now))
  return amounts
}

const add = (sum: number, amount: number): number => sum + amount

/** A tenant's name as a key of ours: whatever somebody calls itself, it takes no more room than this. */
const shortened = (tenant: string): string =>
  tenant.length <= 64 ? tenant : createHash('sha256').update(tenant).digest('hex')
