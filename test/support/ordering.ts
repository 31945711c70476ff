import type { PlaceOrderBody, Price } from '../../events/http/ordering.ts'
import type { Command, PriceList } from '../../functions/ordering/decide.ts'
import type { Fact, OrderEvent, Recorded } from '../../functions/ordering/events.ts'
import type { Prices } from '../../functions/ordering/prices.ts'
import type { Advance, View } from '../../functions/ordering/projection.ts'
import { definitionIn, slotFor } from '../../functions/ordering/projection.ts'
import { idOf, placeOf } from '../../functions/ordering/published.ts'
import type { EventStore } from '../../functions/ordering/store.ts'
import { pageFrom, type Views } from '../../functions/ordering/views.ts'
import { fromIso, iso } from '../../reactive/time.ts'

export const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
export const at = '2026-11-21T14:00:00.000Z'

export const shipTo = {
  name: 'Alice Example',
  street: '1 High Street',
  city: 'Leeds',
  postcode: 'LS1 1AA',
  country: 'GB',
}

export const priceList: PriceList = {
  'TEA-01': { name: 'Breakfast tea', price: { amount: 450, currency: 'EUR' } },
  'POT-02': { name: 'Teapot', price: { amount: 2_999, currency: 'EUR' } },
  'CUP-03': { name: 'Cup', price: { amount: 700, currency: 'GBP' } },
}

export const aBody: PlaceOrderBody = {
  lines: [
    { sku: 'TEA-01', quantity: 2 },
    { sku: 'POT-02', quantity: 1 },
  ],
  payment: { token: 'tok_ok' },
  shipTo,
}

export const placing = (over: Partial<Extract<Command, { type: 'place' }>> = {}): Command => ({
  type: 'place',
  customerId: 'alice',
  lines: aBody.lines,
  paymentToken: 'tok_ok',
  shipTo,
  fingerprint: 'print-1',
  prices: priceList,
  ...over,
})

export const placed: Fact<'placed'> = {
  type: 'placed',
  data: {
    customerId: 'alice',
    lines: [
      { sku: 'TEA-01', name: 'Breakfast tea', quantity: 2, price: { amount: 450, currency: 'EUR' } },
      { sku: 'POT-02', name: 'Teapot', quantity: 1, price: { amount: 2_999, currency: 'EUR' } },
    ],
    total: { amount: 3_899, currency: 'EUR' },
    paymentToken: 'tok_ok',
    shipTo,
    fingerprint: 'print-1',
  },
}
export const requested: OrderEvent = { type: 'cancellation-requested', data: { requestedBy: 'alice' } }
export const confirmed: OrderEvent = {
  type: 'confirmed',
  data: {
    customerId: 'alice',
    lines: aBody.lines,
    total: { amount: 3_899, currency: 'EUR' },
    carrier: 'swift',
    trackingNumber: 'SW-1',
  },
}
export const refusedCard = { code: 'card-declined', message: 'The card was declined.' }
export const refundRequested: OrderEvent = {
  type: 'refund-requested',
  data: {
    requestedBy: 'olga',
    amount: { amount: 3_899, currency: 'EUR' },
    reason: { code: 'refund-requested', message: 'The parcel was lost.' },
  },
}
export const refunded: OrderEvent = {
  type: 'refunded',
  data: { customerId: 'alice', amount: { amount: 3_899, currency: 'EUR' }, refundId: 'ref_1' },
}
export const refundRefused: OrderEvent = {
  type: 'refund-refused',
  data: { customerId: 'alice', reason: { code: 'exceeds-capture', message: 'Nothing is left to refund.' } },
}
export const rejected: OrderEvent = { type: 'rejected', data: { customerId: 'alice', reason: refusedCard } }
export const onRequest = { code: 'cancelled', message: 'Cancelled at your request.' }
export const cancelled: OrderEvent = { type: 'cancelled', data: { customerId: 'alice', reason: onRequest } }

