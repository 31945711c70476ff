import { randomOf } from '../demo/random.ts'
import { type Leg, legsOf, type ProfileName } from './profile.ts'

export type Spacing = 'poisson' | 'even'
export const spacings: readonly Spacing[] = ['poisson', 'even']

export type ArrivalTerms = {
  readonly profile: ProfileName
  /** Arrivals a second at the profile's highest. */
  readonly rate: number
  readonly millis: number
  readonly spacing: Spacing
  readonly seed: number
}

/**
 * When requests arrive, in milliseconds from the start and in order. It is known before the first is sent: customers do
 * not wait for each other's answers, so a slow system meets the same arrivals as a quick one (an open model).
 *
 * Arrivals are made in a time in which one comes a second, and carried over into real time through the profile's
 * cumulative rate: what is a Poisson process there is one here, with the rate of every moment.
 *
 * @see E. Çinlar, Introduction to Stochastic Processes (1975), on time change of a Poisson process; B. Schroeder,
 * A. Wierman, M. Harchol-Balter, Open Versus Closed: A Cautionary Tale (NSDI 2006)
 *
 * @example
 * arrivalsOf({ profile: 'steady', rate: 2, millis: 2_000, spacing: 'even', seed: 1 }) // [250, 750, 1250, 1750]
 */
export const arrivalsOf = ({ profile, rate, millis, spacing, seed }: ArrivalTerms): number[] => {
  const legs = legsOf(profile, rate, millis)
  const random = randomOf(seed)
  // The complement keeps the logarithm finite: the source may say 0, never 1.
  const gap = spacing === 'even' ? () => 1 : () => -Math.log(1 - random.next())
  const arrivals: number[] = []
  let counted = spacing === 'even' ? 0.5 : gap()
  let passed = 0
  for (const leg of legs) {
    for (; counted < passed + leg.expected; counted += gap()) arrivals.push(timeOf(leg, counted - passed))
    passed += leg.expected
  }
  return arrivals
}

/** When a leg has brought so many arrivals: the root of `from·t + (to − from)·t²/2T = count`. */
const timeOf = ({ begin, end, from, to }: Leg, count: number): number => {
  const seconds = (end - begin) / 1_000
  const slope = (to - from) / seconds
  // The form without cancellation, which is also right for a slope of zero.
  const root = (2 * count) / (from + Math.sqrt(from * from + 2 * slope * count))
  return begin + Math.min(root, seconds) * 1_000
}
