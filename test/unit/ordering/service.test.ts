import { describe, expect, test } from 'vitest'
import { orderId as orderIdWord } from '../../../events/vocabulary.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { project } from '../../../functions/ordering/projection.ts'
import { ordering } from '../../../functions/ordering/service.ts'
import type { Caller } from '../../../reactive/http-endpoint.ts'
import { fromIso } from '../../../reactive/time.ts'
import {
  aBody,
  at,
  cancelled,
  confirmed,
  memoryPrices,
  memoryStore,
  memoryViews,
  orderId,
  placed,
  priceList,
  refunded,
  refundRefused,
  refundRequested,
  rejected,
  requested,
  stream,
} from '../../support/ordering.ts'

const alice: Caller = { subject: 'alice', role: 'customer' }
const bob: Caller = { subject: 'bob', role: 'customer' }
const operator: Caller = { subject: 'olga', role: 'operator' }

const open = (...events: readonly OrderEvent[]) => {
  const store = memoryStore(stream(...events))
  const prices = memoryPrices()
  const views = memoryViews()
  let now = fromIso(at)
  const service = ordering({ store, prices, views, clock: () => now })
  /** What the projector would do by and by. */
  const catchUp = async () => {
    for (const change of [...store.streams.values()].flat().map(project)) if (change) await views.apply(change)
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { service, store, prices, views, catchUp, pass }
}
type Service = ReturnType<typeof open>['service']

const place = (service: Service, over: object = {}) => service.place({ caller: alice, body: aBody, ...over })
const idOf = (answer: object): string => (answer as { orderId: string }).orderId

describe('reviewing', () => {
  const large = { ...placed, data: { ...placed.data, approval: 'needed' as const } }
  const say = (service: Service, approved: boolean, id = orderId) =>
    service.review(operator, id, { approved, reason: 'We know them.' })

  test('notes who said what about an order that awaits it, once', async () => {
    const { service, store } = open(large)
    for (let time = 0; time < 3; time++)
      expect(await say(service, true)).toEqual({ orderId, status: 'placed', approval: 'approved' })
    expect((await store.load(orderId)).map(({ type }) => type)).toEqual(['placed', 'reviewed'])
    expect(await service.show(alice, orderId)).toMatchObject({ approval: 'approved' })
  })

  test('does not change its mind', async () => {
    const { service } = open(large)
    expect(await say(service, false)).toMatchObject({ approval: 'declined' })
    expect(await say(service, true)).toMatchObject({ refused: 'already-reviewed' })
  })

  test('is refused for an order that needs none or is not there', async () => {
    expect(await say(open(placed).service, true)).toMatchObject({ refused: 'no-review-needed' })
    expect(await say(open().service, true, 'nonsense')).toMatchObject({ refused: 'no-such-order' })
  })

  test('is shown as awaited until then', async () => {
    expect(await open(large).service.show(alice, orderId)).toMatchObject({ status: 'placed', approval: 'awaiting' })
  })
})

describe('refunding', () => {
  const ask = (service: Service, id = orderId) => service.refund(operator, id, 'The parcel was lost.')

  test('notes who wants the money of a confirmed order to go back, once', async () => {
    const { service, store } = open(placed, confirmed)
    for (let time = 0; time < 3; time++)
      expect(await ask(service)).toEqual({ orderId, status: 'confirmed', refund: 'requested' })
    const events = await store.load(orderId)
    expect(events).toHaveLength(3)
    expect(events[2]).toMatchObject(refundRequested)
  })

  test('notes it once when it is asked ten times at once', async () => {
    const { service, store } = open(placed, confirmed)
    await Promise.all(Array.from({ length: 10 }, () => ask(service)))
    expect(await store.load(orderId)).toHaveLength(3)
  })

  test('tells how it stands when it is asked again', async () => {
    expect(await ask(open(placed, confirmed, refundRequested, refunded).service)).toMatchObject({ refund: 'refunded' })
    expect(await ask(open(placed, confirmed, refundRequested, refundRefused).service)).toMatchObject({
      refund: 'refused',
    })
  })

  test('is refused for an order that is not confirmed or not there', async () => {
    expect(await ask(open(placed, rejected).service)).toMatchObject({ refused: 'not-confirmed' })
    expect(await ask(open().service)).toMatchObject({ refused: 'no-such-order' })
    expect(await ask(open().service, 'nonsense')).toMatchObject({ refused: 'no-such-order' })
  })
})

describe('placing', () => {
  test('records the order and answers with what it costs', async () => {
    const { service, store } = open()
    const answer = await place(service)
    expect(answer).toMatchObject({ status: 'placed', placedAt: at, total: { amount: 3_899, currency: 'EUR' } })
    expect(orderIdWord.safeParse(idOf(answer)).success).toBe(true)
    expect(await store.load(idOf(answer))).toMatchObject([
      {
        type: 'placed',
        sequence: 1,
        data: { customerId: 'alice', paymentToken: 'tok_ok' },
        cause: { at, correlationid: idOf(answer) },
      },
    ])
  })

  test('makes another order each time without a key', async () => {
    const { service, store } = open()
    await place(service)
    await place(service)
    expect(store.streams.size).toBe(2)
  })

  test('answers the same to the same key and body, later and at other prices', async () => {
    const { service, store, prices, pass } = open()
    const first = await place(service, { key: 'key-1' })
    pass(60_000)
    await prices.list({ sku: 'TEA-01', name: 'Tea', price: { amount: 9, currency: 'EUR' }, revision: 2 })
    expect(await place(service, { key: 'key-1' })).toEqual(first)
    expect(store.streams.size).toBe(1)
    expect(prices.asked).toHaveLength(1)
  })

  test('answers the same after the order has ended', async () => {
    const { service, store } = open()
    const first = await place(service, { key: 'key-1' })
    await store.append(idOf(first), 1, [confirmed], { at, correlationid: 'x' })
    expect(await place(service, { key: 'key-1' })).toEqual(first)
  })

  test('is refused with the same key and another body', async () => {
    const { service, store } = open()
    await place(service, { key: 'key-1' })
    const other = { ...aBody, payment: { token: 'tok_declined' } }
    expect(await place(service, { key: 'key-1', body: other })).toMatchObject({ refused: 'key-reused' })
    expect(store.streams.size).toBe(1)
  })

  test('does not mix up the keys of two customers', async () => {
    const { service, store } = open()
    await place(service, { key: 'key-1' })
    await place(service, { key: 'key-1', caller: bob })
    expect(store.streams.size).toBe(2)
  })

  test('makes one order of twenty requests at once with one key', async () => {
    const { service, store } = open()
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(service, { key: 'key-1' })))
    expect(store.streams.size).toBe(1)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await store.load(idOf(answers[0]!))).toHaveLength(1)
  })

  test('lets one of two bodies win that come at once with one key', async () => {
    const { service } = open()
    const other = { ...aBody, lines: [{ sku: 'TEA-01', quantity: 1 }] }
    const answers = await Promise.all([place(service, { key: 'k' }), place(service, { key: 'k', body: other })])
    expect(answers.filter((answer) => 'refused' in answer)).toHaveLength(1)
  })

  test('writes nothing when a product is unknown', async () => {
    const { service, store } = open()
    const body = { ...aBody, lines: [{ sku: 'NO-SUCH', quantity: 1 }] }
    expect(await place(service, { body, key: 'key-1' })).toMatchObject({ refused: 'unknown-product', lines: [0] })
    expect(store.streams.size).toBe(0)
  })

  test('does not remember a refusal: the same request succeeds once its product is listed', async () => {
    const { service, prices } = open()
    const body = { ...aBody, lines: [{ sku: 'NEW-01', quantity: 1 }] }
    await place(service, { body, key: 'key-1' })
    await prices.list({ sku: 'NEW-01', name: 'New', price: { amount: 5, currency: 'EUR' }, revision: 1 })
    expect(await place(service, { body, key: 'key-1' })).toMatchObject({ status: 'placed', total: { amount: 5 } })
  })

  test('keeps the trace that the client began', async () => {
    const { service, store } = open()
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const answer = await place(service, { traceparent })
    expect((await store.load(idOf(answer)))[0]?.cause.traceparent).toBe(traceparent)
  })
})

