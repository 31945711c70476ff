import { describe, expect, test } from 'vitest'
import {
  BookShipment,
  CancelShipment,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../../events/shipping.ts'
import type { Booking } from '../../../functions/partners/carrier-rules.ts'
import { httpCarriers } from '../../../functions/shipping/carriers.ts'
import type { ShipmentResult, ShippingIntent } from '../../../functions/shipping/decide.ts'
import { type ShippingPorts, shipping } from '../../../functions/shipping/service.ts'
import { unguarded } from '../../../reactive/guard.ts'
import { partnerCall } from '../../../reactive/partner-call.ts'
import { days, hours } from '../../../reactive/time.ts'
import { commandOf, deliver, handClock, orderId, replies } from '../../support/deliveries.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const given = ({ guardOf }: Pick<ShippingPorts, 'guardOf'> = {}) => {
  const time = handClock()
  const partners = memoryPartners({ clock: time.clock })
  const store = memoryCommandRecords<ShippingIntent, ShipmentResult>()
  const heard = replies()
  const ask = partnerCall({
    baseUrl: 'http://partners.test/carriers',
    sign: async ({ headers }) => ({ ...headers }),
    exchange: partners.exchange,
  })
  const serve = shipping({
    store,
    carriers: httpCarriers(ask, 200),
    ...(guardOf ? { guardOf } : {}),
    reply: heard.reply,
    clock: time.clock,
    timing: { horizon: days(30) },
  })
  const id = `fulfil-order:${orderId}/book-shipment/do/1`
  return {
    ...time,
    ...heard,
    store,
    partners,
    serve,
    book: (country = 'DE', postcode = '10115') =>
      commandOf(
        BookShipment({
          orderId,
          lines: [{ sku: 'TEA-01', quantity: 2 }],
          shipTo: { name: 'Alice', street: 'Hauptstraße 1', city: 'Berlin', postcode, country },
        }),
        time.clock(),
        { id },
      ),
    undo: () => commandOf(CancelShipment({ orderId }), time.clock(), { id: id.replace('/do/', '/undo/'), undoes: id }),
    bookings: () => partners.books.all<Booking>('booking'),
    states: () => store.all().map(({ state }) => state),
  }
}

describe('booking a shipment', () => {
  test('says which carrier has it under which number', async () => {
    const ship = given()
    await ship.serve(ship.book())
    const [booking] = ship.bookings()
    expect(ship.last(ShipmentBooked)).toEqual({
      orderId,
      carrier: 'swift',
      trackingNumber: booking!.trackingNumber,
    })
  })

  test('with a carrier that fails at first is retried with the same carrier, and booked once', async () => {
    const ship = given()
    expect(await deliver(ship.serve, ship.book('DE', '99084'))).toEqual({ handled: true, receives: 2 })
    expect(ship.bookings()).toMatchObject([{ carrier: 'steady', postcode: '99084' }])
    expect(ship.last(ShipmentBooked).carrier).toBe('steady')
  })

  test('waits for a carrier that is not called, while the other goes on', async () => {
    const shut = { ...unguarded, enter: async () => ({ may: 'wait', until: 1, because: 'it is open' }) as const }
    const ship = given({ guardOf: (carrier) => (carrier === 'swift' ? shut : unguarded) })
    await expect(ship.serve(ship.book('DE', '10115'))).rejects.toThrow('it is open')
    expect(ship.states()).toEqual([])
    await ship.serve(ship.book('DE', '27498'))
    expect(ship.last(ShipmentBooked).carrier).toBe('steady')
  })

  test('is refused without a call where nobody delivers', async () => {
    const ship = given()
    for (const carrier of ['swift', 'steady']) ship.partners.turn(carrier, { down: true })
    await ship.serve(ship.book('AQ', '1'))
    expect(ship.last(ShipmentRefused).reason.code).toBe('country-not-served')
    expect(ship.states()).toEqual(['refused'])
  })

  test('is refused when the carrier refuses', async () => {
    const ship = given()
    await ship.serve(ship.book('DE', '00815'))
    expect(ship.last(ShipmentRefused).reason).toEqual({
      code: 'undeliverable',
      message: 'The carrier does not deliver to this address.',
    })
  })

  test('answers every repetition alike, with one booking', async () => {
    const ship = given()
    await Promise.all([ship.serve(ship.book()), ship.serve(ship.book())])
    await ship.serve(ship.book())
    expect(new Set(ship.sent.map((reply) => JSON.stringify(reply))).size).toBe(1)
    expect(ship.bookings()).toHaveLength(1)
  })

  test('waits for the carrier that it chose, though another is up', async () => {
    const ship = given()
    ship.partners.turn('swift', { down: true })
    expect(await deliver(ship.serve, ship.book())).toMatchObject({ handled: false, code: 'transient', receives: 5 })
    expect(ship.states()).toEqual(['intent'])
    ship.partners.turn('swift', {})
    await ship.serve(ship.book())
    expect(ship.last(ShipmentBooked).carrier).toBe('swift')
  })

  test('is found by its reference once its key may be forgotten', async () => {
    const ship = given()
    ship.partners.turn('swift', { down: true })
    await expect(ship.serve(ship.book())).rejects.toThrow()
    const { reference, ...rest } = {
      reference: ship.book().id,
      lines: ship.book().data.lines,
      shipTo: ship.book().data.shipTo,
    }
    ship.partners.turn('swift', {})
    await ship.partners.request('POST', '/carriers/swift/bookings', { key: reference, body: { reference, ...rest } })
    ship.pass(hours(25))
    await ship.serve(ship.book())
    expect(ship.bookings()).toHaveLength(1)
    expect(ship.last(ShipmentBooked).trackingNumber).toBe(ship.bookings()[0]!.trackingNumber)
  })
})

describe('cancelling a shipment', () => {
  test('lets the parcel go before it says so', async () => {
    const ship = given()
    await ship.serve(ship.book())
    await ship.serve(ship.undo())
    expect(ship.bookings()).toMatchObject([{ cancelled: true }])
    expect(ship.last(ShipmentCancelled)).toEqual({ orderId })
  })

  test('that meets an open intent asks the same carrier again, then cancels', async () => {
    const ship = given()
    await expect(ship.serve(ship.book('DE', '99084'))).rejects.toThrow()
    await ship.serve(ship.undo())
    expect(ship.bookings()).toMatchObject([{ carrier: 'steady', cancelled: true }])
    await ship.serve(ship.book('DE', '99084'))
    expect(ship.last(ShipmentRefused).reason.code).toBe('undone')
  })

  test('that meets nothing keeps the late command from booking anything', async () => {
    const ship = given()
    await ship.serve(ship.undo())
    await ship.serve(ship.book())
    expect(ship.said().map(([name]) => name)).toEqual(['ShipmentCancelled', 'ShipmentRefused'])
    expect(ship.bookings()).toEqual([])
  })
})
