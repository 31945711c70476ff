import fc from 'fast-check'
import { expect, test } from 'vitest'
import { portionsOf } from '../../../reactive/portions.ts'

test('portions are full but for the last, and together everything in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 12 }), (items, most) => {
      const portions = portionsOf(items, most)
      expect(portions.flat()).toEqual(items)
      for (const portion of portions.slice(0, -1)) expect(portion).toHaveLength(most)
      for (const portion of portions.slice(-1)) expect(portion.length).toBeGreaterThan(0)
    }),
  )
})

test('nothing has no portions', () => {
  expect(portionsOf([], 3)).toEqual([])
})
