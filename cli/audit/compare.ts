import { type Difference, dossiersOf } from './dossier.ts'
import { differencesOf, openOf } from './order-rules.ts'
import type { BookReading, OrderReading, Readings, ReservationReading, StockReading } from './readings.ts'

/** What the audit says. Amounts are minor units of `currency`. */
export type Audit = {
  readonly ok: boolean
  readonly money: {
    readonly authorised: number
    readonly captured: number
    readonly voided: number
    readonly refunded: number
    /** Held on cards: authorised, and neither captured nor voided. */
    readonly open: number
    readonly currency: string | null
  }
  /** Initial and available as the stock records say, reserved and sold as the reservations do. */
  readonly stock: readonly (Pick<StockReading, 'sku' | 'initial' | 'available'> & Taken)[]
  readonly orders: Readonly<Record<OrderReading['status'], number>>
  readonly unfinishedSagas: number
  readonly messagesInFlight: number
  readonly failedMessages: number
  readonly differences: readonly Difference[]
}

/** Units of a product that reservations hold for orders, and that they have sold. */
type Taken = { readonly reserved: number; readonly sold: number }

/**
 * Compares what every context wrote down with what the others did and with the partners' books.
 *
 * Orders are read first, so whatever an ended order implies had happened when the other records were read: those rules
 * hold while the system moves. The rules that need it to stand still (sums over reservations, stock that becomes sold
 * after the confirmation) are asked only when it does.
 *
 * @example
 * compare(readings).differences // [{ code: 'captured-and-rejected', about: 'ord_…', detail: … }]
 */
export const compare = (readings: Readings): Audit => {
  const dossierOf = dossiersOf(readings)
  const takenOf = takenBy(readings.reservations)
  const differences = [
    ...readings.orders.flatMap((order) => differencesOf(order, dossierOf(order.orderId), readings)),
    ...withoutOrder(readings),
    ...readings.stock.flatMap((stock) => ofStock(stock, takenOf(stock.sku), readings.settled)),
    ...ofCurrencies(readings),
  ]
  const sum = (amount: (book: BookReading) => number) => readings.books.reduce((all, book) => all + amount(book), 0)
  const count = (status: OrderReading['status']) => readings.orders.filter((order) => order.status === status).length
  return {
    ok: differences.length === 0,
    money: {
      authorised: sum(({ authorised }) => authorised),
      captured: sum(({ captured }) => captured),
      voided: sum(({ voided }) => voided),
      refunded: sum(({ refunded }) => refunded),
      open: sum(openOf),
      currency: readings.books[0]?.currency ?? null,
    },
    stock: readings.stock
      .map(({ sku, initial, available }) => ({ sku, initial, available, ...takenOf(sku) }))
      .toSorted((a, b) => a.sku.localeCompare(b.sku)),
    orders: {
      placed: count('placed'),
      confirmed: count('confirmed'),
      rejected: count('rejected'),
      cancelled: count('cancelled'),
    },
    unfinishedSagas: readings.sagas.filter(({ phase }) => phase === 'running').length,
    messagesInFlight: readings.messagesInFlight,
    failedMessages: readings.failedMessages,
    differences,
  }
}

/**
 * Only what both audits found. A difference that the first saw because one table was read before a change and another
 * after it is not in the second.
 */
export const persistent = (first: Audit, second: Audit): Audit => {
  const keyOf = ({ code, about }: Difference) => `${code} ${about}`
  const before = new Set(first.differences.map(keyOf))
  const differences = second.differences.filter((difference) => before.has(keyOf(difference)))
  return { ...second, differences, ok: differences.length === 0 }
}

/** Partners and contexts that know of an order which ordering does not. */
const withoutOrder = (readings: Readings): Difference[] => {
  const known = new Set(readings.orders.map(({ orderId }) => orderId))
  const unknown = <T extends { readonly orderId: string }>(
    records: readonly T[],
    code: string,
    detail: (one: T) => string,
  ) =>
    records
      .filter(({ orderId }) => !known.has(orderId))
      .map((record): Difference => ({ code, about: record.orderId, detail: detail(record) }))
  // An order that was placed after the orders were read is no orphan: its records are asked about when all stands still.
  if (!readings.settled) return []
  return [
    ...unknown(
      readings.books.filter((book) => book.captured - book.refunded > 0 || openOf(book) > 0),
      'money-without-order',
      ({ key, captured, authorised }) => `${key}: authorised ${authorised}, captured ${captured}`,
    ),
    ...unknown(
      readings.bookings.filter(({ state }) => state === 'booked'),
      'parcel-without-order',
      ({ carrier, trackingNumber }) => `${carrier} ${trackingNumber}`,
    ),
    ...unknown(
      readings.reservations.filter(({ state }) => state === 'held' || state === 'sold'),
      'stock-without-order',
      ({ state }) => `a reservation is ${state}`,
    ),
    ...unknown(
      readings.sagas.filter(({ phase }) => phase === 'running' || phase === 'ended'),
      'saga-without-order',
      ({ sagaId }) => sagaId,
    ),
  ]
}

/** What reservations take of each product, summed once and not for each product anew. */
const takenBy = (reservations: readonly ReservationReading[]): ((sku: string) => Taken) => {
  const sums = (state: ReservationReading['state']) => {
    const units = new Map<string, number>()
    for (const reservation of reservations)
      if (reservation.state === state)
        for (const { sku, quantity } of reservation.lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
    return units
  }
  const [held, sold] = [sums('held'), sums('sold')]
  return (sku) => ({ reserved: held.get(sku) ?? 0, sold: sold.get(sku) ?? 0 })
}

const ofStock = (stock: StockReading, { reserved, sold }: Taken, settled: boolean): Difference[] => {
  const { sku, initial, available, committed } = stock
  const wrong = (code: string, detail: string): Difference => ({ code, about: sku, detail })
  if (stock.problem !== undefined) return [wrong('stock-unreadable', stock.problem)]
  return [
    ...([initial, available, committed].some((number) => number < 0)
      ? [wrong('stock-negative', `initial ${initial}, available ${available}, committed ${committed}`)]
      : []),
    ...(initial === available + committed
      ? []
      : [
          wrong(
            'stock-not-conserved',
            `${initial} units came in; ${available} available and ${committed} committed make ${available + committed}`,
          ),
        ]),
    ...(settled && committed !== reserved + sold
      ? [
          wrong(
            'committed-differs',
            `reservations hold ${reserved} and have sold ${sold}, the stock record says that ${committed} are committed`,
          ),
        ]
      : []),
  ]
}

/** Sums over several currencies say nothing. */
const ofCurrencies = ({ books, orders }: Readings): Difference[] => {
  const currencyOf = new Map(orders.map(({ orderId, currency }) => [orderId, currency]))
  return books
    .filter(({ orderId, currency }) => (currencyOf.get(orderId) ?? currency) !== currency)
    .map(({ orderId, key, currency }) => ({
      code: 'currency-differs',
      about: orderId,
      detail: `${key} is in ${currency}, the order in ${currencyOf.get(orderId)}`,
    }))
}
