import { describe, expect, test } from 'vitest'
import { carrierTerms, decideShipment, refusalOf } from '../../../functions/shipping/decide.ts'

const decide = (country: string, postcode: string, ...quantities: number[]) =>
  decideShipment({
    orderId: 'ord_0123456789abcdef',
    lines: quantities.map((quantity, index) => ({ sku: `TEA-0${index}`, quantity })),
    shipTo: { name: 'Alice', street: 'High Street 1', city: 'Bath', postcode, country },
  })
const carrier = (country: string, postcode: string, ...quantities: number[]) => {
  const plan = decide(country, postcode, ...quantities)
  return plan.plan === 'call' ? plan.intent.carrier : plan.reason.code
}

describe('the carrier', () => {
  test('is swift for a small parcel where swift delivers', () => {
    expect(carrier('DE', '10115', 2)).toBe('swift')
    expect(carrier('NL', '1011', 20)).toBe('swift')
  })

  test('is steady where only steady delivers', () => {
    expect(carrier('GB', 'BA1', 2)).toBe('steady')
    expect(carrier('US', '94103', 2)).toBe('steady')
  })

  test('is steady for a large parcel, counted over all lines', () => {
    expect(carrier('DE', '10115', 20)).toBe('swift')
    expect(carrier('DE', '10115', 20, 1)).toBe('steady')
  })

  test.each([
    ['DE', '27498', 'steady'],
    ['DE', '99084', 'steady'],
    ['DE', '98527', 'swift'],
    ['FR', '20000', 'steady'],
    ['NL', '9911', 'steady'],
    ['AT', '8010', 'swift'],
    ['NL', '2000', 'swift'],
  ])('at %s %s is %s', (country, postcode, expected) => {
    expect(carrier(country, postcode, 1)).toBe(expected)
  })

  test('is none where nobody delivers, said with the country', () => {
    expect(decide('AQ', '1', 1)).toEqual({
      plan: 'refuse',
      reason: { code: 'country-not-served', message: 'We do not ship to AQ.' },
    })
  })

  test('is none for a parcel that is too large for all', () => {
    expect(carrier('DE', '10115', 1_000, 49_001)).toBe('too-large')
  })

  test('takes any order that the contracts allow to the countries that it serves', () => {
    const mostUnits = Math.max(...carrierTerms.map((terms) => terms.mostUnits))
    expect(mostUnits).toBeGreaterThanOrEqual(50 * 1_000)
  })

  test('is recorded with all that a repetition needs', () => {
    expect(decide('DE', '10115', 2)).toEqual({
      plan: 'call',
      intent: {
        carrier: 'swift',
        lines: [{ sku: 'TEA-00', quantity: 2 }],
        shipTo: { name: 'Alice', street: 'High Street 1', city: 'Bath', postcode: '10115', country: 'DE' },
      },
    })
  })
})

test('a refusal keeps its code and gets a customer’s words', () => {
  expect(refusalOf({ code: 'undeliverable', message: 'E-17' })).toEqual({
    code: 'undeliverable',
    message: 'The carrier does not deliver to this address.',
  })
  expect(refusalOf({ code: 'other', message: 'E-18' })).toEqual({ code: 'other', message: 'E-18' })
})
