import * as z from 'zod'
import { money, sku } from '../vocabulary.ts'
import { cursor, limit, pageOf } from './paging.ts'

/** Units of a product that a person may put on the shelves at once. */
export const maxStock = 1_000_000

/** What `PUT /products/{sku}` takes: the whole catalogue entry. */
export const putProductBody = z
  .strictObject({
    name: z.string().min(1).max(120),
    price: z.strictObject(money.shape),
    stock: z
      .int()
      .min(0)
      .describe(`Units ever put on the shelves, sold ones included; at most ${maxStock} more than before.`),
  })
  .meta({ description: 'A product as it shall be listed.' })

/** What `GET /products/{sku}` answers. */
export const product = z
  .object({ sku, name: z.string(), price: money, available: z.int().min(0) })
  .meta({ description: 'A product and how many can be ordered now.' })

/** What `GET /products` answers, in no particular order. */
export const productList = pageOf(product).meta({ description: 'The catalogue.' })

export const listProductsQuery = z.strictObject({ limit: limit.optional(), cursor: cursor.optional() })

export type PutProductBody = z.infer<typeof putProductBody>
export type Product = z.infer<typeof product>
export type ProductList = z.infer<typeof productList>
