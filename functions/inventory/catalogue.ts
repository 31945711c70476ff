import type { Product, PutProductBody } from '../../events/http/inventory.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import type { Clock } from '../../reactive/time.ts'
import { decideListing, decideRepair, type Refused, unitsOf } from './decide.ts'
import { readEntry, readShelves } from './stock.ts'
import type { Catalogue } from './store.ts'

export type Unlisted = { readonly refused: 'stock-below-committed' | 'too-many-at-once'; readonly because: string }
export type ProductPage = {
  readonly items: readonly Product[]
  readonly next?: string
  readonly unreadable: readonly string[]
}

/** How often a change is decided anew because somebody else made one. */
const mostAttempts = 6

/**
 * The catalogue as operators keep it and customers see it, without HTTP.
 *
 * @example
 * await catalogueOf({ store, clock: Date.now }).put('TEA-01', { name: 'Tea', price, stock: 10 })
 * // { sku: 'TEA-01', name: 'Tea', price, available: 10 }
 */
export const catalogueOf = ({ store, clock }: { readonly store: Catalogue; readonly clock: Clock }) => {
  const recount = async (sku: string): Promise<number> => {
    let committed = 0
    for await (const lines of store.committed()) committed += unitsOf(sku, lines)
    return committed
  }

  /** One attempt; undefined when somebody else was there first. */
  const attempt = async (sku: string, sheet: PutProductBody): Promise<Product | Unlisted | undefined> => {
    const found = await store.find(sku)
    const decision = decideListing(sku, found, sheet, clock())
    switch (decision.do) {
      case 'nothing':
        return productOf(found)
      case 'refuse':
        return unlisted(sku, sheet, decision)
      case 'create':
        return (await store.create(decision.item)) === 'written' ? productOf(decision.item) : undefined
      case 'change': {
        const { from, change } = decision
        // What is available moves all the time, so it is read again rather than computed.
        return (await store.change(sku, from, change)) === 'written' ? productOf(await store.find(sku)) : undefined
      }
      case 'repair': {
        // Read first, counted after: whatever moves in between changes `changes`, and the replacement is not made. A sale
        // moves nothing, and counts the same on either side of it.
        const repair = decideRepair(sku, found, sheet, await recount(sku), clock())
        if (repair.do === 'refuse') return unlisted(sku, sheet, repair)
        const { changes } = found as { changes?: unknown }
        return (await store.replace(repair.item, changes)) === 'written' ? productOf(repair.item) : undefined
      }
    }
  }

  return {
    /** A page of the catalogue. Records that cannot be shown are named apart, so that one does not hide the others. */
    list: async (limit: number, after?: string): Promise<ProductPage> => {
      const { items, next } = await store.page(limit, after)
      const shown = items.map((item) => ({ item, entry: readEntry(item) }))
      return {
        items: shown.flatMap(({ item, entry }) => (entry.sound ? [productOf(item)] : [])),
        ...(next === undefined ? {} : { next }),
        unreadable: shown.flatMap(({ item, entry }) => (entry.sound ? [] : [String((item as { sku: unknown }).sku)])),
      }
    },

    show: async (sku: string): Promise<Product | undefined> => {
      const found = await store.find(sku)
      return found === undefined ? undefined : productOf(found)
    },

    /**
     * Lists a product as the sheet says. Repairs a damaged record by the way, counting its units from the reservations.
     *
     * @throws TransientError when others changed the product at the same time too often; repeating is safe.
     */
    put: async (sku: string, sheet: PutProductBody): Promise<Product | Unlisted> => {
      for (let tries = 0; tries < mostAttempts; tries++) {
        const put = await attempt(sku, sheet)
        if (put !== undefined) return put
      }
      throw new TransientError(`${sku} was changed by others ${mostAttempts} times; try again.`)
    },
  }
}

/** Of shelves that cannot be counted nothing can be ordered. */
const productOf = (item: unknown): Product => {
  const entry = readEntry(item)
  if (!entry.sound) {
    const sku = String((item as { sku?: unknown } | undefined)?.sku)
    throw new PermanentError(
      'damaged-stock-record',
      `The catalogue entry of ${sku} is damaged (${entry.because}). An operator's PUT /products/${sku} repairs it.`,
    )
  }
  const { sku, name, price } = entry.value
  const shelves = readShelves(item)
  return { sku, name, price, available: shelves.sound ? shelves.value.available : 0 }
}

const unlisted = (sku: string, { stock }: PutProductBody, refused: Refused): Unlisted =>
  refused.because === 'too-many'
    ? {
        refused: 'too-many-at-once',
        because:
          `${stock} units of ${sku} are more than somebody puts on the shelves at once. ` +
          `State the total ever put there: at most ${refused.most}.`,
      }
    : {
        refused: 'stock-below-committed',
        because:
          `${stock} units of ${sku} are fewer than the ${refused.committed} promised or sold. ` +
          `State the total ever put on the shelves: at least ${refused.committed}.`,
      }