describe('cancelling', () => {
  test('is noted once, however often it is asked', async () => {
    const { service, store } = open(placed)
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.cancel(alice, orderId)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ orderId, status: 'placed', cancellation: 'requested' })]),
    )
    expect((await store.load(orderId)).map(({ type }) => type)).toEqual(['placed', 'cancellation-requested'])
  })

  test('names who asked', async () => {
    const { service, store } = open(placed)
    await service.cancel(operator, orderId)
    expect((await store.load(orderId))[1]).toMatchObject({ data: { requestedBy: 'olga' } })
  })

  test('is still answered when it has come true', async () => {
    const { service } = open(placed, requested, cancelled)
    expect(await service.cancel(alice, orderId)).toEqual({ orderId, status: 'cancelled', cancellation: 'requested' })
  })

  test.each([
    ['confirmed', [placed, confirmed], 'already-confirmed'],
    ['rejected', [placed, rejected], 'already-rejected'],
  ] as const)('is refused when the order is %s', async (_, events, refused) => {
    const { service, store } = open(...events)
    expect(await service.cancel(alice, orderId)).toMatchObject({ refused })
    expect(await store.load(orderId)).toHaveLength(2)
  })

  test.each([
    ['someone else’s order', bob, orderId],
    ['an order that does not exist', alice, 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb'],
    ['what cannot be an id', alice, '../../etc/passwd'],
  ])('answers %s as not there', async (_, caller, id) => {
    const { service, store } = open(placed)
    expect(await service.cancel(caller, id)).toMatchObject({ refused: 'no-such-order' })
    expect(await store.load(orderId)).toHaveLength(1)
  })
})

