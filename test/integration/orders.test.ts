import { describe, expect, test } from 'vitest'
import { everyItem } from '../../cli/api.ts'
import type { Product } from '../../events/http/inventory.ts'
import { orderPage, order as orderSchema } from '../../events/http/ordering.ts'
import { until } from './patience.ts'
import {
  booksOf,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  operator,
  orderOf,
  recordsOf,
  shipTo,
  system,
} from './world.ts'

const [sku] = (await newProducts(1_000)) as [string]

describe.concurrent('an order', () => {
  test('is accepted at once with its address, and confirms with its whole story', async () => {
    const { subject, api } = newCustomer()
    const { status, location, body } = await api.request('POST', '/orders', { body: orderOf({ [sku]: 2 }) })
    expect(status).toBe(202)
    const { orderId } = body as { orderId: string }
    expect(location).toBe(`${system.apiUrl}/orders/${orderId}`)

    const document = await ended(orderId)
    expect(orderSchema.safeParse(document)).toMatchObject({ success: true })
    expect(document).toMatchObject({
      status: 'confirmed',
      customerId: subject,
      total: { amount: 2_000, currency: 'EUR' },
      shipTo,
      trackingNumber: expect.any(String),
    })
    await expectAgreement([orderId])
    const told = (await operator.order(orderId)).timeline.map(({ event, step }) => (step ? `${step} ${event}` : event))
    const steps = ['reserve-stock', 'authorise-payment', 'book-shipment', 'capture-payment']
    expect(told.filter((line) => line.endsWith(' done'))).toEqual(steps.map((step) => `${step} done`))
    expect(told[0]).toBe('placed')
    expect(told).toContain('confirmed')
  })

  test.each([
    ['tok_declined', /declined/],
    ['tok_insufficient_funds', /not enough money/],
    ['tok_nonsense', /not known/],
  ])('paid with %s is rejected with a reason that a customer can read', async (token, reason) => {
    const { api } = newCustomer()
    const { orderId } = await api.placeOrder(orderOf({ [sku]: 1 }, { token }))
    await ended(orderId)
    expect(await api.order(orderId)).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(reason) },
    })
    await expectAgreement([orderId])
  })

  test.each(['tok_slow', 'tok_flaky'])('paid with %s confirms', async (token) => {
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }, { token }))
    expect((await ended(orderId)).status).toBe('confirmed')
    await expectAgreement([orderId])
  })

  test('that asks for more than there is is rejected, and says what is missing', async () => {
    const [scarce] = (await newProducts(3)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [scarce]: 4 }))
    expect(await ended(orderId)).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/only 3 of .* in stock/i) },
    })
    await expectAgreement([scarce, orderId])
  })

  test('that has ended cannot be cancelled any more', async () => {
    const { api } = newCustomer()
    const { orderId } = await api.placeOrder(orderOf({ [sku]: 1 }))
    await ended(orderId)
    expect(await api.request('POST', `/orders/${orderId}/cancel`)).toMatchObject({ status: 409 })
    expect((await api.order(orderId)).status).toBe('confirmed')
  })
})

