import { describe, expect, test } from 'vitest'
import { lookIntoLedger, resendMissing, settledLedger } from '../../cli/ledger.ts'
import { iso } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { patience, until } from './patience.ts'
import { steal, withoutConsumer } from './queues.ts'
import {
  allEnded,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  orderOf,
  recordsOf,
  system,
  withFaults,
} from './world.ts'

const { ledgerGrace } = timings.brief
/** Less patience than the ledger itself has, more than a message takes. Milliseconds. */
const impatient = 10_000

/** Looks until the ledger has something to say about an order, or about none any more. */
const driftAbout = (orderId: string, options: { graceMs?: number } = {}, within = 60_000) =>
  until(
    async () => {
      const { drift } = await lookIntoLedger(system, options)
      const about = drift.filter(({ subject }) => subject === orderId)
      return about.length > 0 ? about : undefined
    },
    { within, every: 1_000 },
  )

describe('the conservation ledger', () => {
  test.concurrent('names exactly the command that vanished from its queue, within the grace period, and forgets it when it is done after all', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId, drift } = await withoutConsumer('payments-commands', async () => {
      const sent = Date.now()
      const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
      const command = await steal('payments-commands', ({ subject }) => subject === orderId)
      expect(command.type).toBe('payments.AuthorisePayment.v1')

      const drift = await driftAbout(orderId, { graceMs: impatient })
      expect(Date.now() - sent).toBeLessThan(ledgerGrace)
      expect(drift).toEqual([
        {
          id: command.id,
          type: command.type,
          subscriber: 'payments-commands',
          sender: 'saga-evidence',
          subject: orderId,
          since: expect.any(String),
          root: `${orderId}/1`,
          remedy: expect.stringContaining('asks again by itself'),
        },
      ])
      expect(drift![0]!.since >= iso(sent - 1_000)).toBe(true)
      return { orderId, drift }
    })
    expect(drift).toHaveLength(1)

    // The saga asks again at its step's deadline, under the same id.
    expect((await ended(orderId, 150_000)).status).toBe('confirmed')
    expect((await settledLedger(system, patience(30_000), { graceMs: impatient })).drift).toEqual([])
    await expectAgreement([sku, orderId])
  })

  test.concurrent('of its own accord records an event that one subscriber lost, which nothing else would ever notice', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId, event } = await withoutConsumer('notifications-events', async () => {
      const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
      expect((await ended(orderId)).status).toBe('confirmed')
      const event = await steal('notifications-events', ({ subject }) => subject === orderId)
      return { orderId, event }
    })
    // The order is confirmed and its stock sold: money and stock agree, and only the customer was never told.
    await expectAgreement([sku, orderId])

    const drift = await driftAbout(orderId, {}, ledgerGrace + 30_000)
    expect(drift).toMatchObject([
      { id: event.id, type: 'ordering.OrderConfirmed.v1', subscriber: 'notifications-events', subject: orderId },
    ])
    expect(drift).toHaveLength(1)

    // Nothing is sent that is not missing; what is, goes to the one who misses it, and the customer is told.
    const again = { id: event.id, queue: 'notifications-events', reason: 'a test took it away' }
    await expect(resendMissing(system, { ...again, queue: 'inventory-events' })).rejects.toThrow('is not missing')
    expect(await resendMissing(system, again)).toEqual({ resent: event.id, queue: 'notifications-events' })
    expect((await settledLedger(system, patience(30_000))).drift).toEqual([])
  })

  test('finds everything accounted for under load with faults on', async () => {
    const [sku] = (await newProducts(1_000)) as [string]
    const placed = await withFaults('acquirer', { errorRate: 0.2 }, async () => {
      const orders = await Promise.all(
        Array.from({ length: 15 }, (_, index) =>
          newCustomer().api.placeOrder(
            orderOf({ [sku]: 1 }, { token: index % 5 === 0 ? 'tok_declined' : 'tok_ok' }),
            'key',
          ),
        ),
      )
      await allEnded(orders.map(({ orderId }) => orderId))
      return orders
    })
    const report = await until(
      async () => {
        const look = await lookIntoLedger(system, { graceMs: 1_000 })
        const ours = look.drift.filter(({ subject }) => placed.some(({ orderId }) => orderId === subject))
        return ours.length === 0 ? look : undefined
      },
      { within: 60_000, every: 2_000 },
    )
    expect(report).toBeDefined()
    expect(report!.unanswered).toEqual([])
    // What a run of its own has accounted for meanwhile is not looked at once more.
    expect(report!.pairs.handled).toBeGreaterThan(15)
    for (const { orderId } of placed.slice(0, 3))
      expect((await recordsOf('PaymentsTable', orderId)).length).toBeGreaterThan(0)
  })

  test('leaves money and stock as they were', expectConservation)
})
