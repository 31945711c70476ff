import { describe, expect, test } from 'vitest'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { measureEvent } from '../../../functions/ordering/measured.ts'
import { memoryMeter } from '../../../reactive/metering.ts'

const total = { amount: 1_250, currency: 'EUR' }
const customerId = 'alice'
const lines = [{ sku: 'TEA-01', quantity: 1 }]

const measured = (event: OrderEvent) => {
  const { measure, taken } = memoryMeter('/ordering')
  measureEvent(event, measure)
  return taken.map(({ name, value, dimensions: { service: _, ...rest } }) => [name, value, rest])
}
const rejected = (code: string) =>
  measured({ type: 'rejected', data: { customerId, reason: { code, message: 'No.' } } })

describe('an event of an order', () => {
  test('that confirms it is revenue in its currency', () => {
    expect(measured({ type: 'confirmed', data: { customerId, lines, total } })).toEqual([
      ['Revenue', 1_250, { currency: 'EUR' }],
      ['OrdersConfirmed', 1, {}],
    ])
  })

  test('in a currency that nobody settles in counts as other', () => {
    const event: OrderEvent = { type: 'confirmed', data: { customerId, lines, total: { ...total, currency: 'XAU' } } }
    expect(measured(event)[0]).toEqual(['Revenue', 1_250, { currency: 'other' }])
  })

  test.each(['out-of-stock', 'declined', 'insufficient-funds'])('that rejects it is counted by %s', (code) =>
    expect(rejected(code)).toEqual([['OrdersRejected', 1, { reason: code }]]),
  )

  test('that rejects it for a reason that nobody foresaw counts as other', () =>
    expect(rejected('the-moon-is-full')).toEqual([['OrdersRejected', 1, { reason: 'other' }]]))

  test('that gives money back says how much', () => {
    expect(measured({ type: 'refunded', data: { customerId, amount: total, refundId: 'r' } })).toEqual([
      ['AmountRefunded', 1_250, { currency: 'EUR' }],
      ['OrdersRefunded', 1, {}],
    ])
  })

  test('that cancels it or refuses a refund is counted', () => {
    const reason = { code: 'cancelled', message: 'No.' }
    expect(measured({ type: 'cancelled', data: { customerId, reason } })).toEqual([['OrdersCancelled', 1, {}]])
    expect(measured({ type: 'refund-refused', data: { customerId, reason } })).toEqual([['RefundsRefused', 1, {}]])
  })

  test('that only asks for something counts nothing', () => {
    expect(measured({ type: 'cancellation-requested', data: { requestedBy: customerId } })).toEqual([])
  })
})
