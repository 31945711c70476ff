import { describe, expect, test } from 'vitest'
import { parse } from '../../../events/envelope.ts'
import { ProductListed } from '../../../events/inventory.ts'
import { listingOf } from '../../../functions/inventory/listing.ts'
import { aProduct, euros } from '../../support/inventory.ts'

const before = { ...aProduct('A1') }

describe('what a change of stock tells the others', () => {
  test('announces a new product, under an id that its revision makes', () => {
    const [message, ...more] = listingOf({ after: before })
    expect(more).toEqual([])
    expect(message).toMatchObject({
      id: 'A1/1',
      type: 'inventory.ProductListed.v1',
      source: '/inventory',
      subject: 'A1',
      correlationid: 'A1',
      time: '2026-11-21T14:00:00.000Z',
      data: { sku: 'A1', name: 'Breakfast tea', price: euros(450), revision: 1 },
    })
    expect(parse(JSON.stringify(message), [ProductListed]).ok).toBe(true)
  })

  test('announces every later revision', () => {
    const after = { ...before, price: euros(460), revision: 2, listedAt: '2026-11-22T09:00:00.000Z' }
    expect(listingOf({ before, after })).toMatchObject([{ id: 'A1/2', data: { price: euros(460) } }])
  })

  test('says the same each time it is asked', () => {
    expect(listingOf({ after: before })).toEqual(listingOf({ after: before }))
  })

  test.each([
    ['units are reserved', { available: 8, committed: 2, changes: 2 }],
    ['shelves are damaged', { available: 'twelve' }],
  ])('is silent when only %s', (_, members) => {
    expect(listingOf({ before, after: { ...before, ...members } })).toEqual([])
  })

  test('is silent when a product goes or a revision falls', () => {
    expect(listingOf({ before })).toEqual([])
    expect(listingOf({ before: { ...before, revision: 3 }, after: before })).toEqual([])
  })

  test('announces the revision that ends a damaged one', () => {
    const repaired = { ...before, revision: 1_795_000_000 }
    expect(listingOf({ before: { ...before, revision: 'three' }, after: repaired })).toHaveLength(1)
  })

  test('refuses to announce what cannot be read, once', () => {
    const broken = { ...before, revision: 2, price: 'dear' }
    expect(() => listingOf({ before, after: broken })).toThrow(
      expect.objectContaining({ code: 'damaged-stock-record' }),
    )
    expect(listingOf({ before: broken, after: { ...broken, available: 3 } })).toEqual([])
  })
})
