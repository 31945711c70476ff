import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderId } from '../../../events/vocabulary.ts'
import { fingerprintOf, newOrderId, orderIdFor } from '../../../functions/ordering/identity.ts'
import { aBody } from '../../support/ordering.ts'

describe('an order’s id', () => {
  test('is valid for whatever customer and key', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1, maxLength: 255 }), (subject, key) => {
        expect(orderId.safeParse(orderIdFor(subject, key)).success).toBe(true)
      }),
    ))

  test('is the same for the same customer and key', () =>
    expect(orderIdFor('alice', 'key-1')).toBe(orderIdFor('alice', 'key-1')))

  test.each([
    ['another key', orderIdFor('alice', 'key-2')],
    ['another customer', orderIdFor('bob', 'key-1')],
    ['a letter that moved from customer to key', orderIdFor('alic', 'ekey-1')],
  ])('differs with %s', (_, other) => expect(other).not.toBe(orderIdFor('alice', 'key-1')))

  test('is new each time without a key, and valid', () => {
    const ids = Array.from({ length: 100 }, () => newOrderId())
    expect(new Set(ids).size).toBe(100)
    expect(ids.every((id) => orderId.safeParse(id).success)).toBe(true)
  })

  test('spends every random bit', () => {
    const bits = (byte: number, value: number) => (count: number) => {
      const bytes = new Uint8Array(count)
      bytes[byte] = value
      return bytes
    }
    const ids = Array.from({ length: 16 }, (_, byte) => [1, 128].map((value) => newOrderId(bits(byte, value)))).flat()
    expect(new Set(ids).size).toBe(32)
  })
})

describe('a fingerprint', () => {
  test('does not see in which order members were written', () => {
    const { lines, payment, shipTo } = aBody
    const reversed = Object.fromEntries(Object.entries(shipTo).reverse())
    expect(fingerprintOf({ shipTo: reversed, payment, lines })).toBe(fingerprintOf({ lines, payment, shipTo }))
  })

  test('does not see an absent member that is undefined', () =>
    expect(fingerprintOf({ a: 1, b: undefined })).toBe(fingerprintOf({ a: 1 })))

  test.each([
    ['a quantity', { ...aBody, lines: [{ sku: 'TEA-01', quantity: 3 }, aBody.lines[1]] }],
    ['the order of lines', { ...aBody, lines: [...aBody.lines].reverse() }],
    ['a token', { ...aBody, payment: { token: 'tok_declined' } }],
    ['an address', { ...aBody, shipTo: { ...aBody.shipTo, city: 'York' } }],
  ])('sees a change of %s', (_, other) => expect(fingerprintOf(other)).not.toBe(fingerprintOf(aBody)))

  test('tells structures apart that look alike when written in a row', () => {
    const alike = [{ a: ['b', 'c'] }, { a: ['b,c'] }, { a: 'b,c' }, { 'a:b': 'c' }, { a: null }, { a: 'null' }, {}]
    expect(new Set(alike.map(fingerprintOf)).size).toBe(alike.length)
  })
})
