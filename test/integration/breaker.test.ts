import { expect, test } from 'vitest'
import type { Breaker } from '../../reactive/breaker.ts'
import { breakerOf } from './breakers.ts'
import { until } from './patience.ts'
import {
  allEnded,
  booksOf,
  expectAgreement,
  newCustomer,
  newProducts,
  operator,
  orderOf,
  recordsOf,
  withFaults,
} from './world.ts'

const becomes = async (dependency: string, state: Breaker['state']) => {
  const found = await until(async () => ((await breakerOf(dependency)) === state ? state : undefined), {
    within: 40_000,
    every: 50,
  })
  expect(found ?? (await breakerOf(dependency)), `the breaker of ${dependency}`).toBe(state)
}
const place = async (sku: string, count: number): Promise<string[]> => {
  const placed = await Promise.all(
    Array.from({ length: count }, () => newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))),
  )
  return placed.map(({ orderId }) => orderId)
}

test('an acquirer that is down opens its breaker; commands are put back, none is parked, and all confirm when it is back', async () => {
  const [sku] = (await newProducts(100)) as [string]
  const { first, late } = await withFaults('acquirer', { down: true }, async () => {
    const first = await place(sku, 6)
    await becomes('acquirer', 'open')
    // Whoever comes now finds it open: nothing is begun, so that its deadline still counts.
    const late = await place(sku, 2)
    await until(async () => ((await breakerOf('acquirer')) === 'half-open' ? true : undefined), {
      within: 15_000,
      every: 20,
    })
    return { first, late }
  })
  const orders = await allEnded([...first, ...late])

  expect(orders.map(({ status }) => status)).toEqual(orders.map(() => 'confirmed'))
  for (const { orderId } of orders) {
    expect(await booksOf(orderId)).toMatchObject([{ authorised: 1_000, captured: 1_000, voided: 0 }])
    expect((await recordsOf('PaymentsTable', orderId)).map(({ state }) => state)).toEqual(['done', 'done'])
  }
  const { items } = await operator.failed({ limit: 100 })
  expect(items.filter(({ subject }) => orders.some(({ orderId }) => orderId === subject))).toEqual([])
  await becomes('acquirer', 'closed')
  await expectAgreement([sku, ...orders.map(({ orderId }) => orderId)])
})
