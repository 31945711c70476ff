import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ArrivalTerms, arrivalsOf, spacings } from '../../../../cli/load/arrivals.ts'
import { expectedArrivals, legsOf, profileNames, profiles, type Stretch } from '../../../../cli/load/profile.ts'

const terms = (given: Partial<ArrivalTerms> = {}): ArrivalTerms => ({
  profile: 'steady',
  rate: 10,
  millis: 10_000,
  spacing: 'poisson',
  seed: 1,
  ...given,
})
const anyTerms = fc.record({
  profile: fc.constantFrom(...profileNames),
  rate: fc.double({ min: 0.5, max: 200, noNaN: true }),
  millis: fc.integer({ min: 1_000, max: 30_000 }),
  spacing: fc.constantFrom(...spacings),
  seed: fc.nat(),
})
const within = (arrivals: readonly number[], from: number, to: number) =>
  arrivals.filter((at) => at >= from && at < to).length

describe('a profile', () => {
  test.each(profileNames)('%s fills its time and never exceeds the rate', (name) => {
    const stretches: readonly Stretch[] = profiles[name].stretches
    const shares = stretches.flatMap(({ from, to }) => [from, to])
    expect(stretches.reduce((sum, { time }) => sum + time, 0)).toBeCloseTo(1)
    expect(Math.max(...shares)).toBe(1)
    expect(Math.min(...shares)).toBeGreaterThan(0)
  })

  test('is laid out without gaps', () => {
    const legs = legsOf('spike', 40, 10_000)
    expect(legs.map(({ begin, end }) => [begin, end])).toEqual([
      [0, 4_000],
      [4_000, 6_000],
      [6_000, 10_000],
    ])
    expect(legs.map(({ expected }) => expected)).toEqual([40, 80, 40])
  })

  test('counts the average of a slope', () => {
    // 0.8 of the time at 0.55 of the rate on average, and 0.2 at all of it.
    expect(expectedArrivals('ramp', 10, 10_000)).toBeCloseTo(64)
  })
})

describe('arrivals', () => {
  test('of even spacing come at equal distances, none of them at the very start', () => {
    expect(arrivalsOf(terms({ rate: 2, millis: 2_000, spacing: 'even' }))).toEqual([250, 750, 1_250, 1_750])
  })

  test('are the same for the same seed, and others for another', () => {
    expect(arrivalsOf(terms({ seed: 7 }))).toEqual(arrivalsOf(terms({ seed: 7 })))
    expect(arrivalsOf(terms({ seed: 7 }))).not.toEqual(arrivalsOf(terms({ seed: 8 })))
  })

  test('lie within the time, in order', () => {
    fc.assert(
      fc.property(anyTerms, (given) => {
        const arrivals = arrivalsOf(given)
        expect(arrivals.every((at) => at >= 0 && at <= given.millis)).toBe(true)
        expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  test('of even spacing are as many as the profile expects, to one', () => {
    fc.assert(
      fc.property(anyTerms, (given) => {
        const expected = expectedArrivals(given.profile, given.rate, given.millis)
        expect(Math.abs(arrivalsOf({ ...given, spacing: 'even' }).length - expected)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
    )
  })

  test.each(profileNames)('of a Poisson process are as many as %s expects, within what chance explains', (profile) => {
    const given = terms({ profile, rate: 500, millis: 20_000 })
    const expected = expectedArrivals(profile, given.rate, given.millis)
    expect(Math.abs(arrivalsOf(given).length - expected)).toBeLessThan(5 * Math.sqrt(expected))
  })

  test('follow each other as chance has it: gaps are exponential', () => {
    const arrivals = arrivalsOf(terms({ rate: 100, millis: 100_000 }))
    const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    expect(mean).toBeGreaterThan(9.5)
    expect(mean).toBeLessThan(10.5)
    // The coefficient of variation of an exponential distribution is one; of even spacing, nothing.
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95)
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05)
    // And the share of gaps longer than the mean is 1/e.
    expect(gaps.filter((gap) => gap > mean).length / gaps.length).toBeCloseTo(1 / Math.E, 1)
  })

  test('crowd where the profile is high', () => {
    const arrivals = arrivalsOf(terms({ profile: 'spike', rate: 200, millis: 10_000, spacing: 'even' }))
    expect(within(arrivals, 4_000, 6_000)).toBe(400)
    expect(within(arrivals, 0, 4_000)).toBe(200)
  })

  test('of a ramp become denser, evenly', () => {
    const arrivals = arrivalsOf(terms({ profile: 'ramp', rate: 100, millis: 10_000, spacing: 'even' }))
    // Over eight seconds from 10 to 100 a second: in the first one on average 15.6, in the last 94.4.
    expect(within(arrivals, 0, 1_000)).toBeGreaterThanOrEqual(15)
    expect(within(arrivals, 0, 1_000)).toBeLessThanOrEqual(17)
    expect(within(arrivals, 7_000, 8_000)).toBeGreaterThanOrEqual(93)
    expect(within(arrivals, 7_000, 8_000)).toBeLessThanOrEqual(96)
  })
})
