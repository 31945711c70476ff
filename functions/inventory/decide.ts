import { maxStock, type PutProductBody } from '../../events/http/inventory.ts'
import { type Line, quantity, type Reason } from '../../events/vocabulary.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'
import { afterLost, type ListingChange, readEntry, readShelves, type StockItem, stockItem } from './stock.ts'

/** What an order wanted and could not have; `requested` is at most what one line may ask for. */
export type Missing = { readonly sku: string; readonly requested: number; readonly available: number }

export type Decision =
  | { readonly decision: 'reserve' }
  | { readonly decision: 'refuse'; readonly reason: Reason; readonly missing: readonly Missing[] }
  /** Nobody can tell whether there is enough: a person has to repair the record first. */
  | { readonly decision: 'damaged'; readonly sku: string; readonly because: string }

/**
 * The lines with every SKU once, its quantities added, in the order of the SKUs.
 *
 * @example
 * mergeLines([{ sku: 'B2', quantity: 1 }, { sku: 'A1', quantity: 2 }, { sku: 'B2', quantity: 3 }])
 * // [{ sku: 'A1', quantity: 2 }, { sku: 'B2', quantity: 4 }]
 */
export const mergeLines = (lines: readonly Line[]): Line[] => {
  const merged = new Map<string, number>()
  for (const { sku, quantity } of lines) merged.set(sku, (merged.get(sku) ?? 0) + quantity)
  return [...merged].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

/**
 * Whether stock covers merged lines. All or nothing: one line that is short refuses the order.
 *
 * `stock` is what lies in the table, by SKU. A record that cannot be counted with is neither enough nor too little.
 */
export const decideReservation = (lines: readonly Line[], stock: ReadonlyMap<string, unknown>): Decision => {
  const missing: (Missing & { readonly name?: string })[] = []
  for (const { sku, quantity: requested } of lines) {
    const item = stock.get(sku)
    if (item === undefined) {
      missing.push({ sku, requested, available: 0 })
      continue
    }
    const read = readShelves(item)
    if (!read.sound) return { decision: 'damaged', sku, because: read.because }
    const { available } = read.value
    if (available >= requested) continue
    const entry = readEntry(item)
    missing.push({ sku, requested, available, name: entry.sound ? entry.value.name : sku })
  }
  if (missing.length === 0) return { decision: 'reserve' }
  const unknown = missing.filter(({ name }) => name === undefined)
  return {
    decision: 'refuse',
    reason:
      unknown.length > 0
        ? { code: 'unknown-product', message: someOf(unknown, ({ sku }) => `We do not sell ${sku}.`) }
        : { code: 'out-of-stock', message: someOf(missing, shortage) },
    missing: missing.map(({ sku, requested, available }) => ({
      sku,
      requested: Math.min(requested, mostOfOneLine),
      available,
    })),
  }
}

/** The reply's contract promises no more, and several lines of one SKU may add up to more. */
const mostOfOneLine = quantity.maxValue ?? Number.MAX_SAFE_INTEGER

const shortage = ({ name = '', available }: { readonly name?: string; readonly available: number }) =>
  available === 0
    ? `${clip(name)} is out of stock.`
    : `Only ${available} of ${clip(name)} ${available === 1 ? 'is' : 'are'} in stock.`

/** A reason has 300 characters at most, an order fifty lines: the first two are told, the rest counted. */
const someOf = <T>(items: readonly T[], tell: (item: T) => string): string => {
  const rest = items.length - 2
  const more = rest <= 0 ? [] : [rest === 1 ? 'One more product is missing.' : `${rest} more products are missing.`]
  return [...items.slice(0, 2).map(tell), ...more].join(' ')
}

const clip = (name: string) => (name.length > 80 ? `${name.slice(0, 79)}…` : name)

export type ListingDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'create'; readonly item: StockItem }
  | { readonly do: 'change'; readonly from: Pick<StockItem, 'revision' | 'initial'>; readonly change: ListingChange }
  /** The units have to be counted anew from the reservations, see `decideRepair`. */
  | { readonly do: 'repair' }
  | Refused

/** Fewer units than are promised or sold, or more than `most`, which is all that a person may have come to at once. */
export type Refused =
  | { readonly do: 'refuse'; readonly because: 'below-committed'; readonly committed: number }
  | { readonly do: 'refuse'; readonly because: 'too-many'; readonly most: number }

/** Why so many units are not listed; nothing when they may be. `before`: how many there were. */
const refusedStock = (stock: number, committed: number, before: number): Refused | undefined => {
  if (stock < committed) return { do: 'refuse', because: 'below-committed', committed }
  const most = before + maxStock
  return stock > most ? { do: 'refuse', because: 'too-many', most } : undefined
}

/**
 * What becomes of a product when an operator states how it shall be listed. `stock` is the total of units ever put on
 * the shelves, so stating it twice changes nothing. The revision rises when customers see something else.
 */
export const decideListing = (sku: string, found: unknown, sheet: PutProductBody, now: EpochMs): ListingDecision => {
  const { name, price, stock } = sheet
  if (found === undefined) {
    const refused = refusedStock(stock, 0, 0)
    if (refused) return refused
    return { do: 'create', item: stockItem({ sku, name, price, stock, revision: 1, changes: 1, committed: 0, now }) }
  }
  const shelves = readShelves(found)
  const entry = readEntry(found)
  if (!shelves.sound || !entry.sound) return { do: 'repair' }
  const { initial, committed } = shelves.value
  const refused = refusedStock(stock, committed, initial)
  if (refused) return refused
  const { revision, listedAt } = entry.value
  const relisted = differs(entry.value, sheet)
  if (!relisted && stock === initial) return { do: 'nothing' }
  return {
    do: 'change',
    from: { revision, initial },
    change: {
      name,
      price,
      revision: relisted ? revision + 1 : revision,
      listedAt: relisted ? iso(now) : listedAt,
      difference: stock - initial,
    },
  }
}

/** The item that replaces a damaged one, given how many units of its SKU the reservations hold or have sold. */
export const decideRepair = (
  sku: string,
  found: unknown,
  { name, price, stock }: PutProductBody,
  committed: number,
  now: EpochMs,
): { readonly do: 'replace'; readonly item: StockItem } | Refused => {
  // How many there were nobody knows any more; those that were taken were there.
  const refused = refusedStock(stock, committed, committed)
  if (refused) return refused
  const { revision, changes } = found as { revision?: unknown; changes?: unknown }
  // Raised in any case: what the damaged record said of the catalogue may have been read by somebody.
  const next = (count: unknown) => (isCount(count) ? count + 1 : afterLost(now))
  return {
    do: 'replace',
    item: stockItem({
      sku,
      name,
      price,
      stock,
      revision: next(revision),
      changes: next(changes),
      committed,
      now,
    }),
  }
}

/** How many units of a SKU these lines take. */
export const unitsOf = (sku: string, lines: readonly Line[]): number =>
  lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)

const differs = (entry: Pick<StockItem, 'name' | 'price'>, { name, price }: PutProductBody) =>
  entry.name !== name || entry.price.amount !== price.amount || entry.price.currency !== price.currency

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
