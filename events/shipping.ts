import * as z from 'zod'
import { command, event, reply } from './contract.ts'
import { carriers } from './partners/carriers.ts'
import { address, lines, orderId, reason } from './vocabulary.ts'

const carrier = z.enum(carriers)

export const BookShipment = command(
  'shipping',
  'BookShipment',
  1,
  { orderId, lines, shipTo: address },
  { personal: ['shipTo'] },
)
export const ShipmentBooked = reply('shipping', 'ShipmentBooked', 1, {
  orderId,
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
})
export const ShipmentRefused = reply('shipping', 'ShipmentRefused', 1, { orderId, reason })

/** Undoes the BookShipment whose id the envelope's `undoes` names. */
export const CancelShipment = command('shipping', 'CancelShipment', 1, { orderId })
export const ShipmentCancelled = reply('shipping', 'ShipmentCancelled', 1, { orderId })

/** Has a parcel fetched from the customer by one carrier. */
export const BookReturn = command(
  'shipping',
  'BookReturn',
  1,
  { orderId, carrier, lines, fetchFrom: address },
  { personal: ['fetchFrom'] },
)
export const ReturnBooked = reply('shipping', 'ReturnBooked', 1, {
  orderId,
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
})
export const ReturnRefused = reply('shipping', 'ReturnRefused', 1, { orderId, reason })

/** Undoes the BookReturn whose id the envelope's `undoes` names. */
export const CancelReturn = command('shipping', 'CancelReturn', 1, { orderId })
export const ReturnCancelled = reply('shipping', 'ReturnCancelled', 1, { orderId })
/** The carrier has the parcel already. Asked again later, the answer may be another. */
export const ReturnCancellationRefused = reply('shipping', 'ReturnCancellationRefused', 1, { orderId, reason })

/** The parcel has arrived and all is settled: the carrier may close its file. */
export const CloseReturn = command('shipping', 'CloseReturn', 1, {
  orderId,
  carrier,
  trackingNumber: z.string().min(1),
})
export const ReturnClosed = reply('shipping', 'ReturnClosed', 1, { orderId })

/** A carrier has delivered a parcel that comes back. */
export const ParcelReceived = event('shipping', 'ParcelReceived', 1, {
  orderId,
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
})
