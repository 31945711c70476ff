import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import type { Carrier } from '../../../events/partners/carriers.ts'
import {
  BookReturn,
  CancelReturn,
  CloseReturn,
  ReturnBooked,
  ReturnCancellationRefused,
  ReturnCancelled,
  ReturnClosed,
  ReturnRefused,
} from '../../../events/shipping.ts'
import type { Pickup } from '../../../functions/partners/pickup-rules.ts'
import { httpCarriers } from '../../../functions/shipping/carriers.ts'
import { decideReturn, type ShipmentResult, type ShippingIntent } from '../../../functions/shipping/decide.ts'
import { parcels } from '../../../functions/shipping/parcels.ts'
import { shipping } from '../../../functions/shipping/service.ts'
import { partnerCall } from '../../../reactive/partner-call.ts'
import { days } from '../../../reactive/time.ts'
import { commandOf, deliver, handClock, orderId, replies } from '../../support/deliveries.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const lines = [{ sku: 'TEA-01', quantity: 2 }]
const from = (postcode = '10115', country = 'DE') => ({ name: 'A', street: 'S 1', city: 'B', postcode, country })
const idOf = (carrier: Carrier) => `return-order:${orderId}/pick-up-by-${carrier}/do/1`

const given = () => {
  const time = handClock()
  const partners = memoryPartners({ clock: time.clock })
  const store = memoryCommandRecords<ShippingIntent, ShipmentResult>()
  const heard = replies()
  const published: Message[] = []
  const sign = async ({ headers }: { headers: object }) => ({ ...headers })
  const ask = partnerCall({ baseUrl: 'http://partners.test/carriers', sign, exchange: partners.exchange })
  const serve = shipping({
    store,
    carriers: httpCarriers(ask, 200),
    reply: heard.reply,
    clock: time.clock,
    timing: { horizon: days(30) },
  })
  return {
    ...time,
    ...heard,
    store,
    partners,
    serve,
    published,
    book: (carrier: Carrier, postcode?: string) =>
      commandOf(BookReturn({ orderId, carrier, lines, fetchFrom: from(postcode) }), time.clock(), {
        id: idOf(carrier),
      }),
    undo: (carrier: Carrier) =>
      commandOf(CancelReturn({ orderId }), time.clock(), {
        id: idOf(carrier).replace('/do/', '/undo/'),
        undoes: idOf(carrier),
      }),
    close: (trackingNumber: string) =>
      commandOf(CloseReturn({ orderId, carrier: 'swift', trackingNumber }), time.clock(), {
        id: `return-order:${orderId}/close-with-carrier/do/1`,
      }),
    pickups: () => partners.books.all<Pickup>('pickup'),
    arrive: parcels({ store, publish: async (messages) => void published.push(...messages), clock: time.clock }),
  }
}

describe('fetching a return', () => {
  test('is booked with the carrier that is asked, once', async () => {
    const ship = given()
    await ship.serve(ship.book('steady'))
    await ship.serve(ship.book('steady'))
    const [pickup] = ship.pickups()
    expect(ship.pickups()).toHaveLength(1)
    expect(ship.last(ReturnBooked)).toEqual({
      orderId,
      carrier: 'steady',
      trackingNumber: pickup!.trackingNumber,
    })
  })

  test('goes on with one carrier while the other is down', async () => {
    const ship = given()
    ship.partners.turn('swift', { down: true })
    expect(await deliver(ship.serve, ship.book('swift'))).toMatchObject({ handled: false, code: 'transient' })
    await ship.serve(ship.book('steady'))
    expect(ship.pickups()).toMatchObject([{ carrier: 'steady' }])
  })

  test('is refused by a carrier that does not go there', async () => {
    const ship = given()
    await ship.serve(ship.book('swift', '00815'))
    expect(ship.last(ReturnRefused).reason.code).toBe('undeliverable')
    expect(decideReturn({ orderId, carrier: 'swift', lines, fetchFrom: from('1', 'US') })).toMatchObject({
      plan: 'refuse',
      reason: { code: 'country-not-served' },
    })
    const many = [{ sku: 'TEA-01', quantity: 21 }]
    expect(decideReturn({ orderId, carrier: 'swift', lines: many, fetchFrom: from() })).toMatchObject({
      plan: 'refuse',
    })
    expect(decideReturn({ orderId, carrier: 'steady', lines: many, fetchFrom: from() })).toMatchObject({ plan: 'call' })
  })

  test('is called off before the parcel is fetched', async () => {
    const ship = given()
    await ship.serve(ship.book('swift'))
    await ship.serve(ship.undo('swift'))
    expect(ship.last(ReturnCancelled)).toEqual({ orderId })
    expect(ship.pickups()).toMatchObject([{ cancelled: true }])
  })

  test('that was never booked is called off by a tombstone', async () => {
    const ship = given()
    await ship.serve(ship.undo('swift'))
    await ship.serve(ship.book('swift'))
    expect(ship.last(ReturnRefused).reason.code).toBe('undone')
    expect(ship.pickups()).toEqual([])
  })

  test('cannot be called off once the parcel is fetched, until the carrier gives in', async () => {
    const ship = given()
    await ship.serve(ship.book('swift', '77123'))
    await ship.serve(ship.undo('swift'))
    expect(ship.last(ReturnCancellationRefused).reason).toMatchObject({ code: 'collected' })
    expect(ship.store.all()).toMatchObject([{ state: 'undo-intent' }])
    const [pickup] = ship.pickups()
    await ship.partners.books.write([{ change: { ...pickup!, collected: false, revision: 2 } as Pickup }])
    await ship.serve(ship.undo('swift'))
    expect(ship.last(ReturnCancelled)).toEqual({ orderId })
    expect(ship.store.all()).toMatchObject([{ state: 'undone' }])
  })

  test('is closed with the carrier, once', async () => {
    const ship = given()
    await ship.serve(ship.book('swift'))
    const [{ trackingNumber }] = ship.pickups() as [Pickup]
    await ship.serve(ship.close(trackingNumber))
    await ship.serve(ship.close(trackingNumber))
    expect(ship.last(ReturnClosed)).toEqual({ orderId })
    expect(ship.pickups()).toMatchObject([{ closed: true, revision: 2 }])
  })

  test('that the carrier does not know cannot be closed: a person must look', async () => {
    const ship = given()
    expect(await deliver(ship.serve, ship.close('swift-r-none'))).toMatchObject({
      handled: false,
      code: 'closing-refused',
    })
  })
})

describe('a parcel that arrives', () => {
  test('is told under one id, however often, with or without its number', async () => {
    const ship = given()
    await ship.serve(ship.book('swift'))
    const [{ trackingNumber }] = ship.pickups() as [Pickup]
    expect(await ship.arrive(orderId, trackingNumber)).toEqual({ carrier: 'swift', trackingNumber })
    await ship.arrive(orderId)
    expect(ship.published).toMatchObject([
      { type: 'shipping.ParcelReceived.v1', subject: orderId, data: { orderId, carrier: 'swift', trackingNumber } },
      { id: ship.published[0]!.id },
    ])
  })

  test('is nobody’s when it was not booked, was called off, or bears another number', async () => {
    const ship = given()
    expect(await ship.arrive(orderId)).toBe('unknown')
    await ship.serve(ship.book('swift'))
    expect(await ship.arrive(orderId, 'swift-r-other')).toBe('unknown')
    await ship.serve(ship.undo('swift'))
    expect(await ship.arrive(orderId)).toBe('unknown')
    expect(ship.published).toEqual([])
  })
})
