import { describe, expect, test } from 'vitest'
import type { Booking } from '../../../functions/partners/carrier-rules.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const shipTo = { name: 'Alice', street: 'High Street 1', city: 'Bath', postcode: 'BA1', country: 'GB' }
const open = () => {
  const partners = memoryPartners()
  return {
    ...partners,
    book: (carrier: string, key: string, postcode = 'BA1', quantity = 2) =>
      partners.request('POST', `/carriers/${carrier}/bookings`, {
        key,
        body: { reference: key, lines: [{ sku: 'TEA-01', quantity }], shipTo: { ...shipTo, postcode } },
      }),
    cancel: (carrier: string, key: string, number: string) =>
      partners.request('POST', `/carriers/${carrier}/bookings/${number}/cancel`, { key }),
    bookings: () => partners.books.all<Booking>('booking'),
  }
}

describe('a booking', () => {
  test('is taken on under a tracking number', async () => {
    const desk = open()
    const { status, body } = await desk.book('swift', 'k1')
    expect(status).toBe(201)
    expect(desk.bookings()).toMatchObject([
      { trackingNumber: body.trackingNumber, carrier: 'swift', reference: 'k1', units: 2, cancelled: false },
    ])
  })

  test('is taken on once a key, by each carrier for itself', async () => {
    const desk = open()
    const first = await desk.book('swift', 'k1')
    expect(await desk.book('swift', 'k1')).toEqual(first)
    expect((await desk.book('steady', 'k1')).body).not.toEqual(first.body)
    expect(desk.bookings()).toHaveLength(2)
  })

  test('for another parcel under the same key is refused', async () => {
    const desk = open()
    await desk.book('swift', 'k1')
    expect((await desk.book('swift', 'k1', 'BA1', 3)).status).toBe(422)
  })

  test('to an undeliverable address is refused with a reason', async () => {
    const desk = open()
    expect(await desk.book('swift', 'k1', '00123')).toMatchObject({ status: 402, body: { code: 'undeliverable' } })
    expect(desk.bookings()).toEqual([])
  })

  test('by steady to a postcode with 99 fails the first time under each key', async () => {
    const desk = open()
    expect((await desk.book('steady', 'k1', '99084')).status).toBe(500)
    expect(desk.bookings()).toEqual([])
    expect((await desk.book('steady', 'k1', '99084')).status).toBe(201)
    expect((await desk.book('steady', 'k2', '99084')).status).toBe(500)
    expect((await desk.book('swift', 'k1', '99084')).status).toBe(201)
  })

  test('with a carrier that does not exist is not understood', async () => {
    expect((await open().book('snail', 'k1')).status).toBe(400)
  })

  test('is found by its reference at its own carrier', async () => {
    const desk = open()
    const { body } = await desk.book('swift', 'k1')
    const find = (carrier: string) =>
      desk.request('GET', `/carriers/${carrier}/bookings`, { query: { reference: 'k1' } })
    expect(await find('swift')).toMatchObject({ status: 200, body: { trackingNumber: body.trackingNumber } })
    expect((await find('steady')).status).toBe(404)
  })
})

describe('a cancellation', () => {
  test('lets the parcel go, once or twice', async () => {
    const desk = open()
    const { body } = await desk.book('swift', 'k1')
    for (const key of ['c1', 'c1', 'c2']) {
      expect(await desk.cancel('swift', key, body.trackingNumber)).toMatchObject({ status: 200 })
    }
    expect(desk.bookings()).toMatchObject([{ cancelled: true }])
  })

  test('of nothing is refused', async () => {
    expect(await open().cancel('swift', 'c1', 'none')).toMatchObject({ status: 402, body: { code: 'unknown-booking' } })
  })
})

test('one carrier can be down while the other is not', async () => {
  const desk = open()
  desk.turn('swift', { down: true })
  expect((await desk.book('swift', 'k1')).status).toBe(503)
  expect((await desk.book('steady', 'k1')).status).toBe(201)
})
