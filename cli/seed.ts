import { Failure } from '../local/failure.ts'
import { type Api, everyItem } from './api.ts'
import { type CatalogueEntry, catalogue } from './catalogue.ts'
import { signIn } from './sign-in.ts'
import type { System } from './system.ts'
import { atMost, until } from './wait.ts'

/** How long ordering may take to learn the prices. Milliseconds. */
const learning = 60_000

/**
 * Puts the catalogue on the shelves of a system and waits until orders for it can be placed. Repeating it changes
 * nothing.
 *
 * @throws Failure naming the products that ordering did not learn in time.
 *
 * @example
 * await seed(system) // { products: 12 }
 */
export const seed = async (system: System): Promise<{ products: number }> => {
  const api = signIn(system, { role: 'operator', subject: 'seed' })
  await list(api, catalogue)
  return { products: catalogue.length }
}

/** Lists products and waits until ordering has the price of each. */
export const list = async (api: Api, products: readonly CatalogueEntry[], within = learning): Promise<void> => {
  await atMost(4, products, ({ sku, ...body }) => api.putProduct(sku, body))
  let missing: string[] = []
  const known = await until(
    async () => {
      missing = await unlearned(api, products)
      return missing.length === 0 ? true : undefined
    },
    { within, every: 150 },
  )
  if (!known)
    throw new Failure(`ordering has not learned the prices of ${missing.join(', ')} within ${within / 1_000} s`, {
      remedy: "'./neverstop failed list' and './neverstop logs' may say why",
    })
}

/** The products whose price in ordering's list is not yet the one of the catalogue. */
const unlearned = async (api: Api, products: readonly CatalogueEntry[]): Promise<string[]> => {
  const prices = new Map<string, string>()
  for await (const { sku, name, price } of everyItem((cursor) => api.prices({ cursor, limit: 100 })))
    prices.set(sku, termsOf({ name, price }))
  return products.filter((product) => prices.get(product.sku) !== termsOf(product)).map(({ sku }) => sku)
}

const termsOf = ({ name, price }: Pick<CatalogueEntry, 'name' | 'price'>) => `${price.amount} ${price.currency} ${name}`
