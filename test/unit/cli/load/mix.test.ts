import { describe, expect, test } from 'vitest'
import { customers, mixes, mixNames, type Planned, planOf } from '../../../../cli/load/mix.ts'
import { placeOrderBody } from '../../../../events/http/ordering.ts'

const arrivals = Array.from({ length: 2_000 }, (_, index) => index * 10)
const shareOf = (plan: readonly Planned[], wish: string) =>
  plan.filter((planned) => planned.wish === wish).length / plan.length

describe('a mix', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(planOf(arrivals, 'usual', 3)).toEqual(planOf(arrivals, 'usual', 3))
    expect(planOf(arrivals, 'usual', 3)).not.toEqual(planOf(arrivals, 'usual', 4))
  })

  test('keeps the arrivals as they are', () => {
    const plan = planOf([5, 90, 91.5], 'usual', 1)
    expect(plan.map(({ index, at }) => [index, at])).toEqual([
      [0, 5],
      [1, 90],
      [2, 91.5],
    ])
  })

  test.each(mixNames)('%s comes in its shares', (name) => {
    const plan = planOf(arrivals, name, 1)
    const shares = Object.entries(mixes[name].shares) as [string, number][]
    const all = shares.reduce((sum, [, share]) => sum + share, 0)
    for (const [wish, share] of shares) expect(Math.abs(shareOf(plan, wish) - share / all), wish).toBeLessThan(0.05)
    expect(new Set(plan.map(({ wish }) => wish))).toEqual(new Set(shares.map(([wish]) => wish)))
  })

  test('orders what the API takes', () => {
    for (const { body } of planOf(arrivals.slice(0, 300), 'usual', 5))
      expect(placeOrderBody.safeParse(body).success).toBe(true)
  })

  test('needs nobody to stand by: nothing has to be approved, repaired or cancelled', () => {
    const wishes = planOf(arrivals, 'usual', 1).map(({ wish }) => wish as string)
    for (const kind of ['large', 'poison', 'cancelled']) expect(wishes).not.toContain(kind)
  })

  test('comes from every customer', () => {
    expect(new Set(planOf(arrivals, 'plain', 1).map(({ customer }) => customer))).toEqual(new Set(customers))
  })

  test('looks without a body', () => {
    const looks = planOf(arrivals, 'browsing', 1).filter(({ wish }) => wish === 'products' || wish === 'own orders')
    expect(looks.length).toBeGreaterThan(1_500)
    expect(looks.every(({ body }) => body === undefined)).toBe(true)
  })
})
