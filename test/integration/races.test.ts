import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Api } from '../../cli/api.ts'
import { atMost } from '../../cli/wait.ts'
import { orderIdFor } from '../../functions/ordering/identity.ts'
import { where } from './capability.ts'
import {
  allEnded,
  booksOf,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  operator,
  orderOf,
} from './world.ts'

test('of thirty who want the last ten, ten get one and twenty pay nothing', async () => {
  const [sku] = (await newProducts(10)) as [string]
  const placed = await Promise.all(
    Array.from({ length: 30 }, () => newCustomer().api.placeOrder(orderOf({ [sku]: 1 }), 'once')),
  )
  const orders = await allEnded(placed.map(({ orderId }) => orderId))

  const confirmed = orders.filter(({ status }) => status === 'confirmed')
  const rejected = orders.filter(({ status }) => status === 'rejected')
  expect([confirmed.length, rejected.length]).toEqual([10, 20])
  for (const { reason } of rejected) expect(reason?.code).toBe('out-of-stock')
  for (const { orderId } of rejected) expect(await booksOf(orderId)).toEqual([])
  expect(await operator.product(sku)).toMatchObject({ available: 0 })
  await expectAgreement([sku, ...placed.map(({ orderId }) => orderId)])
})

test('an order of several products takes all of them or none', async () => {
  const [plenty, scarce] = (await newProducts(100, 5)) as [string, string]
  const placed = await Promise.all(
    Array.from({ length: 12 }, () => newCustomer().api.placeOrder(orderOf({ [plenty]: 3, [scarce]: 1 }), 'once')),
  )
  const orders = await allEnded(placed.map(({ orderId }) => orderId))

  expect(orders.filter(({ status }) => status === 'confirmed')).toHaveLength(5)
  await expectAgreement([plenty, scarce, ...placed.map(({ orderId }) => orderId)])
  expect(await operator.product(plenty)).toMatchObject({ available: 85 })
  expect(await operator.product(scarce)).toMatchObject({ available: 0 })
})

test('the same order sent twenty times at once under one key is one order', async () => {
  const [sku] = (await newProducts(100)) as [string]
  const { api } = newCustomer()
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.placeOrder(orderOf({ [sku]: 2 }), 'the-key')))

  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  const { orderId } = answers[0]!
  expect((await ended(orderId)).status).toBe('confirmed')
  expect((await api.orders()).items.map((order) => order.orderId)).toEqual([orderId])
  expect(await booksOf(orderId)).toMatchObject([{ captured: 2_000 }])
  await expectAgreement([sku, orderId])
})

/** Cancels after so many milliseconds; tells what the API made of it. */
const cancelAt = async (api: Api, orderId: string, delay: number) => {
  await sleep(delay)
  const { status } = await api.request('POST', `/orders/${orderId}/cancel`)
  const answers: Record<number, 'requested' | 'unknown' | 'too late'> = {
    202: 'requested',
    404: 'unknown',
    409: 'too late',
  }
  return answers[status] ?? expect.fail(`the cancellation of ${orderId} was answered with ${status}`)
}

where('load')(
  'a cancellation in the same instant as the order, a hundred times: each order ends, whole or not at all',
  async () => {
    const [sku] = (await newProducts(1_000)) as [string]
    const endings = await atMost(10, Array.from({ length: 100 }), async (_, instant) => {
      const { subject, api } = newCustomer()
      const orderId = orderIdFor(subject, 'key')
      const placing = api.placeOrder(orderOf({ [sku]: 1 }), 'key')
      const asked = await cancelAt(api, orderId, (instant % 20) * 2).then(async (answered) => {
        if (answered !== 'unknown') return answered
        // It came before its order, which nobody can have promised to keep in mind: at the instant of the answer, then.
        await placing
        return cancelAt(api, orderId, 0)
      })
      const placed = await placing
      expect(placed.orderId).toBe(orderId)
      return { orderId, asked }
    })
    const orders = await allEnded(endings.map(({ orderId }) => orderId))

    expect(
      orders.map(({ status }) => status).filter((status) => status !== 'cancelled' && status !== 'confirmed'),
    ).toEqual([])
    for (const [index, { orderId, asked }] of endings.entries()) {
      const { status, cancellation } = orders[index]!
      // Whoever asked in time to be heard is either cancelled or told that it was too late.
      if (asked === 'requested' && status === 'confirmed')
        expect({ orderId, cancellation }).toMatchObject({ cancellation: 'too-late' })
      if (asked === 'too late') expect({ orderId, status }).toMatchObject({ status: 'confirmed' })
    }
    expect(orders.some(({ status }) => status === 'cancelled')).toBe(true)
    await expectAgreement([sku, ...orders.map(({ orderId }) => orderId)])
  },
)

test('afterwards money and stock are conserved', expectConservation)
