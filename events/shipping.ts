import * as z from 'zod'
import { command, reply } from './contract.ts'
import { address, lines, orderId, reason } from './vocabulary.ts'

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
