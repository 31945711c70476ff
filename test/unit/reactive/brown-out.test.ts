import { describe, expect, test } from 'vitest'
import type { Shared } from '../../../reactive/admission-store.ts'
import { brownOut } from '../../../reactive/brown-out.ts'
import { open } from '../../../reactive/regulator.ts'

const start = 1_800_000_000_000
const shared = (over: Partial<Shared> = {}): Shared => ({
  regulation: { ...open(start), level: 2 },
  revision: 1,
  readings: [],
  off: undefined,
  ...over,
})

const looking = (answer: () => Shared) => {
  const state = { now: start, looks: 0 }
  const level = brownOut(
    {
      look: async () => {
        state.looks++
        return answer()
      },
    },
    () => state.now,
  )
  return { state, level }
}

describe('what is switched off', () => {
  test('is what the regulator found', async () => expect(await looking(() => shared()).level()).toBe(2))

  test('is looked at once a second', async () => {
    const { state, level } = looking(() => shared())
    await Promise.all([level(), level()])
    state.now += 999
    await level()
    expect(state.looks).toBe(1)
    state.now += 1
    await level()
    expect(state.looks).toBe(2)
    state.now -= 3_600_000
    await level()
    expect(state.looks).toBe(3)
  })

  test.each([
    ['nothing was found yet', shared({ regulation: undefined })],
    ['an operator has opened the door', shared({ off: { until: start + 1, reason: 'a drill' } })],
    ['it was found long ago', shared({ regulation: { ...open(start - 15_001), level: 2 } })],
    ['it was found by a clock far ahead', shared({ regulation: { ...open(start + 15_001), level: 2 } })],
  ])('is nothing when %s', async (_, found) => expect(await looking(() => found).level()).toBe(0))

  test('is nothing when the table cannot be read', async () => {
    const { level } = looking(() => {
      throw new Error('throttled')
    })
    expect(await level()).toBe(0)
  })
})
