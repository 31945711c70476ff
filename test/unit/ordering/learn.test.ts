import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DataOf } from '../../../events/contract.ts'
import { seal } from '../../../events/envelope.ts'
import { ProductListed } from '../../../events/inventory.ts'
import { OrderConfirmed } from '../../../events/ordering.ts'
import { SagaAdvanced } from '../../../events/saga.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { type Fact, orderingFacts } from '../../../functions/ordering/learn.ts'
import { idOf, published } from '../../../functions/ordering/published.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { fromIso } from '../../../reactive/time.ts'
import {
  at,
  cancelled,
  confirmed,
  memoryPrices,
  memoryStore,
  memoryViews,
  orderId,
  placed,
  refunded,
  refundRefused,
  refundRequested,
  rejected,
  requested,
  stream,
} from '../../support/ordering.ts'

const listed = (revision: number, amount: number) =>
  seal(ProductListed({ sku: 'TEA-01', name: `Tea ${revision}`, price: { amount, currency: 'EUR' }, revision }), {
    id: `TEA-01/${revision}`,
    source: '/inventory',
    subject: 'TEA-01',
    time: at,
    correlationid: 'TEA-01',
  })

type Advance = DataOf<typeof SagaAdvanced>
const advanced = (revision: number, over: Partial<Advance> = {}) => {
  const data: Advance = {
    sagaId: `fulfil-order:${orderId}`,
    definition: 'fulfil-order',
    version: 1,
    subject: orderId,
    revision,
    at,
    phase: 'running',
    mode: 'forward',
    changes: [revision === 1 ? { step: 'saga', to: 'started' } : { step: `step-${revision}`, to: 'done', attempt: 1 }],
    ...over,
  }
  return seal(SagaAdvanced(data), {
    id: `${data.sagaId}/${revision}`,
    source: '/saga',
    subject: data.subject,
    time: at,
    correlationid: data.subject,
  })
}

const open = async (...events: readonly OrderEvent[]) => {
  const store = memoryStore()
  await store.append(orderId, 0, [placed, ...events], stream(placed)[0]!.cause)
  const ports = { prices: memoryPrices({}), views: memoryViews(), store }
  const unheard = async () => (await store.unheard(fromIso(at) + 1)).map(idOf)
  return { ...ports, learn: orderingFacts(ports), unheard }
}

describe('the price list', () => {
  test('has the highest revision, whatever the order and number of deliveries', async () => {
    const all = [listed(1, 100), listed(2, 200), listed(3, 300)]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...all, ...all], { minLength: 4 }), async (delivered) => {
        const { learn, prices } = await open()
        for (const message of delivered) await learn(message)
        const highest = Math.max(...delivered.map(({ data }) => data.revision))
        expect((await prices.page(10)).items).toMatchObject([{ revision: highest, price: { amount: highest * 100 } }])
      }),
    )
  })
})

describe('the saga’s history', () => {
  test('keeps sagas about one order apart', async () => {
    const { learn, views } = await open()
    await learn(advanced(1))
    await learn(advanced(1, { definition: 'refund-order', sagaId: `refund-order:${orderId}` }))
    expect((await views.history(orderId)).map(({ definition }) => definition)).toEqual(['fulfil-order', 'refund-order'])
  })

  test('is complete and in order, whatever the order and number of deliveries', async () => {
    const all = [1, 2, 3, 4, 5].map((revision) => advanced(revision))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...all, ...all], { minLength: 10 }), async (delivered) => {
        const { learn, views } = await open()
        for (const message of delivered) await learn(message)
        expect((await views.history(orderId)).map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5])
      }),
    )
  })

  test('of a saga that waits for weeks keeps what happened, and not how often it looked at its clock', async () => {
    const { learn, views } = await open()
    await learn(advanced(1))
    for (let revision = 2; revision <= 2_000; revision++) await learn(advanced(revision, { changes: [] }))
    await learn(advanced(2_001))
    const kept = await views.history(orderId)
    expect(kept.filter(({ changes }) => changes.length > 0).map(({ revision }) => revision)).toEqual([1, 2_001])
    expect(kept).toHaveLength(2 + 64)
  })

  test('keeps reason and outcome', async () => {
    const { learn, views } = await open()
    const because = { code: 'card-declined', message: 'The card was declined.' }
    await learn(advanced(9, { phase: 'ended', outcome: 'undone', because }))
    expect(await views.history(orderId)).toMatchObject([{ phase: 'ended', outcome: 'undone', because }])
  })
})

const start = `${orderId}/1`

