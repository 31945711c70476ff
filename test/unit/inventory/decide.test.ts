import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StockRefused } from '../../../events/inventory.ts'
import type { Line } from '../../../events/vocabulary.ts'
import {
  decideListing,
  decideRepair,
  decideReservation,
  mergeLines,
  unitsOf,
} from '../../../functions/inventory/decide.ts'
import { readEntry, readShelves } from '../../../functions/inventory/stock.ts'
import { aProduct, aSheet, at, euros, orderId } from '../../support/inventory.ts'

const stockOf = (...items: { sku: string }[]) => new Map<string, unknown>(items.map((item) => [item.sku, item]))
const someLines = fc.array(
  fc.record({ sku: fc.constantFrom('A1', 'B2', 'C3', 'D4'), quantity: fc.integer({ min: 1, max: 1_000 }) }),
  { minLength: 1, maxLength: 50 },
)

describe('merging lines', () => {
  test('adds the quantities of a SKU that stands on several lines', () => {
    expect(
      mergeLines([
        { sku: 'B2', quantity: 1 },
        { sku: 'A1', quantity: 2 },
        { sku: 'B2', quantity: 3 },
      ]),
    ).toEqual([
      { sku: 'A1', quantity: 2 },
      { sku: 'B2', quantity: 4 },
    ])
  })

  test('loses no unit, names no SKU twice and forgets the order of the lines', () => {
    fc.assert(
      fc.property(someLines, (lines) => {
        const merged = mergeLines(lines)
        const units = (of: readonly Line[]) => of.reduce((sum, { quantity }) => sum + quantity, 0)
        expect(units(merged)).toBe(units(lines))
        expect(new Set(merged.map(({ sku }) => sku)).size).toBe(merged.length)
        expect(mergeLines([...lines].reverse())).toEqual(merged)
        expect(mergeLines(merged)).toEqual(merged)
      }),
    )
  })
})

describe('deciding on a reservation', () => {
  test('reserves when every line is covered, to the last unit', () => {
    const lines = [
      { sku: 'A1', quantity: 10 },
      { sku: 'B2', quantity: 3 },
    ]
    expect(decideReservation(lines, stockOf(aProduct('A1'), aProduct('B2')))).toEqual({ decision: 'reserve' })
  })

  test('counts committed units as unavailable', () => {
    const stock = stockOf(aProduct('A1', { stock: 10, committed: 8 }))
    expect(decideReservation([{ sku: 'A1', quantity: 3 }], stock)).toMatchObject({
      decision: 'refuse',
      reason: { code: 'out-of-stock', message: 'Only 2 of Breakfast tea are in stock.' },
      missing: [{ sku: 'A1', requested: 3, available: 2 }],
    })
  })

  test('refuses the whole order for one line that is short, and names only that', () => {
    const stock = stockOf(aProduct('A1'), aProduct('B2', { stock: 0, name: 'Teapot' }))
    const lines = [
      { sku: 'A1', quantity: 1 },
      { sku: 'B2', quantity: 1 },
    ]
    expect(decideReservation(lines, stock)).toEqual({
      decision: 'refuse',
      reason: { code: 'out-of-stock', message: 'Teapot is out of stock.' },
      missing: [{ sku: 'B2', requested: 1, available: 0 }],
    })
  })

  test('refuses what is not sold here', () => {
    const lines = [
      { sku: 'A1', quantity: 99 },
      { sku: 'ZZ', quantity: 1 },
    ]
    expect(decideReservation(lines, stockOf(aProduct('A1')))).toMatchObject({
      reason: { code: 'unknown-product', message: 'We do not sell ZZ.' },
      missing: [{ sku: 'A1' }, { sku: 'ZZ', available: 0 }],
    })
  })

  test.each([
    ['a text', { available: 'twelve' }, /available: .*number/],
    ['a fraction', { committed: 1.5 }, /committed: /],
    ['less than nothing', { committed: -1 }, /committed: /],
    ['nothing at all', { initial: undefined }, /initial: /],
    ['units reserved and sold apart', { committed: undefined, reserved: 0, sold: 0 }, /committed: /],
    ['a sum that does not add up', { available: 9 }, /sum/],
  ])('neither reserves nor refuses on %s', (_, members, because) => {
    const stock = stockOf({ ...aProduct('A1'), ...members })
    const decided = decideReservation([{ sku: 'A1', quantity: 1_000 }], stock)
    expect(decided).toMatchObject({ decision: 'damaged', sku: 'A1', because: expect.stringMatching(because) })
  })

  test('speaks of a product by its SKU when its name is damaged', () => {
    const stock = stockOf({ ...aProduct('A1', { stock: 0 }), name: 7 } as never)
    expect(decideReservation([{ sku: 'A1', quantity: 1 }], stock)).toMatchObject({
      reason: { message: 'A1 is out of stock.' },
    })
  })

  test('always refuses in words and figures that the reply may carry', () => {
    const aName = fc.string({ minLength: 1, maxLength: 120 })
    const skus = Array.from({ length: 50 }, (_, index) => `SKU-${String(index).padStart(28, '0')}`)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), aName, fc.boolean(), (length, name, known) => {
        const lines = skus.slice(0, length).map((sku) => ({ sku, quantity: 50_000 }))
        const stock = stockOf(...lines.map(({ sku }) => aProduct(sku, { name, stock: 40_000 })))
        const decided = decideReservation(lines, known ? stock : new Map())
        if (decided.decision !== 'refuse') throw new Error('it must be refused')
        const { reason, missing } = decided
        expect(missing).toHaveLength(length)
        expect(StockRefused.schema.safeParse({ orderId, reason, missing }).error).toBeUndefined()
      }),
    )
  })

  test('decides by comparison alone: covered exactly when no line is short', () => {
    fc.assert(
      fc.property(someLines, fc.nat({ max: 3_000 }), fc.nat({ max: 3_000 }), (lines, one, other) => {
        const available: Record<string, number> = { A1: one, B2: other, C3: 500, D4: 0 }
        const merged = mergeLines(lines)
        const stock = stockOf(...Object.entries(available).map(([sku, stock]) => aProduct(sku, { stock })))
        const short = merged.filter(({ sku, quantity }) => quantity > available[sku]!)
        const decided = decideReservation(merged, stock)
        expect(decided.decision).toBe(short.length === 0 ? 'reserve' : 'refuse')
        if (decided.decision === 'refuse')
          expect(decided.missing.map(({ sku }) => sku)).toEqual(short.map(({ sku }) => sku))
      }),
    )
  })
})

