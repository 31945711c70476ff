import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drain } from '../../../reactive/drain.ts'

describe('a backlog', () => {
  test.each([
    [900, 600, { is: 'draining', within: 20_000 }],
    [10, 1, { is: 'draining', within: 1_111 }],
    [600, 900, { is: 'growing', by: 30 }],
    [600, 600, { is: 'still' }],
    [600, 0, { is: 'empty' }],
    [0, 0, { is: 'empty' }],
    [0, 50, { is: 'growing', by: 5 }],
  ] as const)('of %i and ten seconds later of %i is %o', (before, after, expected) => {
    expect(drain({ waiting: before, at: 1_000 }, { waiting: after, at: 11_000 })).toEqual(expected)
  })

  test.each([
    [
      { waiting: 5, at: 10 },
      { waiting: 4, at: 10 },
    ],
    [
      { waiting: 5, at: 10 },
      { waiting: 4, at: 5 },
    ],
    [
      { waiting: Number.NaN, at: 10 },
      { waiting: 4, at: 50 },
    ],
    [
      { waiting: 5, at: 10 },
      { waiting: -4, at: 50 },
    ],
    [
      { waiting: 5, at: Number.NaN },
      { waiting: 4, at: 50 },
    ],
  ])('of %o and %o is unclear', (before, after) => expect(drain(before, after)).toEqual({ is: 'unclear' }))

  test('that shrinks at an even rate is gone when it was said to be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 500 }), (rest, perSecond) => {
        const after = drain({ waiting: rest + perSecond * 4, at: 0 }, { waiting: rest, at: 4_000 })
        expect(after).toEqual({ is: 'draining', within: Math.round((rest * 1_000) / perSecond) })
      }),
    )
  })
})