describe('the watch over an order’s start', () => {
  test('ends with the first sign of the saga', async () => {
    const { learn, unheard } = await open()
    expect(await unheard()).toEqual([start])
    await learn(advanced(1))
    expect(await unheard()).toEqual([])
  })

  test('does not end with the tombstone of an early cancellation', async () => {
    const { learn, unheard } = await open()
    await learn(advanced(1, { phase: 'early-cancel', changes: [{ step: 'saga', to: 'cancel-noted' }] }))
    expect(await unheard()).toEqual([start])
  })

  test('ends when the start comes after the tombstone', async () => {
    const { learn, unheard } = await open()
    await learn(advanced(1, { phase: 'early-cancel', changes: [{ step: 'saga', to: 'cancel-noted' }] }))
    await learn(advanced(2, { mode: 'compensating', changes: [{ step: 'saga', to: 'started' }] }))
    expect(await unheard()).toEqual([])
  })

  test('ends with the end when the first sign was lost', async () => {
    const { learn, unheard } = await open()
    await learn(advanced(9, { phase: 'ended', outcome: 'done', changes: [{ step: 'end', to: 'ended' }] }))
    expect(await unheard()).toEqual([])
  })

  test('ends though the first delivery died between its two writes', async () => {
    const { learn, views, unheard } = await open()
    const { data } = advanced(1)
    await views.advance(orderId, 'fulfil-order', data)
    await learn(advanced(1))
    expect(await unheard()).toEqual([])
  })

  test('does not end with another saga about the same order', async () => {
    const { learn, unheard } = await open()
    await learn(advanced(1, { definition: 'return-order' }))
    expect(await unheard()).toEqual([start])
  })
})

describe('the watch over an order’s end', () => {
  test.each([confirmed, rejected, cancelled])('ends when the bus says that it is $type', async (end) => {
    const { learn, store, unheard } = await open(end)
    expect(await unheard()).toEqual([start, `${orderId}/2`])
    await learn(published((await store.load(orderId))[1]!) as Fact)
    expect(await unheard()).toEqual([start])
  })

  test('is not the watch over the request to cancel, which ends when that comes back', async () => {
    const { learn, store, unheard } = await open(requested, cancelled)
    expect(await unheard()).toEqual([start, `${orderId}/2`, `${orderId}/3`])
    await learn(published((await store.load(orderId))[1]!) as Fact)
    expect(await unheard()).toEqual([start, `${orderId}/3`])
  })

  test('ends once, however often the bus says it', async () => {
    const { learn, store, unheard } = await open(requested, cancelled)
    const events = await store.load(orderId)
    for (let delivery = 0; delivery < 3; delivery++) await learn(published(events[2]!) as Fact)
    expect(await unheard()).toEqual([start, `${orderId}/2`])
    expect(await store.load(orderId)).toEqual(events)
  })

  test('does not end with the end of the saga, which proves nothing about the relay', async () => {
    const { learn, unheard } = await open(confirmed)
    await learn(advanced(9, { phase: 'ended', outcome: 'done', changes: [{ step: 'end', to: 'ended' }] }))
    expect(await unheard()).toEqual([`${orderId}/2`])
  })

  test('leaves no trace of an order that is not known here', async () => {
    const { learn, store } = await open()
    const stranger = 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb'
    await learn(published({ ...confirmed, orderId: stranger, sequence: 2, cause: stream(placed)[0]!.cause }) as Fact)
    expect(await store.load(stranger)).toEqual([])
  })

  test('refuses one under an id that is no place in a stream', async () => {
    const { learn, unheard } = await open(confirmed)
    const message = published(stream(placed, confirmed)[1]!)
    const failure = await learn({ ...message, id: 'order-7' } as Fact).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PermanentError)
    expect(failure).toMatchObject({ code: 'unknown-event', message: expect.stringContaining('order-7') })
    expect((failure as Error).message).toContain(OrderConfirmed.type)
    expect(await unheard()).toContain(`${orderId}/2`)
  })
})

describe('the watch over a refund', () => {
  test.each([
    ['request', [confirmed, refundRequested]],
    ['end', [confirmed, refundRequested, refunded]],
    ['refusal', [confirmed, refundRequested, refundRefused]],
  ])('ends with its %s when the bus brings that back', async (_, events) => {
    const { learn, store, unheard } = await open(...events)
    const place = `${orderId}/${events.length + 1}`
    expect(await unheard()).toContain(place)
    await learn(published((await store.load(orderId)).at(-1)!) as Fact)
    expect(await unheard()).not.toContain(place)
  })
})

test('a saga about something else leaves no trace', async () => {
  const { learn, views } = await open()
  await learn(advanced(1, { subject: 'warehouse-7' }))
  expect(await views.history('warehouse-7')).toEqual([])
})

test('a message that ordering learns nothing of is refused by name', async () => {
  const { learn } = await open()
  await expect(learn({ ...listed(1, 1), type: 'inventory.Renamed.v1' } as unknown as Fact)).rejects.toThrow(
    'inventory.Renamed.v1',
  )
})
