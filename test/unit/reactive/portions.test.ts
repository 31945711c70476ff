import fc from 'fast-check'
import { expect, test } from 'vitest'
import { portionsOf, portionsWithin } from '../../../reactive/portions.ts'

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

test('portions with room for so much hold no more, unless one item is more, and none could have gone into the one before', () => {
  const room = { items: 4, bytes: 10 }
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 15 })), (sizes) => {
      const portions = portionsWithin(sizes, room, (size) => size)
      expect(portions.flat()).toEqual(sizes)
      portions.forEach((portion, index) => {
        expect(portion.length).toBeLessThanOrEqual(room.items)
        if (portion.length > 1) expect(sum(portion)).toBeLessThanOrEqual(room.bytes)
        const before = portions[index - 1]
        if (before && before.length < room.items) expect(sum(before) + portion[0]!).toBeGreaterThan(room.bytes)
      })
    }),
  )
})
