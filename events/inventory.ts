import * as z from 'zod'
import { command, event, reply } from './contract.ts'
import { condition, lines, money, orderId, part, quantity, reason, sku } from './vocabulary.ts'

/** A product's catalogue entry as of `revision`; the highest revision wins, so order of arrival does not matter. */
export const ProductListed = event('inventory', 'ProductListed', 1, {
  sku,
  name: z.string().min(1).max(120),
  price: money,
  revision: z.int().min(1),
})

export const ReserveStock = command('inventory', 'ReserveStock', 1, { orderId, lines })
export const StockReserved = reply('inventory', 'StockReserved', 1, { orderId })
export const StockRefused = reply('inventory', 'StockRefused', 1, {
  orderId,
  reason,
  missing: z.array(part({ sku, requested: quantity, available: z.int().min(0) })).optional(),
})

/** Undoes the ReserveStock whose id the envelope's `undoes` names. */
export const ReleaseStock = command('inventory', 'ReleaseStock', 1, { orderId })
export const StockReleased = reply('inventory', 'StockReleased', 1, { orderId })

/** Goods of a confirmed order have come back, in some condition; they count as sold until they are restocked. */
export const TakeBack = command('inventory', 'TakeBack', 1, { orderId, condition })
export const TakenBack = reply('inventory', 'TakenBack', 1, { orderId })

/** Puts what was sold with the order back on the shelves, once. */
export const Restock = command('inventory', 'Restock', 1, { orderId })
export const Restocked = reply('inventory', 'Restocked', 1, { orderId })