describe('deciding on a listing', () => {
  const found = aProduct('A1', { stock: 10, committed: 5 })

  test('creates what is not there, all of it available', () => {
    expect(decideListing('A1', undefined, aSheet, at)).toEqual({
      do: 'create',
      item: {
        sku: 'A1',
        name: 'Breakfast tea',
        price: euros(450),
        revision: 1,
        listedAt: '2026-11-21T14:00:00.000Z',
        changes: 1,
        initial: 10,
        available: 10,
        committed: 0,
      },
    })
  })

  test('does nothing when all is as stated', () => {
    expect(decideListing('A1', found, aSheet, at + 1_000)).toEqual({ do: 'nothing' })
  })

  test('raises the revision when customers see something else', () => {
    const relisted = decideListing('A1', found, { ...aSheet, price: euros(460) }, at + 1_000)
    expect(relisted).toMatchObject({
      do: 'change',
      from: { revision: 1, initial: 10 },
      change: { revision: 2, listedAt: '2026-11-21T14:00:01.000Z', price: euros(460), difference: 0 },
    })
    expect(decideListing('A1', found, { ...aSheet, name: 'Tea' }, at)).toMatchObject({ change: { revision: 2 } })
    const dollars = { ...aSheet, price: { amount: 450, currency: 'USD' } }
    expect(decideListing('A1', found, dollars, at)).toMatchObject({ change: { revision: 2 } })
  })

  test('moves units without a new revision', () => {
    expect(decideListing('A1', found, { ...aSheet, stock: 25 }, at + 1_000)).toMatchObject({
      do: 'change',
      change: { revision: 1, listedAt: '2026-11-21T14:00:00.000Z', difference: 15 },
    })
    expect(decideListing('A1', found, { ...aSheet, stock: 5 }, at)).toMatchObject({ change: { difference: -5 } })
  })

  test('refuses fewer units than are committed', () => {
    expect(decideListing('A1', found, { ...aSheet, stock: 4 }, at)).toEqual({
      do: 'refuse',
      because: 'below-committed',
      committed: 5,
    })
  })

  test.each([
    ['shelves', { available: 'twelve' }],
    ['price', { price: 4.5 }],
    ['revision', { revision: 'first' }],
    ['count of changes', { changes: undefined }],
  ])('repairs a damaged %s, even when nothing else is to change', (_, members) => {
    expect(decideListing('A1', { ...found, ...members }, aSheet, at)).toEqual({ do: 'repair' })
  })
})

describe('repairing a stock item', () => {
  const committed = 5
  const damaged = { ...aProduct('A1', { revision: 7, changes: 30 }), available: 'twelve', committed: 99 }

  test('counts units from the reservations, not from the record', () => {
    const repair = decideRepair('A1', damaged, { ...aSheet, stock: 12 }, committed, at)
    expect(repair).toMatchObject({
      do: 'replace',
      item: { initial: 12, available: 7, committed, revision: 8, changes: 31, name: 'Breakfast tea' },
    })
  })

  test('leaves a record that can be read', () => {
    const broken = fc.oneof(fc.constant(undefined), fc.string(), fc.double(), fc.constant(null), fc.integer())
    fc.assert(
      fc.property(fc.record({ revision: broken, changes: broken, available: broken }), (members) => {
        const repair = decideRepair('A1', { ...damaged, ...members }, aSheet, committed, at)
        if (repair.do !== 'replace') throw new Error('ten units are enough')
        expect(readShelves(repair.item).sound).toBe(true)
        expect(readEntry(repair.item).sound).toBe(true)
      }),
    )
  })

  test('goes on above every revision that was given when the last is lost', () => {
    const repair = decideRepair('A1', { ...damaged, revision: 'seven' }, aSheet, committed, at)
    expect(repair).toMatchObject({ item: { revision: at / 1_000 } })
  })

  test('refuses fewer units than the reservations hold', () => {
    expect(decideRepair('A1', damaged, { ...aSheet, stock: 4 }, committed, at)).toEqual({
      do: 'refuse',
      because: 'below-committed',
      committed,
    })
  })

  test('counts the units of one SKU only', () => {
    const lines = [
      { sku: 'A1', quantity: 2 },
      { sku: 'B2', quantity: 5 },
    ]
    expect(unitsOf('A1', lines)).toBe(2)
    expect(unitsOf('A1', [...lines, { sku: 'A1', quantity: 1 }])).toBe(3)
    expect(unitsOf('C3', lines)).toBe(0)
  })
})
