import { describe, expect, test } from 'vitest'
import type { Pickup } from '../../../functions/partners/pickup-rules.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const from = { name: 'Alice', street: 'High Street 1', city: 'Bath', postcode: 'BA1', country: 'GB' }
const open = () => {
  const partners = memoryPartners()
  const act = (verb: string) => (key: string, number: string) =>
    partners.request('POST', `/carriers/swift/pickups/${number}/${verb}`, { key })
  const book = (key: string, postcode = 'BA1', quantity = 2) =>
    partners.request('POST', '/carriers/swift/pickups', {
      key,
      body: { reference: key, lines: [{ sku: 'TEA-01', quantity }], from: { ...from, postcode } },
    })
  return {
    ...partners,
    book,
    booked: async (postcode?: string) => (await book('k1', postcode)).body.trackingNumber as string,
    cancel: act('cancel'),
    collect: act('collect'),
    close: act('close'),
    pickups: () => partners.books.all<Pickup>('pickup'),
  }
}

describe('a pick-up', () => {
  test('is taken on under a number of its own, once a key', async () => {
    const desk = open()
    const first = await desk.book('k1')
    expect(first).toMatchObject({ status: 201, body: { status: 'booked' } })
    expect(await desk.book('k1')).toEqual(first)
    expect(desk.pickups()).toMatchObject([
      { trackingNumber: first.body.trackingNumber, carrier: 'swift', units: 2, collected: false, cancelled: false },
    ])
    expect((await desk.book('k1', 'BA1', 3)).status).toBe(422)
  })

  test('from where nobody goes is refused', async () => {
    expect(await open().book('k1', '00123')).toMatchObject({ status: 402, body: { code: 'undeliverable' } })
  })

  test('is found by its reference', async () => {
    const desk = open()
    const trackingNumber = await desk.booked()
    const look = (reference: string) => desk.request('GET', '/carriers/swift/pickups', { query: { reference } })
    expect(await look('k1')).toMatchObject({ status: 200, body: { trackingNumber } })
    expect(await look('k2')).toMatchObject({ status: 404, body: { code: 'nothing-found' } })
  })

  test('can be called off, twice as well as once', async () => {
    const desk = open()
    const number = await desk.booked()
    expect(await desk.cancel('c1', number)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect((await desk.cancel('c2', number)).status).toBe(200)
    expect(desk.pickups()).toMatchObject([{ cancelled: true, revision: 2 }])
    expect(await desk.collect('c3', number)).toMatchObject({ status: 402, body: { code: 'cancelled' } })
  })

  test('that is collected cannot be called off, and that answer is not for ever', async () => {
    const desk = open()
    const number = await desk.booked()
    await desk.collect('c1', number)
    expect(await desk.cancel('c2', number)).toMatchObject({ status: 402, body: { code: 'collected' } })
    const [pickup] = desk.pickups()
    await desk.books.write([{ change: { ...pickup!, collected: false, revision: pickup!.revision + 1 } as Pickup }])
    expect((await desk.cancel('c2', number)).status).toBe(200)
  })

  test('from a postcode with 77 is collected at once', async () => {
    const desk = open()
    expect((await desk.cancel('c1', await desk.booked('77123'))).status).toBe(402)
  })

  test('is closed for good, twice as well as once', async () => {
    const desk = open()
    const number = await desk.booked()
    expect(await desk.close('c1', number)).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect((await desk.close('c2', number)).status).toBe(200)
    expect(desk.pickups()).toMatchObject([{ closed: true, collected: true, revision: 2 }])
    expect(await desk.close('c3', 'swift-r-none')).toMatchObject({ status: 402, body: { code: 'unknown-pickup' } })
  })
})
