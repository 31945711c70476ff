import * as z from 'zod'
import { type Money, money, sku } from '../../events/vocabulary.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'

const units = z.int().min(0)

/** What a customer sees of a product; `revision` rises whenever it changes. */
const catalogueEntry = z.looseObject({
  sku,
  name: z.string().min(1),
  price: money,
  revision: z.int().min(1),
  /** When this revision was made, RFC 3339. */
  listedAt: z.iso.datetime(),
})

/**
 * How many units there are and where. `initial` counts every unit ever put on the shelves; each is either available or
 * committed. Whether committed units are reserved or sold is told by the reservations alone. `changes` rises with every
 * write, so that a repair notices what happened meanwhile.
 */
const shelves = z
  .looseObject({ initial: units, available: units, committed: units, changes: units })
  .refine(({ initial, available, committed }) => initial === available + committed, {
    message: 'initial is not the sum of available and committed',
  })

export type CatalogueEntry = z.infer<typeof catalogueEntry>
export type Shelves = z.infer<typeof shelves>
export type StockItem = CatalogueEntry & Shelves

/** A change of a product's listing. `difference` units come on the shelves, or go when it is negative. */
export type ListingChange = {
  readonly name: string
  readonly price: Money
  readonly revision: number
  readonly listedAt: string
  readonly difference: number
}

/** A part of a stock item, or why it cannot be read as one. */
export type Read<T> = { readonly sound: true; readonly value: T } | { readonly sound: false; readonly because: string }

export const readEntry = (item: unknown): Read<CatalogueEntry> => readAs(catalogueEntry, item)
export const readShelves = (item: unknown): Read<Shelves> => readAs(shelves, item)

const readAs = <T>(schema: z.ZodType<T>, item: unknown): Read<T> => {
  const { data, error } = schema.safeParse(item)
  if (!error) return { sound: true, value: data }
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  return { sound: false, because: faults.join('; ') }
}

/** Revisions and changes are counted from one, so no count reaches a time in seconds: it stands in for one that is lost. */
export const afterLost = (now: EpochMs): number => Math.floor(now / 1_000)

/**
 * A new stock item with all its units accounted for.
 *
 * @example
 * stockItem({ sku: 'TEA-01', name: 'Tea', price, revision: 1, changes: 1, stock: 10, committed: 0, now })
 * // { sku: 'TEA-01', …, initial: 10, available: 10, committed: 0 }
 */
export const stockItem = ({
  stock,
  now,
  committed,
  ...rest
}: Pick<StockItem, 'sku' | 'name' | 'price' | 'revision' | 'changes' | 'committed'> & {
  readonly stock: number
  readonly now: EpochMs
}): StockItem => ({
  ...rest,
  listedAt: iso(now),
  initial: stock,
  available: stock - committed,
  committed,
})
