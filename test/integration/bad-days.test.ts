import { describe, expect, test } from 'vitest'
import { damage } from '../../cli/demo/damage.ts'
import { until } from './patience.ts'
import { killProcessesOf } from './processes.ts'
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
  recordsOf,
  system,
  withFaults,
} from './world.ts'

/** Long enough to be met under way, short enough to be answered within a partner call. Milliseconds. */
const slow = 700

/** Waits until payments has a call to the acquirer under way for an order. */
const callUnderWay = async (orderId: string) => {
  const open = await until(
    async () => (await recordsOf('PaymentsTable', orderId)).find(({ state }) => state === 'intent'),
    { within: 20_000, every: 20 },
  )
  expect(open, `a call to the acquirer for ${orderId}`).toBeDefined()
}

describe('a participant', () => {
  test('killed in the middle of a command: the order still ends, charged once', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { latencyMs: slow }, async () => {
      const placed = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
      await callUnderWay(placed.orderId)
      expect(await killProcessesOf('payments-commands')).toBeGreaterThan(0)
      return placed
    })

    expect((await ended(orderId)).status).toBe('confirmed')
    expect(await booksOf(orderId)).toMatchObject([{ captured: 1_000 }])
    await expectAgreement([sku, orderId])
  })

  test('the coordinator, killed again and again under load: every order still ends', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const placing = Array.from({ length: 10 }, () => newCustomer().api.placeOrder(orderOf({ [sku]: 1 }), 'key'))
    const placed = await Promise.all(placing)
    for (let kill = 0; kill < 2; kill++) {
      await killProcessesOf('saga-coordinator')
      await new Promise((resolve) => setTimeout(resolve, 400))
    }
    const orders = await allEnded(placed.map(({ orderId }) => orderId))

    expect(orders.map(({ status }) => status)).toEqual(orders.map(() => 'confirmed'))
    await expectAgreement([sku, ...placed.map(({ orderId }) => orderId)])
  })
})

describe('a payment', () => {
  test('that times out after charging is never taken twice, and never from a rejected order', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const placed = await Promise.all(
      Array.from({ length: 5 }, () =>
        newCustomer().api.placeOrder(orderOf({ [sku]: 1 }, { token: 'tok_timeout_after_charge' })),
      ),
    )
    const orders = await allEnded(placed.map(({ orderId }) => orderId))

    for (const { orderId, status } of orders) {
      expect(status).toBe('confirmed')
      expect(await booksOf(orderId)).toMatchObject([{ authorised: 1_000, captured: 1_000 }])
    }
    await expectAgreement([sku, ...orders.map(({ orderId }) => orderId)])
  })

  test('whose authorisation times out after it was made is found again, or let go with its order', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const { kept, dropped } = await withFaults('acquirer', { timeoutAfterEffect: true }, async () => {
      const kept = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
      const { api } = newCustomer()
      const dropped = await api.placeOrder(orderOf({ [sku]: 1 }))
      await callUnderWay(dropped.orderId)
      await api.cancel(dropped.orderId)
      return { kept, dropped }
    })

    expect((await ended(kept.orderId)).status).toBe('confirmed')
    const cancelled = await ended(dropped.orderId)
    expect(cancelled.status).toBe('cancelled')
    for (const { captured, authorised, voided } of await booksOf(dropped.orderId))
      expect({ captured, open: authorised - voided }).toEqual({ captured: 0, open: 0 })
    await expectAgreement([sku, kept.orderId, dropped.orderId])
  })

  test('whose undo arrives while the acquirer is still being called is resolved with the acquirer', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const { orderId } = await withFaults('acquirer', { latencyMs: slow }, async () => {
      const { api } = newCustomer()
      const placed = await api.placeOrder(orderOf({ [sku]: 1 }))
      await callUnderWay(placed.orderId)
      await api.cancel(placed.orderId)
      expect((await ended(placed.orderId)).status).toBe('cancelled')
      return placed
    })

    // Answered blindly, the authorisation that was under way would have stayed open behind the cancelled order.
    expect(await booksOf(orderId)).toMatchObject([{ authorised: 1_000, captured: 0, voided: 1_000 }])
    await expectAgreement([sku, orderId])
  })

  test('is retried while the acquirer is down, and the order confirms when it is back', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const placed = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
      await callUnderWay(placed.orderId)
      return placed
    })
    expect((await ended(orderId)).status).toBe('confirmed')
    await expectAgreement([sku, orderId])
  })
})

describe('a carrier', () => {
  test('that fails at first is asked again', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }, { postcode: '99123' }))
    expect(await ended(orderId)).toMatchObject({ status: 'confirmed', trackingNumber: expect.any(String) })
    await expectAgreement([sku, orderId])
  })

  test('that will not deliver there undoes payment and stock, and says why', async () => {
    const [sku] = (await newProducts(100)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }, { postcode: '00100' }))
    expect(await ended(orderId)).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('deliver') },
    })
    expect(await booksOf(orderId)).toMatchObject([{ captured: 0, voided: 1_000 }])
    await expectAgreement([sku, orderId])
  })
})

describe('a poison message', () => {
  const parkedFor = (orderId: string, count = 1) =>
    until(
      async () => {
        const { items } = await operator.failed({ status: 'open', limit: 100 })
        return items.find((item) => item.subject === orderId && item.count >= count)
      },
      { within: 60_000 },
    )
  const repair = (sku: string) =>
    operator.putProduct(sku, { name: 'Made for a test', price: { amount: 1_000, currency: 'EUR' }, stock: 100 })

  test('is parked with its reason, listed, put back when its cause is gone, and its order confirms', async () => {
    const [sku] = (await newProducts(100)) as [string]
    await damage(system, sku)
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
    const parked = await parkedFor(orderId)

    expect(parked).toMatchObject({
      status: 'open',
      class: 'permanent',
      code: 'damaged-stock-record',
      messageType: 'inventory.ReserveStock.v1',
      queue: `neverstop-${system.stage}-inventory-commands`,
      count: 1,
    })
    expect((await operator.order(orderId)).status).toBe('placed')

    // Put back too early it comes back to the same record, once more.
    await operator.redrive(parked!.id, 'hoping for the best')
    expect(await parkedFor(orderId, 2)).toMatchObject({ id: parked!.id, count: 2 })

    await repair(sku)
    await operator.redrive(parked!.id, 'the stock record is repaired')
    expect((await ended(orderId)).status).toBe('confirmed')

    const record = await operator.failedRecord(parked!.id)
    expect(record).toMatchObject({ count: 2 })
    expect(['redriven', 'handled']).toContain(record.status)
    expect(record.history.map(({ by, reason }) => `${by}: ${reason}`)).toEqual([
      'test: hoping for the best',
      'test: the stock record is repaired',
    ])
    expect(JSON.parse(record.body!)).toMatchObject({ subject: orderId, data: { orderId } })
    await expectAgreement([sku, orderId])
  })

  test('put back twice does its work once, and the second time is refused', async () => {
    const [sku] = (await newProducts(100)) as [string]
    await damage(system, sku)
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
    const parked = await parkedFor(orderId)
    await repair(sku)
    const both = await Promise.allSettled([
      operator.redrive(parked!.id, 'one'),
      operator.redrive(parked!.id, 'the other'),
    ])
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true)

    expect((await ended(orderId)).status).toBe('confirmed')
    await expect(operator.redrive(parked!.id, 'once more')).rejects.toThrow(/has not failed since|was handled at/)
    expect(await operator.product(sku)).toMatchObject({ available: 99 })
    await expectAgreement([sku, orderId])
  })
})

test('afterwards money and stock are conserved', expectConservation)
