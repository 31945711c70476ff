import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, iso, seconds } from '../../../reactive/time.ts'

const written = (at: number) => new Date(at).toISOString()

describe('a moment in RFC 3339', () => {
  test('is what Date writes, whenever it is and whatever was written before', () => {
    const most = 8_640_000_000_000_000
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: -most, max: most }),
          fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 3) }),
          fc.double({ min: -1e12, max: 2e12, noNaN: true }),
        ),
        (at) => {
          expect(iso(at)).toBe(written(at))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['the first one', 0],
    ['the one before it', -1],
    ['the last one of a day', days(20_000) - 1],
    ['the first one of a day', days(20_000)],
    ['one in the year 10000', Date.UTC(10_000, 0, 1, 2, 3, 4, 5)],
    ['one before the year 0', Date.UTC(-1, 0, 1)],
    ['a tenth of a second', seconds(1) + 100],
  ])('is right at the edges: %s', (_, at) => expect(iso(at)).toBe(written(at)))

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('is refused where it is none: %s', (at) => {
    expect(() => iso(at)).toThrow(RangeError)
    expect(iso(Date.UTC(2026, 0, 1))).toBe('2026-01-01T00:00:00.000Z')
  })
})