describe('showing', () => {
  test('tells the customer and an operator the same', async () => {
    const { service } = open(placed, confirmed)
    const shown = await service.show(alice, orderId)
    expect(shown).toMatchObject({ orderId, status: 'confirmed', trackingNumber: 'SW-1' })
    expect(await service.show(operator, orderId)).toEqual(shown)
  })

  test('tells of the order itself at once, though the views know nothing yet', async () => {
    const { service } = open()
    const id = idOf(await place(service))
    expect(await service.show(alice, id)).toMatchObject({ status: 'placed', timeline: [{ event: 'placed' }] })
  })

  test('tells what the saga did', async () => {
    const { service, views } = open(placed)
    await views.advance(orderId, 'fulfil-order', {
      revision: 1,
      at,
      phase: 'running',
      mode: 'forward',
      changes: [{ step: 'reserve-stock', to: 'sent', attempt: 1 }],
    })
    expect(await service.show(alice, orderId)).toMatchObject({
      timeline: [{ event: 'placed' }, { source: 'saga', event: 'sent', step: 'reserve-stock', attempt: 1 }],
    })
  })

  test('does not tell someone else whether an order exists', async () => {
    const { service } = open(placed)
    const foreign = await service.show(bob, orderId)
    const absent = await service.show(bob, 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb')
    expect(foreign).toMatchObject({ refused: 'no-such-order' })
    expect(JSON.stringify(absent).replaceAll('ord_bbbbbbbbbbbbbbbbbbbbbbbbbb', orderId)).toBe(JSON.stringify(foreign))
  })
})

describe('listing', () => {
  const withOrders = async () => {
    const opened = open()
    for (const [index, caller] of [alice, bob, alice, alice, bob, alice].entries()) {
      opened.pass(index === 3 ? 0 : 1_000)
      await place(opened.service, { caller, key: `key-${index}` })
    }
    await opened.catchUp()
    return opened
  }
  const walk = async (service: Service, over: object, limit: number) => {
    const seen: { orderId: string; placedAt: string; customerId: string }[] = []
    let cursor: string | undefined
    do {
      const page = await service.list({ caller: alice, limit, ...over, ...(cursor ? { cursor } : {}) })
      if ('refused' in page) throw new Error(page.because)
      expect(page.items.length).toBeLessThanOrEqual(limit)
      seen.push(...page.items)
      cursor = page.next
    } while (cursor)
    return seen
  }

  test.each([1, 2, 3, 100])('shows each own order once, the newest first, in pages of %i', async (limit) => {
    const { service } = await withOrders()
    const seen = await walk(service, {}, limit)
    expect(seen).toHaveLength(4)
    expect(new Set(seen.map(({ orderId }) => orderId)).size).toBe(4)
    expect(seen.every(({ customerId }) => customerId === 'alice')).toBe(true)
    const times = seen.map(({ placedAt }) => placedAt)
    expect(times).toEqual(times.toSorted().reverse())
  })

  test('shows an operator everyone’s', async () => {
    const { service } = await withOrders()
    expect(await walk(service, { caller: operator }, 4)).toHaveLength(6)
  })

  test('shows an operator one customer’s', async () => {
    const { service } = await withOrders()
    const seen = await walk(service, { caller: operator, customer: 'bob' }, 10)
    expect(seen.map(({ customerId }) => customerId)).toEqual(['bob', 'bob'])
  })

  test('shows a customer nobody else’s, whatever is asked', async () => {
    const { service } = await withOrders()
    expect(await service.list({ caller: alice, limit: 10, customer: 'bob' })).toMatchObject({ refused: 'not-allowed' })
    expect(await walk(service, { customer: 'alice' }, 10)).toHaveLength(4)
  })

  test('gives nothing away through another one’s cursor', async () => {
    const { service } = await withOrders()
    const first = await service.list({ caller: bob, limit: 1 })
    const cursor = 'next' in first ? first.next : undefined
    const page = await service.list({ caller: alice, limit: 10, cursor })
    expect('items' in page && page.items.every(({ customerId }) => customerId === 'alice')).toBe(true)
  })

  test('refuses a cursor that was made up', async () => {
    const { service } = await withOrders()
    expect(await service.list({ caller: alice, limit: 10, cursor: 'bogus' })).toMatchObject({ refused: 'bad-cursor' })
  })
})

test('the price list goes on where its page ended', async () => {
  const { service } = open()
  const first = await service.prices(2)
  expect(first.items.map(({ sku }) => sku)).toEqual(['CUP-03', 'POT-02'])
  const second = await service.prices(2, first.next)
  expect(second).toEqual({ items: [{ sku: 'TEA-01', revision: 1, ...priceList['TEA-01'] }] })
})
