import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { latenciesOf } from '../../../../cli/load/latencies.ts'

/** The value at a rank, which HdrHistogram rounds to the nearest. */
const exact = (values: readonly number[], percent: number) =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.floor((percent / 100) * values.length + 0.5) - 1)]!

describe('latencies', () => {
  test('of nothing are nothing', () => {
    expect(latenciesOf().spans()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 })
  })

  test('keep what one slow request in fifty does', () => {
    const spans = latenciesOf([...Array(98).fill(10), 5_000, 5_000]).spans()
    expect(spans).toMatchObject({ count: 100, p50: 10, p90: 10 })
    expect(Math.abs(spans.p99 - 5_000)).toBeLessThan(5)
  })

  test('are right to three figures from a microsecond to an hour', () => {
    const columns = { 50: 'p50', 90: 'p90', 99: 'p99', 99.9: 'p999' } as const
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_600_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(50, 90, 99, 99.9),
        (micros, percent) => {
          const seen = latenciesOf(micros.map((one) => one / 1_000)).spans()[columns[percent as keyof typeof columns]]
          const expected = exact(micros, percent) / 1_000
          // One part in a thousand of the histogram, and the rounding of what is shown.
          expect(Math.abs(seen - expected)).toBeLessThanOrEqual(expected * 0.001 + (expected < 99 ? 0.051 : 0.51))
        },
      ),
    )
  })

  test('take what is impossible for the nearest that is possible', () => {
    expect(latenciesOf([-5, 0]).spans()).toMatchObject({ count: 2, max: 0 })
    expect(latenciesOf([10 * 86_400_000]).spans().max).toBeLessThanOrEqual(86_500_000)
  })

  test('grow as they are recorded', () => {
    const latencies = latenciesOf()
    latencies.record(20)
    expect(latencies.spans().count).toBe(1)
    latencies.record(40)
    expect(latencies.spans()).toMatchObject({ count: 2, mean: 30 })
  })
})
