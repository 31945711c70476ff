import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newOrderId } from '../../functions/ordering/identity.ts'
import type { Prices } from '../../functions/ordering/prices.ts'
import { type Advance, project } from '../../functions/ordering/projection.ts'
import type { Views } from '../../functions/ordering/views.ts'
import { fromIso, iso } from '../../reactive/time.ts'
import { at, confirmed, placed, refusedCard, rejected } from './ordering.ts'

const euros = (amount: number) => ({ amount, currency: 'EUR' })
const newSku = () => `S-${randomBytes(6).toString('hex').toUpperCase()}`

/** What every price list promises, whatever keeps it. */
export const pricesSuite = (name: string, open: () => Prices) =>
  describe(name, () => {
    test('finds what is listed and leaves out what is not', async () => {
      const prices = open()
      const [one, other] = [newSku(), newSku()]
      await prices.list({ sku: one, name: 'One', price: euros(100), revision: 1 })
      expect(await prices.find([one, other])).toEqual({ [one]: { name: 'One', price: euros(100) } })
      expect(await prices.find([])).toEqual({})
    })

    test('finds all the products of the largest order', async () => {
      const prices = open()
      const skus = Array.from({ length: 50 }, newSku)
      await Promise.all(skus.map((sku) => prices.list({ sku, name: sku, price: euros(1), revision: 1 })))
      expect(Object.keys(await prices.find(skus)).sort()).toEqual([...skus].sort())
    })

    test('keeps the highest revision, however late the others come', async () => {
      const prices = open()
      const sku = newSku()
      for (const revision of [2, 1, 3, 2, 3]) {
        await prices.list({ sku, name: `Revision ${revision}`, price: euros(revision), revision })
      }
      expect(await prices.find([sku])).toEqual({ [sku]: { name: 'Revision 3', price: euros(3) } })
    })

    test('shows each entry once, page by page', async () => {
      const prices = open()
      const skus = Array.from({ length: 7 }, newSku)
      for (const sku of skus) await prices.list({ sku, name: 'Paged', price: euros(5), revision: 4 })
      const seen: string[] = []
      let next: string | undefined
      do {
        const page = await prices.page(3, next)
        expect(page.items.length).toBeLessThanOrEqual(3)
        seen.push(...page.items.map(({ sku }) => sku))
        next = page.next
      } while (next)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toEqual(expect.arrayContaining(skus))
    })
  })

const advance = (revision: number, over: Partial<Advance> = {}): Advance => ({
  revision,
  at,
  phase: 'running',
  mode: 'forward',
  changes: [{ step: 'reserve-stock', to: 'sent', attempt: 1 }],
  ...over,
})

/** What every read model promises, whatever keeps it. */
export const viewsSuite = (name: string, open: () => Views) =>
  describe(name, () => {
    const customer = () => `customer-${randomBytes(6).toString('hex')}`
    const place = async (views: Views, customerId: string, second: number, orderId = newOrderId()) => {
      const data = { ...placed.data, customerId }
      const cause = { at: iso(fromIso(at) + second * 1_000), correlationid: orderId }
      await views.apply(project({ type: 'placed', data, orderId, sequence: 1, cause })!)
      return orderId
    }
    const end = (views: Views, orderId: string, event: typeof rejected) =>
      views.apply(project({ ...event, orderId, sequence: 2, cause: { at, correlationid: orderId } })!)

    test('shows an order as it was placed', async () => {
      const views = open()
      const customerId = customer()
      const orderId = await place(views, customerId, 0)
      expect(await views.page({ customerId }, 10)).toEqual({
        items: [{ orderId, customerId, status: 'placed', placedAt: at, total: placed.data.total }],
      })
    })

    test('shows how it ended, also when the end came first', async () => {
      const views = open()
      const customerId = customer()
      const [first, second] = [newOrderId(), await place(views, customerId, 1)]
      await end(views, first, rejected)
      await place(views, customerId, 0, first)
      await end(views, second, confirmed)
      expect((await views.page({ customerId }, 10)).items).toMatchObject([
        { orderId: second, status: 'confirmed' },
        { orderId: first, status: 'rejected', reason: refusedCard },
      ])
    })

    test('does not list an order of which only the end, or the saga, is known', async () => {
      const views = open()
      const orderId = newOrderId()
      await end(views, orderId, rejected)
      await views.advance(orderId, 'fulfil-order', advance(1))
      const { items } = await views.page('everyone', 100)
      expect(items.map((item) => item.orderId)).not.toContain(orderId)
    })

    test('walks a customer’s orders from the newest to the oldest, each once', async () => {
      const views = open()
      const customerId = customer()
      // Two of them in the same millisecond.
      const placedOrders = []
      for (const second of [1, 3, 3, 2, 5]) placedOrders.push(await place(views, customerId, second))
      await place(views, customer(), 4)
      const seen: string[] = []
      let before: string | undefined
      do {
        const page = await views.page({ customerId }, 2, before)
        seen.push(...page.items.map(({ orderId }) => orderId))
        before = page.next
      } while (before)
      expect(seen.toSorted()).toEqual(placedOrders.toSorted())
      expect(seen[0]).toBe(placedOrders[4])
      expect(seen.at(-1)).toBe(placedOrders[0])
    })

    test('walks everyone’s orders in one sequence, whatever shard they are in', async () => {
      const views = open()
      const mine = new Set<string>()
      for (let second = 0; second < 20; second++) mine.add(await place(views, customer(), 3_600 + second))
      const seen: { orderId: string; placedAt: string }[] = []
      let before: string | undefined
      do {
        const page = await views.page('everyone', 7, before)
        seen.push(...page.items)
        before = page.next
      } while (before)
      const found = seen.filter(({ orderId }) => mine.has(orderId))
      expect(found).toHaveLength(20)
      const times = seen.map(({ placedAt }) => placedAt)
      expect(times).toEqual(times.toSorted().reverse())
    })

    test('notes each advance once and tells them by revision', async () => {
      const views = open()
      const orderId = newOrderId()
      expect(await views.advance(orderId, 'fulfil-order', advance(2))).toBe('noted')
      expect(await views.advance(orderId, 'fulfil-order', advance(1))).toBe('noted')
      expect(await views.advance(orderId, 'fulfil-order', advance(2))).toBe('known')
      expect((await views.history(orderId)).map(({ revision }) => revision)).toEqual([1, 2])
    })

    test('gives a slot to the higher revision and never back', async () => {
      const views = open()
      const orderId = newOrderId()
      await views.advance(orderId, 'fulfil-order', advance(1))
      expect(await views.advance(orderId, 'fulfil-order', advance(4_097))).toBe('noted')
      expect(await views.advance(orderId, 'fulfil-order', advance(1))).toBe('known')
      expect((await views.history(orderId)).map(({ revision }) => revision)).toEqual([4_097])
    })

    test('gives back an advance as it was noted', async () => {
      const views = open()
      const orderId = newOrderId()
      const full = advance(3, { phase: 'ended', mode: 'compensating', outcome: 'undone', because: refusedCard })
      await views.advance(orderId, 'fulfil-order', full)
      expect(await views.history(orderId)).toEqual([{ ...full, definition: 'fulfil-order' }])
    })

    test('has no history of an order that nobody knows', async () =>
      expect(await open().history(newOrderId())).toEqual([]))
  })