/** Events as a stream, one second apart. */
export const stream = (...events: readonly OrderEvent[]): Recorded[] =>
  events.map((event, index) => ({
    ...event,
    orderId,
    sequence: index + 1,
    cause: { at: iso(fromIso(at) + index * 1_000), correlationid: orderId },
  }))

/** Streams in memory, as strict as the table: one of those who append at the same length wins. */
export const memoryStore = (given: readonly Recorded[] = []) => {
  const streams = new Map<string, Recorded[]>()
  const unheard = new Map<string, number>()
  for (const event of given) streams.set(event.orderId, [...(streams.get(event.orderId) ?? []), event])

  const store: EventStore = {
    load: async (id) => structuredClone(streams.get(id) ?? []),
    append: async (id, length, events, cause) => {
      const known = streams.get(id) ?? []
      // As in the table, a gap would not be noticed by the condition; asserting it here finds who leaves one.
      if (length > known.length) throw new Error(`${id} has ${known.length} events, not ${length}`)
      if (length < known.length) return 'conflict'
      const added = events.map((event, index) => ({ ...event, orderId: id, sequence: length + 1 + index, cause }))
      streams.set(id, structuredClone([...known, ...added]))
      for (const event of added) unheard.set(idOf(event), fromIso(cause.at))
      return 'appended'
    },
    markHeard: async (place) => void unheard.delete(idOf(place)),
    unheard: async (since) =>
      [...unheard]
        .filter(([, time]) => time < since)
        .sort(([, a], [, b]) => a - b)
        .map(([id]) => placeOf(id)!),
    postpone: async (place, time) => {
      if (unheard.has(idOf(place))) unheard.set(idOf(place), time)
    },
  }
  return Object.assign(store, { streams })
}

export const memoryPrices = (given: PriceList = priceList) => {
  const entries = new Map<string, Price>(
    Object.entries(given).map(([sku, entry]) => [sku, { sku, revision: 1, ...entry }]),
  )
  const asked: string[][] = []
  const prices: Prices = {
    find: async (skus) => {
      asked.push([...skus])
      const found = skus.flatMap((sku) => entries.get(sku) ?? [])
      return Object.fromEntries(found.map(({ sku, name, price }) => [sku, { name, price }]))
    },
    list: async (entry) => {
      if ((entries.get(entry.sku)?.revision ?? 0) < entry.revision) entries.set(entry.sku, entry)
    },
    page: async (limit, after = '') => {
      const rest = [...entries.values()].filter(({ sku }) => sku > after).sort((a, b) => (a.sku < b.sku ? -1 : 1))
      const items = rest.slice(0, limit)
      return { items, ...(rest.length > limit ? { next: items.at(-1)!.sku } : {}) }
    },
  }
  return Object.assign(prices, { asked })
}

export const memoryViews = () => {
  const views = new Map<string, Partial<View>>()
  const slots = new Map<string, Map<string, Advance>>()
  const port: Views = {
    apply: async ({ orderId: id, set, initially = {} }) => {
      views.set(id, { orderId: id, ...initially, ...views.get(id), ...set })
    },
    advance: async (id, definition, advance) => {
      const own = slots.get(id) ?? new Map<string, Advance>()
      slots.set(id, own)
      const slot = slotFor(definition, advance)
      if ((own.get(slot)?.revision ?? 0) >= advance.revision) return 'known'
      own.set(slot, advance)
      return 'noted'
    },
    history: async (id) =>
      [...(slots.get(id) ?? [])]
        .map(([slot, advance]) => ({ ...advance, definition: definitionIn(slot) }))
        .sort((a, b) => a.revision - b.revision),
    page: async (scope, limit, before) => {
      const indexed = [...views.values()].filter((view): view is View => view.position !== undefined)
      const visible = indexed.filter(({ customerId }) => scope === 'everyone' || customerId === scope.customerId)
      return pageFrom(
        visible.filter(({ position }) => !before || position < before),
        limit,
      )
    },
  }
  return Object.assign(port, { views })
}
