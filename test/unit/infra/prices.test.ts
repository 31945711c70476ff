import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  costOf,
  knownRegion,
  type PriceName,
  pricedRegions,
  priceOf,
  prices,
  totalOf,
} from '../../../infra/prices/prices.ts'

const names = Object.keys(prices) as PriceName[]

describe('the price list', () => {
  test.each(names)('says of %s what it costs where, since when, and who says so', (name) => {
    const { per, unit, usd, asOf, source, by = source, freePerMonth = 0 } = prices[name]
    expect(Object.keys(usd).sort()).toEqual([...pricedRegions].sort())
    for (const region of pricedRegions) expect(usd[region]).toBeGreaterThan(0)
    expect([1, 1_000, 10_000, 100_000, 1_000_000]).toContain(per)
    expect(unit.length).toBeGreaterThan(5)
    expect(new Date(asOf).toISOString().slice(0, 10)).toBe(asOf)
    expect(by === 'nobody' || URL.canParse(by), by).toBe(true)
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.+\/pricing\/$/)
    expect(freePerMonth).toBeGreaterThanOrEqual(0)
  })

  test('is in order, so that a price is found and entered once', () => {
    expect(names).toEqual([...names].sort())
  })

  test('says what is dearer where, as a check that no column was swapped', () => {
    for (const name of names)
      expect(priceOf(name, 'eu-central-1'), name).toBeGreaterThanOrEqual(priceOf(name, 'us-east-1'))
  })

  test('says whether it knows a region', () => {
    expect(knownRegion('us-east-1')).toBe('us-east-1')
    expect(knownRegion('ap-south-1')).toBeUndefined()
  })
})

describe('the cost of a use', () => {
  test('is units times price, the dearest first', () => {
    const charges = costOf({ 'lambda.request': 1_000_000, 'sqs.request': 2_000_000, 'dynamodb.write': 0 }, 'us-east-1')
    expect(charges.map(({ price }) => price)).toEqual(['sqs.request', 'lambda.request', 'dynamodb.write'])
    expect(charges.map(({ usd }) => Number(usd.toFixed(6)))).toEqual([0.8, 0.2, 0])
    expect(totalOf(charges)).toBeCloseTo(1)
  })

  test('grows with the use', () => {
    const use = fc.record({
      name: fc.constantFrom(...names),
      units: fc.nat(1e9),
      more: fc.integer({ min: 1, max: 1e9 }),
    })
    fc.assert(
      fc.property(use, fc.constantFrom(...pricedRegions), ({ name, units, more }, region) => {
        expect(totalOf(costOf({ [name]: units + more }, region))).toBeGreaterThan(
          totalOf(costOf({ [name]: units }, region)),
        )
      }),
    )
  })

  test('of nothing is nothing', () => {
    expect(costOf({}, 'eu-central-1')).toEqual([])
    expect(totalOf([])).toBe(0)
  })

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %s units', (units) => {
    expect(() => costOf({ 'sqs.request': units }, 'eu-central-1')).toThrow(`${units} is no quantity of sqs.request`)
  })

  test('refuses what has no price', () => {
    expect(() => costOf({ 'sqs.requests': 1 } as never, 'eu-central-1')).toThrow('price of sqs.requests')
  })
})
