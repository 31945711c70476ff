import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { learn, noRhythm, type PhiTerms, phi, type Rhythm, suspectedAfter } from '../../../reactive/phi-accrual.ts'

const terms: PhiTerms = { window: 100, least: 5, leastDeviation: 10 }

const learnt = (times: readonly number[], its: PhiTerms = terms): Rhythm =>
  times.reduce((rhythm, time) => learn(rhythm, time, its), noRhythm)

/** Mean 1,000, deviation 100. */
const steady = learnt(Array.from({ length: 100 }, (_, index) => (index % 2 ? 1_100 : 900)))

describe('the suspicion', () => {
  test.each([
    [1_000, 0.5],
    [1_100, 0.158655],
    [1_200, 0.02275],
    [1_300, 0.00135],
  ])('after %i ms of silence is what the normal distribution says', (silence, probability) => {
    expect(10 ** -phi(steady, silence, terms)).toBeCloseTo(probability, 3)
  })

  test('is none while too little is known', () => {
    expect(phi(learnt([10, 10, 10, 10]), 60_000, terms)).toBe(0)
    expect(phi(noRhythm, 60_000, { ...terms, least: 0 })).toBe(0)
  })

  test('is none before anything is missing', () => {
    for (const silence of [0, -5, Number.NaN]) expect(phi(steady, silence, terms)).toBe(0)
  })

  test('stays a number however long the silence', () => {
    const long = phi(steady, 10 * 24 * 3_600_000, terms)
    expect(Number.isFinite(long)).toBe(true)
    expect(long).toBeGreaterThan(1_000)
  })

  test('never falls while the silence lasts', () => {
    const rhythms = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 5, maxLength: 50 })
    fc.assert(
      fc.property(rhythms, fc.nat(100_000), fc.nat(100_000), (times, silence, more) => {
        const rhythm = learnt(times)
        expect(phi(rhythm, silence + more, terms)).toBeGreaterThanOrEqual(phi(rhythm, silence, terms))
      }),
    )
  })

  test('comes later with an unsteady partner than with a steady one of the same mean', () => {
    const unsteady = learnt(Array.from({ length: 100 }, (_, index) => (index % 2 ? 1_900 : 100)))
    expect(phi(unsteady, 2_000, terms)).toBeLessThan(phi(steady, 2_000, terms) / 10)
  })

  test('takes nobody for steadier than the least deviation', () => {
    const clockwork = learnt(Array.from({ length: 50 }, () => 1_000))
    expect(phi(clockwork, 1_001, terms)).toBeLessThan(0.5)
    expect(phi(clockwork, 1_100, terms)).toBeGreaterThan(8)
  })
})

describe('a rhythm', () => {
  test('forgets what is older than its window', () => {
    const slowed = learnt([...Array(100).fill(10), ...Array(100).fill(5_000)])
    expect(slowed.times).toHaveLength(100)
    expect(phi(slowed, 5_000, terms)).toBeCloseTo(0.3, 1)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('learns nothing from %d, which is no time', (time) => {
    expect(learn(steady, time, terms)).toBe(steady)
  })

  test('keeps its sums right however long it runs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 300 }), (times) => {
        const { times: kept, sum, sumOfSquares } = learnt(times)
        expect(kept).toEqual(times.slice(-100))
        expect(sum).toBe(kept.reduce((all, each) => all + each, 0))
        expect(sumOfSquares).toBe(kept.reduce((all, each) => all + each * each, 0))
      }),
    )
  })
})

describe('a timeout that is learnt', () => {
  test('is where the suspicion reaches its threshold', () => {
    for (const threshold of [1, 3, 8, 12]) {
      const after = suspectedAfter(steady, threshold, terms)!
      expect(phi(steady, after, terms)).toBeGreaterThanOrEqual(threshold)
      expect(phi(steady, after - 2, terms)).toBeLessThan(threshold)
    }
  })

  test('is not there while too little is known', () => {
    expect(suspectedAfter(learnt([10, 10]), 8, terms)).toBeUndefined()
    expect(suspectedAfter(noRhythm, 8, { ...terms, least: 0 })).toBeUndefined()
  })
})
