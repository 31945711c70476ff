import type { Condition, Line, Reason } from '../../events/vocabulary.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import type { EpochMs } from '../../reactive/time.ts'
import type { Missing } from './decide.ts'
import type { ListingChange, StockItem } from './stock.ts'

/**
 * What is on record for one ReserveStock. Lines are merged: no SKU stands twice. `done` holds units, `sold` has given them
 * to the customer for good, `undone` has put them back, `restocked` has, too, after the customer had sent them back; the
 * others never took any. `condition`: in which the goods came back.
 */
export type Reservation =
  | {
      readonly state: 'done' | 'sold' | 'undone' | 'restocked'
      readonly lines: readonly Line[]
      readonly condition?: Condition
    }
  | {
      readonly state: 'refused'
      readonly lines: readonly Line[]
      readonly reason: Reason
      readonly missing: readonly Missing[]
    }
  | { readonly state: 'tombstone'; readonly because: 'expired' | 'undone' }

/**
 * What came of a transaction over a reservation and its stock.
 * - `recorded`: the reservation was not in the state that was expected; nothing was written.
 * - `stock`: a stock item did not allow it, for want of units or because it cannot be counted with; nothing was written.
 */
export type Moved = 'written' | 'recorded' | 'stock'

/**
 * Reservations as sales. Every read is consistent; every write is of the reservation alone, whose units are committed
 * before and after. Each may throw, and making it again is safe.
 */
export type SaleBook = {
  readonly ofOrder: (orderId: string) => Promise<readonly (CommandKey & Reservation)[]>
  /** done → sold; false when it is not done, or not any more. */
  readonly sell: (key: CommandKey, now: EpochMs) => Promise<boolean>
  /** Notes in which condition sold goods came back; false when they are not sold, or it was noted before. */
  readonly takeBack: (key: CommandKey, condition: Condition) => Promise<boolean>
}

/**
 * Reservations with the stock that they move. Every read is consistent; every move is one transaction, all or nothing.
 * Each may throw: a TransientError when it was not made, anything else when nobody knows. Making it again is safe.
 */
export type ReservationBook = SaleBook & {
  readonly load: (key: CommandKey) => Promise<Reservation | undefined>
  /** The stock items as they lie in the table, by SKU; what is not there is missing. */
  readonly stockOf: (skus: readonly string[]) => Promise<ReadonlyMap<string, unknown>>
  /** Writes a record without effect where there is none; otherwise returns the one that is there. */
  readonly record: (
    key: CommandKey,
    record: Extract<Reservation, { state: 'refused' | 'tombstone' }>,
    now: EpochMs,
  ) => Promise<Reservation | undefined>
  /** No record → done; available → committed. */
  readonly reserve: (key: CommandKey, lines: readonly Line[], now: EpochMs) => Promise<Moved>
  /** done → undone; committed → available. */
  readonly release: (key: CommandKey, lines: readonly Line[], now: EpochMs) => Promise<Moved>
  /** sold → restocked; committed → available. */
  readonly restock: (key: CommandKey, lines: readonly Line[], now: EpochMs) => Promise<Moved>
}

/** Whether a conditional write was made; `changed`: somebody else was there first, look again. */
export type Put = 'written' | 'changed'

/** The catalogue: stock items as operators and customers see them. */
export type Catalogue = {
  /** The item as it lies in the table. */
  readonly find: (sku: string) => Promise<unknown>
  /** Items in no particular order, and the SKU to go on after. */
  readonly page: (limit: number, after?: string) => Promise<{ items: readonly unknown[]; next?: string }>
  readonly create: (item: StockItem) => Promise<Put>
  /** On condition that revision and initial are still `from`, and that the units which go are available. */
  readonly change: (sku: string, from: Pick<StockItem, 'revision' | 'initial'>, change: ListingChange) => Promise<Put>
  /** Replaces the item on condition that its `changes`, whatever lies there, is still `from`. */
  readonly replace: (item: StockItem, from: unknown) => Promise<Put>
  /** The lines of every reservation that holds units or has sold them. */
  readonly committed: () => AsyncIterable<readonly Line[]>
}

/** Both are views of the same two tables. */
export type InventoryStore = ReservationBook & Catalogue
