import type { PutProductBody } from '../events/http/inventory.ts'
import type { Sku } from '../events/vocabulary.ts'

export type CatalogueEntry = { readonly sku: Sku } & PutProductBody

const euros = (cents: number) => ({ amount: cents, currency: 'EUR' })
/** Enough for a hundred thousand orders of the demonstration. */
const plenty = 250_000

/** A product that nobody has: orders for it are refused for want of stock. */
export const soldOutSku: Sku = 'TEAPOT-GOLD'

/** The product whose stock record the demonstration damages, and repairs. No other order of the mix names it. */
export const fragileSku: Sku = 'TEAPOT-GLASS'

/** The dearest product that can be had: twenty of it make an order that somebody has to approve. */
export const dearSku: Sku = 'KETTLE-STEEL'

/** What a stage is seeded with. */
export const catalogue: readonly CatalogueEntry[] = [
  { sku: 'TEA-ASSAM', name: 'Assam, 250 g', price: euros(890), stock: plenty },
  { sku: 'TEA-DARJEELING', name: 'Darjeeling first flush, 100 g', price: euros(1_450), stock: plenty },
  { sku: 'TEA-EARLGREY', name: 'Earl Grey, 250 g', price: euros(990), stock: plenty },
  { sku: 'TEA-SENCHA', name: 'Sencha, 100 g', price: euros(1_190), stock: plenty },
  { sku: 'TEA-ROOIBOS', name: 'Rooibos, 250 g', price: euros(690), stock: plenty },
  { sku: 'MUG-WHITE', name: 'Mug, white', price: euros(1_250), stock: plenty },
  { sku: 'MUG-BLUE', name: 'Mug, blue', price: euros(1_350), stock: plenty },
  { sku: dearSku, name: 'Kettle, steel, 1.2 l', price: euros(5_900), stock: plenty },
  { sku: 'STRAINER-01', name: 'Tea strainer', price: euros(790), stock: plenty },
  { sku: 'TIN-LARGE', name: 'Tea tin, large', price: euros(1_590), stock: plenty },
  { sku: fragileSku, name: 'Teapot, glass, 1 l', price: euros(3_490), stock: plenty },
  { sku: soldOutSku, name: 'Teapot, gilded, 0.8 l', price: euros(49_000), stock: 0 },
]

/** What orders may name, by what becomes of them. */
export const shelf = {
  plenty: catalogue.map(({ sku }) => sku).filter((sku) => sku !== soldOutSku && sku !== fragileSku),
  soldOut: soldOutSku,
  fragile: fragileSku,
  dear: dearSku,
}
