import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visited } from './visited.ts'
import { type Budget, purseOf } from './world.ts'

const kinds = ['crash', 'duplicate', 'rival', 'word'] as const
const none = Object.fromEntries(['silence', 'cancel'].map((kind) => [kind, 0]))
const budgets = fc
  .record({ crash: fc.nat(7), duplicate: fc.nat(7), rival: fc.nat(7), word: fc.nat(7) })
  .map((left) => ({ ...none, ...left }) as Budget)
const most = { ...none, crash: 7, duplicate: 7, rival: 7, word: 7 } as Budget

describe('a purse', () => {
  const { of, covers } = purseOf(most)

  test('covers another when it has as much of everything', () => {
    fc.assert(
      fc.property(budgets, budgets, (left, other) => {
        expect(covers(of(left), of(other))).toBe(kinds.every((kind) => left[kind] >= other[kind]))
      }),
    )
  })

  test('is refused where it would not fit', () => {
    expect(() => purseOf({ ...most, crash: 8 })).toThrow(/seven of each/)
    expect(() => purseOf({ ...most, silence: 1, cancel: 1, loss: 1, act: 1 })).toThrow(/seven kinds/)
  })
})

describe('a world', () => {
  const { of, covers } = purseOf(most)
  const rich = of({ ...most, crash: 2, duplicate: 1 })
  const poor = of({ ...most, crash: 1, duplicate: 1 })
  const other = of({ ...most, crash: 1, duplicate: 2 })

  test('is known where it was visited with as much left or more, and new with more of anything', () => {
    const known = visited(covers)
    const id = known.add(42, rich, -1)
    expect([known.find(42, rich), known.find(42, poor), known.find(42, other), known.find(43, poor)]).toEqual([
      id,
      id,
      -1,
      -1,
    ])
  })

  test('is found among many by each purse that it was visited with', () => {
    const known = visited(covers)
    const worlds = 150_000
    const hashOf = (index: number) =>
      (Math.imul(index, 0x9e3779b1) >>> 0) * 2 ** 21 + (Math.imul(index, 0x85ebca6b) >>> 11)
    for (let index = 0; index < worlds; index += 1) {
      known.add(hashOf(index), poor, -1)
      if (index % 2 === 0) known.add(hashOf(index), other, -1)
    }
    for (let index = 0; index < worlds; index += 997) {
      const hash = hashOf(index)
      expect(known.is(known.find(hash, poor), hash, poor)).toBe(true)
      expect(known.find(hash, other) >= 0).toBe(index % 2 === 0)
      expect(known.find(hash, rich)).toBe(-1)
    }
  })
})
