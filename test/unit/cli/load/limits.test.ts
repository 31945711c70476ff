import { describe, expect, test } from 'vitest'
import { checkedTerms } from '../../../../cli/load/limits.ts'
import { profileNames } from '../../../../cli/load/profile.ts'

const wanted = { profile: 'steady', rate: 5, mix: 'usual' } as const

describe('a load', () => {
  test('lasts as its profile wants it, where nobody says', () => {
    expect(checkedTerms(wanted).millis).toBe(30_000)
    expect(checkedTerms({ ...wanted, profile: 'soak' }).millis).toBe(1_800_000)
    expect(checkedTerms({ ...wanted, for: 7_000 }).millis).toBe(7_000)
  })

  test.each(profileNames)('of five a second is possible as %s', (profile) => {
    expect(checkedTerms({ ...wanted, profile })).toMatchObject({ profile, rate: 5 })
  })

  test.each([
    [{ rate: 0 }, 'a rate of 0 requests a second'],
    [{ rate: -3 }, 'a rate of -3 requests a second'],
    [{ rate: Number.NaN }, 'a rate of NaN requests a second'],
    [{ rate: 1_001 }, 'a rate of 1001 requests a second'],
    [{ rate: Number.POSITIVE_INFINITY }, 'a rate of Infinity requests a second'],
    [{ for: 0 }, 'a load cannot last 0.0 s'],
    [{ for: -1 }, 'a load cannot last 0.0 s'],
    [{ for: Number.NaN }, 'a load cannot last NaN'],
    [{ for: 90_000_000 }, 'a load cannot last 1 d 1 h'],
    [{ rate: 1_000, for: 101_000 }, '101,000 requests are too many for one run'],
    [{ rate: 0.1, for: 1_000 }, 'less than one request'],
  ])('of %o is refused by name', (given, words) => {
    expect(() => checkedTerms({ ...wanted, ...given })).toThrow(words)
  })
})