describe.concurrent('a refund', () => {
  const reason = { reason: 'The parcel was lost.' }
  const refundOf = (orderId: string) => operator.request('POST', `/orders/${orderId}/refund`, { body: reason })
  const refundedIn = async (orderId: string) => {
    const over = await until(
      async () => {
        const order = await operator.order(orderId)
        return order.refund === 'requested' ? undefined : order
      },
      { within: 60_000, every: 250 },
    )
    if (!over) throw new Error(`the refund of ${orderId} has not ended within 60 s`)
    return over
  }

  test('gives the whole total of a confirmed order back, once, however often it is asked', async () => {
    const { api } = newCustomer()
    const { orderId, total } = await api.placeOrder(orderOf({ [sku]: 3 }))
    await ended(orderId)
    const [first, second] = await Promise.all([refundOf(orderId), refundOf(orderId)])
    expect([first.status, second.status]).toEqual([202, 202])
    expect(first.location).toBe(`${system.apiUrl}/orders/${orderId}`)

    const document = await refundedIn(orderId)
    expect(orderSchema.safeParse(document)).toMatchObject({ success: true })
    expect(document).toMatchObject({ status: 'confirmed', refund: 'refunded' })
    expect(await refundOf(orderId)).toMatchObject({ status: 202, body: { refund: 'refunded' } })
    expect(await booksOf(orderId)).toMatchObject([{ captured: total.amount, refunded: total.amount }])
    await expectAgreement([orderId])

    const { timeline } = await api.order(orderId)
    expect(timeline).toContainEqual(expect.objectContaining({ event: 'refund-requested', reason: expect.anything() }))
    expect(timeline.filter(({ event }) => event === 'refunded')).toHaveLength(1)
    expect(timeline.filter(({ step, event }) => step === 'refund-payment' && event === 'done')).toHaveLength(1)
    const records = await recordsOf('PaymentsTable', orderId)
    expect(records.filter(({ commandId }) => commandId.startsWith('refund-order:'))).toMatchObject([{ state: 'done' }])
  })

  test('of a rejected order is refused', async () => {
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }, { token: 'tok_declined' }))
    await ended(orderId)
    expect(await refundOf(orderId)).toMatchObject({ status: 409, body: { code: 'not-confirmed' } })
    expect(await operator.order(orderId)).not.toHaveProperty('refund')
  })

  test('is no customer’s to ask for', async () => {
    const { api } = newCustomer()
    const { orderId } = await api.placeOrder(orderOf({ [sku]: 1 }))
    await ended(orderId)
    expect(await api.request('POST', `/orders/${orderId}/refund`, { body: reason })).toMatchObject({ status: 403 })
    expect(await booksOf(orderId)).toMatchObject([{ refunded: 0 }])
  })
})

describe('lists of orders', () => {
  test('are a customer’s own, page after page, the newest first', async () => {
    const { api } = newCustomer()
    const placed: string[] = []
    for (let i = 0; i < 5; i++) placed.push((await api.placeOrder(orderOf({ [sku]: 1 }))).orderId)
    for (const orderId of placed) await ended(orderId)

    const listed: string[] = []
    for await (const { orderId } of everyItem((cursor) => api.orders({ limit: 2, cursor }))) listed.push(orderId)
    expect(listed).toEqual(placed.toReversed())
    expect(orderPage.safeParse(await api.orders())).toMatchObject({ success: true })
  })

  test('show an operator everyone’s, and one customer’s on request', async () => {
    const { subject, api } = newCustomer()
    const { orderId } = await api.placeOrder(orderOf({ [sku]: 1 }))
    await ended(orderId)
    expect((await operator.orders({ customer: subject })).items).toMatchObject([{ orderId, customerId: subject }])
    expect((await operator.orders({ limit: 100 })).items.some((item) => item.orderId === orderId)).toBe(true)
  })
})

describe('the catalogue', () => {
  test('says what can be ordered now', async () => {
    const [one] = (await newProducts(7)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [one]: 2 }))
    await ended(orderId)
    await expectAgreement([one, orderId])
    const { api } = newCustomer()
    const found: Product[] = []
    for await (const item of everyItem((cursor) => api.products({ cursor, limit: 5 }))) found.push(item)
    expect(new Set(found.map((product) => product.sku)).size).toBe(found.length)
    expect(found.find((product) => product.sku === one)).toEqual(await api.product(one))
    expect(await api.product(one)).toEqual({
      sku: one,
      name: 'Made for a test',
      price: { amount: 1_000, currency: 'EUR' },
      available: 5,
    })
  })

  test('sells at the price of the moment of ordering', async () => {
    const [one] = (await newProducts(7)) as [string]
    const { api } = newCustomer()
    const { total } = await api.placeOrder(orderOf({ [one]: 2 }), 'key')
    await operator.putProduct(one, { name: 'Dearer', price: { amount: 9_900, currency: 'EUR' }, stock: 7 })
    expect(total).toEqual({ amount: 2_000, currency: 'EUR' })
    expect((await api.placeOrder(orderOf({ [one]: 2 }), 'key')).total).toEqual(total)
  })
})

test('the API describes itself to anybody', async () => {
  const response = await fetch(`${system.apiUrl}/openapi.json`)
  expect(response.status).toBe(200)
  const document = (await response.json()) as { openapi: string; paths: Record<string, unknown> }
  expect(document.openapi).toMatch(/^3\.1/)
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/orders', '/orders/{id}', '/products', '/failed']),
  )
})

test('afterwards money and stock are conserved', expectConservation)
