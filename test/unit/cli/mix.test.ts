import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogue, dearSku, fragileSku, soldOutSku } from '../../../cli/catalogue.ts'
import { type Kind, kinds, mixOf, type PlannedOrder } from '../../../cli/demo/mix.ts'
import { randomOf } from '../../../cli/demo/random.ts'
import { putProductBody } from '../../../events/http/inventory.ts'
import { placeOrderBody } from '../../../events/http/ordering.ts'
import { approvalAbove } from '../../../functions/ordering/decide.ts'

const plenty = catalogue.map(({ sku }) => sku).filter((sku) => sku !== soldOutSku && sku !== fragileSku)
const shelf = { plenty, soldOut: soldOutSku, fragile: fragileSku, dear: dearSku }
const mix = (orders: number, seed = 1) => mixOf({ orders, seed, shelf })
const kindsIn = (orders: readonly PlannedOrder[]) => new Set(orders.map(({ kind }) => kind))
const only = (kind: Kind, orders = mix(300)) => orders.filter((order) => order.kind === kind)

describe('the mix of the demonstration', () => {
  test('is the same for the same seed and another for another', () => {
    expect(mix(50, 7)).toEqual(mix(50, 7))
    expect(mix(50, 7)).not.toEqual(mix(50, 8))
  })

  test('has as many orders as were asked for, numbered from 0', () => {
    expect(mix(0)).toEqual([])
    expect(mix(37).map(({ index }) => index)).toEqual(Array.from({ length: 37 }, (_, i) => i))
  })

  test('has every kind from eleven orders on, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 11, max: 60 }), (seed, orders) => {
        expect(kindsIn(mix(orders, seed))).toEqual(new Set(Object.keys(kinds)))
      }),
      { numRuns: 50 },
    )
  })

  test('of one order confirms, and has the poison from two on', () => {
    expect(mix(1).map(({ kind }) => kind)).toEqual(['plain'])
    expect(kindsIn(mix(2))).toEqual(new Set(['plain', 'poison']))
  })

  test('has exactly one poison, the only order that names the fragile product', () => {
    const orders = mix(300)
    expect(only('poison', orders)).toHaveLength(1)
    expect(orders.filter(({ body }) => body.lines.some(({ sku }) => sku === fragileSku))).toHaveLength(1)
  })

  test('has one order above what goes on without an approval, approved by an operator', () => {
    const price = new Map(catalogue.map(({ sku, price }) => [sku, price.amount]))
    const above = (order: PlannedOrder) =>
      order.body.lines.reduce((sum, { sku, quantity }) => sum + price.get(sku)! * quantity, 0) > approvalAbove
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const large = mix(60, seed).filter(above)
        expect(large.map(({ kind, approved }) => [kind, approved])).toEqual([['large', true]])
      }),
      { numRuns: 50 },
    )
  })

  test('sends only what the public interface accepts', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const { body } of mix(40, seed)) expect(placeOrderBody.safeParse(body).success).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('asks for the sold-out product in the orders that shall be refused for it, and in no other', () => {
    const withIt = mix(300).filter(({ body }) => body.lines.some(({ sku }) => sku === soldOutSku))
    expect(withIt.length).toBeGreaterThan(3)
    expect(kindsIn(withIt)).toEqual(new Set(['sold out']))
  })

  test('sends a postcode that makes carriers fail only where the carrier shall fail', () => {
    expect(kindsIn(mix(300).filter(({ body }) => body.shipTo.postcode.startsWith('99')))).toEqual(
      new Set(['carrier fails at first']),
    )
  })

  test('cancels only what shall be cancelled', () => {
    expect(kindsIn(mix(300).filter(({ cancelAfterMs }) => cancelAfterMs !== undefined))).toEqual(new Set(['cancelled']))
    expect(only('cancelled').every(({ cancelAfterMs }) => cancelAfterMs !== undefined)).toBe(true)
  })

  test('comes near its shares in the long run', () => {
    const orders = mix(5_000)
    for (const [kind, { share }] of Object.entries(kinds)) {
      const found = (100 * only(kind as Kind, orders).length) / orders.length
      expect(Math.abs(found - share), kind).toBeLessThan(3)
    }
  })

  test('knows how each kind ends', () => {
    expect(Object.values(kinds).every(({ ends }) => ends.length > 0)).toBe(true)
    expect(Object.values(kinds).reduce((sum, { share }) => sum + share, 0)).toBe(100)
  })
})

describe('the catalogue', () => {
  test('is what the public interface accepts, each product once', () => {
    for (const { sku: _, ...body } of catalogue) expect(putProductBody.safeParse(body).success).toBe(true)
    expect(new Set(catalogue.map(({ sku }) => sku)).size).toBe(catalogue.length)
  })

  test('has nothing of the sold-out product and enough of every other', () => {
    for (const { sku, stock } of catalogue) {
      if (sku === soldOutSku) expect(stock).toBe(0)
      else expect(stock).toBeGreaterThan(100_000)
    }
  })
})

describe('seeded randomness', () => {
  test('stays within its bounds and reaches both', () => {
    const random = randomOf(3)
    const rolls = Array.from({ length: 2_000 }, () => random.between(1, 6))
    expect(new Set(rolls)).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  })

  test('shuffles without losing or doubling anything', () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const shuffled = randomOf(9).shuffled(items)
    expect(shuffled).not.toEqual(items)
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items)
  })
})
