import { expect, test } from 'vitest'
import { BookShipment, CancelShipment } from '../../../events/shipping.ts'
import type { ShipmentResult, ShippingIntent } from '../../../functions/shipping/decide.ts'
import { shippingForesight } from '../../../functions/shipping/foresight.ts'
import { days } from '../../../reactive/time.ts'
import { commandOf, handClock, orderId } from '../../support/deliveries.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

const { clock, start } = handClock()
const id = `fulfil-order:${orderId}/book-shipment/do/1`
const lines = [{ sku: 'TEA-01', quantity: 2 }]
const to = (country: string) => ({ name: 'A. Reader', street: '1 High Street', city: 'X', postcode: '1000', country })
const book = (country = 'BE') => commandOf(BookShipment({ orderId, lines, shipTo: to(country) }), start, { id })
const cancel = commandOf(CancelShipment({ orderId }), start, { id: id.replace('/do/', '/undo/'), undoes: id })

test.each([
  ['asks a carrier for what is new', book(), false, 'passes', 'its partner would be asked'],
  ['refuses where nobody goes', book('AU'), false, 'refuses', 'country-not-served'],
  ['answers from its record what it has booked', book(), true, 'repeats', 'ShipmentBooked from its record'],
  ['calls off what it has booked', cancel, true, 'passes', 'asked to take it back'],
])('shipping %s, as it foretells, and writes nothing', async (_, message, booked, says, because) => {
  const store = memoryCommandRecords<ShippingIntent, ShipmentResult>()
  const intent: ShippingIntent = { carrier: 'swift', lines, shipTo: to('BE') }
  const done = { state: 'done', intent, result: { carrier: 'swift', trackingNumber: 'SW-1' } } as const
  if (booked) await store.commit({ orderId, commandId: id }, 'none', done, start)
  const before = JSON.stringify(store.all())
  const foresee = shippingForesight({ store, clock, timing: { horizon: days(30), partnerCall: 1_000 } })
  expect(await foresee([JSON.stringify(message)])).toEqual([{ says, because: expect.stringContaining(because) }])
  expect(JSON.stringify(store.all())).toBe(before)
})
