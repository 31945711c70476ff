import { expect, test } from 'vitest'
import { shelf } from '../../../../cli/catalogue.ts'
import { withLinesInTurn } from '../../../../cli/cost/lines-in-turn.ts'
import { planOf } from '../../../../cli/load/mix.ts'

const arrivals = Array.from({ length: 81 }, (_, index) => index * 500)

test('has one, two and three lines in turn, two an order in all, whatever the seed', () => {
  for (const seed of [1, 2, 3]) {
    const counts = withLinesInTurn(planOf(arrivals, 'plain', seed)).map(({ body }) => body!.lines.length)
    expect(counts.slice(0, 4)).toEqual([1, 2, 3, 1])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * arrivals.length)
  }
})

test('names no product twice in an order, only such as there are plenty of, and each as often as any other', () => {
  const orders = withLinesInTurn(planOf(arrivals, 'plain', 1)).map(({ body }) => body!.lines.map(({ sku }) => sku))
  for (const skus of orders) expect(new Set(skus).size).toBe(skus.length)
  const counts = Map.groupBy(orders.flat(), (sku) => sku)
  expect([...counts.keys()].toSorted()).toEqual(shelf.plenty.toSorted())
  const often = [...counts.values()].map(({ length }) => length)
  expect(Math.max(...often) - Math.min(...often)).toBeLessThanOrEqual(3)
})

test('leaves everything else of the orders as it was', () => {
  const plan = planOf(arrivals, 'plain', 1)
  const without = (orders: ReturnType<typeof planOf>) => orders.map(({ body, ...rest }) => [rest, body?.payment])
  expect(without(withLinesInTurn(plan))).toEqual(without(plan))
})
