import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, emptyBucket, merge, percentileOf, statisticOf, tooFewFor } from '../../../local/watch/statistic.ts'

const bucketOf = (...values: number[]) => {
  const bucket = emptyBucket()
  for (const value of values) add(bucket, value)
  return bucket
}

describe('a statistic', () => {
  test.each([
    ['Sum', 10],
    ['Average', 2.5],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p75', 3],
    ['p99', 4],
    ['TC(:2)', 2],
    ['TC(:0)', 0],
    ['PR(:3)', 75],
    ['p0', 1],
    ['p100', 4],
  ])('%s of 1, 2, 3, 4 is %d', (statistic, expected) => {
    expect(statisticOf(statistic, bucketOf(4, 2, 3, 1))).toBe(expected)
  })
  test('of nothing is missing, not zero', () => {
    for (const statistic of ['Sum', 'SampleCount', 'p99']) expect(statisticOf(statistic, emptyBucket())).toBeUndefined()
  })
  test('counts a value as often as it came', () => {
    const bucket = bucketOf(900)
    add(bucket, 20, 99)
    expect(statisticOf('p99', bucket)).toBe(20)
    expect(statisticOf('p99.9', bucket)).toBe(900)
    expect(statisticOf('Sum', bucket)).toBe(2_880)
    expect(statisticOf('SampleCount', bucket)).toBe(100)
  })
  test.each(['tm99', 'IQM', 'TC(2:)', 'WM(10:90)', 'p101', 'sum', ''])("'%s' is refused by name", (statistic) => {
    expect(() => statisticOf(statistic, bucketOf(1))).toThrow(`The statistic '${statistic}' is not evaluated here`)
  })
  test('reads the digits of a percentile', () => {
    expect([percentileOf('p99'), percentileOf('p99.95'), percentileOf('Average')]).toEqual([99, 99.95, undefined])
  })
})

test('merging periods gives what one period would have', () => {
  const values = fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(values, { maxLength: 5 }), (periods) => {
      const merged = merge(periods.map((period) => bucketOf(...period)))
      const whole = bucketOf(...periods.flat())
      for (const statistic of ['Sum', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p90', 'p99'])
        expect(statisticOf(statistic, merged)).toEqual(statisticOf(statistic, whole))
    }),
  )
})

test('few values are too few for a high percentile, and never for a sum', () => {
  const few = bucketOf(...Array.from({ length: 100 }, (_, index) => index))
  expect(tooFewFor('p99', few)).toBe(true)
  expect(tooFewFor('p90', few)).toBe(false)
  expect(tooFewFor('p1', few)).toBe(true)
  expect(tooFewFor('Sum', few)).toBe(false)
})
