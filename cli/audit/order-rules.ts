import type { Difference, Dossier } from './dossier.ts'
import type { BookReading, OrderReading, Readings, ReservationReading } from './readings.ts'
import { refundDifferences } from './refund-rules.ts'
import { mayBeBack, returnDifferences } from './return-rules.ts'

/** An order may wait this long for its saga before it counts as forgotten: two rounds of a reconciler and some. Milliseconds. */
const startGrace = 180_000

/** Amount still held on the card. */
export const openOf = ({ authorised, captured, voided }: BookReading): number => authorised - captured - voided

/** What is wrong with one order, given everything that was written about it. */
export const differencesOf = (
  order: OrderReading,
  dossier: Dossier,
  { settled, at }: Pick<Readings, 'settled' | 'at'>,
): Difference[] => {
  const wrong = (code: string, detail: string): Difference => ({ code, about: order.orderId, detail })
  const always = [...impossibleBooks(order, dossier, wrong), ...beliefs(dossier, settled || atRest(order), wrong)]
  if (order.status === 'confirmed') {
    const refund = refundDifferences(order, dossier, { settled, at }, wrong)
    const comeback = returnDifferences(order, dossier, { settled, at }, wrong)
    return [...always, ...confirmed(order, dossier, settled, wrong), ...refund, ...comeback]
  }
  if (order.status === 'placed') return [...always, ...unended(order, dossier, at, wrong)]
  return [...always, ...undone(order, dossier, wrong)]
}

type Wrong = (code: string, detail: string) => Difference

/** Ended, and neither a refund nor a return is under way: what partners do for it is over. */
const atRest = ({ status, refund, return: comeback }: OrderReading) =>
  status !== 'placed' && refund?.state !== 'requested' && comeback?.state !== 'requested'
const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

/** What must never be, whatever the order's state. */
const impossibleBooks = (order: OrderReading, { books }: Dossier, wrong: Wrong): Difference[] => {
  const captured = total(books.map((book) => book.captured))
  const charges = books.filter((book) => book.captured > 0)
  return [
    ...(charges.length > 1
      ? [wrong('charged-twice', `${charges.length} captures in the books: ${charges.map(({ key }) => key).join(', ')}`)]
      : []),
    ...(captured > order.total
      ? [wrong('charged-too-much', `${captured} captured for a total of ${order.total} ${order.currency}`)]
      : []),
    ...books
      .filter((book) => openOf(book) < 0 || book.refunded > book.captured)
      .map((book) =>
        wrong(
          'books-impossible',
          `${book.key}: authorised ${book.authorised}, captured ${book.captured}, voided ${book.voided}, refunded ${book.refunded}`,
        ),
      ),
  ]
}

/** Whether payments and shipping believe what the partners' books say. Asked only when nothing is under way. */
const beliefs = ({ books, payments, shipments, bookings }: Dossier, stands: boolean, wrong: Wrong): Difference[] => {
  if (!stands) return []
  const truth = books.some(({ captured }) => captured > 0)
    ? 'captured'
    : books.some((book) => openOf(book) > 0)
      ? 'authorised'
      : 'nothing held'
  const held = payments.find(
    ({ state }) => state === 'captured' || state === 'refunded' || state === 'authorised',
  )?.state
  // What went back had been taken: whether it did, the rules of refunds ask.
  const believed = held === 'refunded' ? 'captured' : (held ?? 'nothing held')
  const underWay = payments.find(({ state }) => state === 'under-way')
  const parcel = shipments.find(({ state }) => state === 'booked')
  const shippingUnderWay = shipments.find(({ state }) => state === 'under-way')
  return [
    ...(underWay
      ? [wrong('payment-unresolved', 'payments has a call to the acquirer whose outcome it does not know')]
      : believed === truth
        ? []
        : [wrong('payments-differ-from-books', `payments says ${believed}, the acquirer's books say ${truth}`)]),
    ...(shippingUnderWay
      ? [wrong('shipment-unresolved', 'shipping has a call to a carrier whose outcome it does not know')]
      : (parcel === undefined) === (bookings.length === 0) &&
          (parcel === undefined || bookings.some(({ trackingNumber }) => trackingNumber === parcel.trackingNumber))
        ? []
        : [
            wrong(
              'shipping-differs-from-carrier',
              `shipping says ${parcel?.trackingNumber ?? 'no parcel'}, the carriers say ${bookings.map(({ trackingNumber }) => trackingNumber).join(', ') || 'no parcel'}`,
            ),
          ]),
  ]
}

/** Confirmed: paid in full (a refund is judged by rules of its own), nothing else held, one parcel, its stock taken. */
const confirmed = (
  order: OrderReading,
  { books, bookings, reservations }: Dossier,
  settled: boolean,
  wrong: Wrong,
): Difference[] => {
  const kept = total(books.map((book) => book.captured - (order.refund ? 0 : book.refunded)))
  const open = total(books.map(openOf))
  const taken = reservations.filter(
    (reservation) => reservation.state === 'held' || reservation.state === 'sold' || mayBeBack(order, reservation),
  )
  const waiting = taken.filter(({ state }) => state === 'held')
  return [
    ...(kept < order.total
      ? [
          wrong(
            'confirmed-not-paid',
            `${kept} of ${order.total} ${order.currency} are captured in the acquirer's books`,
          ),
        ]
      : []),
    ...(open > 0 ? [wrong('authorisation-left-open', `${open} ${order.currency} are still held on the card`)] : []),
    ...(bookings.length === 0 ? [wrong('confirmed-not-shipped', 'no carrier has a live booking')] : []),
    ...(bookings.length > 1
      ? [
          wrong(
            'shipped-twice',
            bookings.map(({ carrier, trackingNumber }) => `${carrier} ${trackingNumber}`).join(' and '),
          ),
        ]
      : []),
    ...(taken.length === 1 && sameLines(taken[0]!.lines, order.lines)
      ? []
      : [
          wrong(
            'confirmed-without-stock',
            `${taken.length} reservations hold ${describe(taken)}, ordered was ${lines(order)}`,
          ),
        ]),
    ...(settled && waiting.length > 0
      ? [wrong('confirmed-not-sold', 'its stock is still reserved instead of sold')]
      : []),
  ]
}

/** Rejected or cancelled: as if it had never been. */
const undone = (order: OrderReading, { books, bookings, reservations }: Dossier, wrong: Wrong): Difference[] => {
  const kept = total(books.map((book) => book.captured - book.refunded))
  const open = total(books.map(openOf))
  const taken = reservations.filter(({ state }) => state === 'held' || state === 'sold')
  return [
    ...(kept > 0
      ? [wrong(`captured-and-${order.status}`, `${kept} ${order.currency} were captured and not refunded`)]
      : []),
    ...(open > 0 ? [wrong('authorisation-left-open', `${open} ${order.currency} are still held on the card`)] : []),
    ...(bookings.length > 0
      ? [
          wrong(
            `shipped-and-${order.status}`,
            bookings.map(({ carrier, trackingNumber }) => `${carrier} ${trackingNumber}`).join(' and '),
          ),
        ]
      : []),
    ...(taken.length > 0 ? [wrong(`stock-kept-though-${order.status}`, describe(taken))] : []),
  ]
}

/** Not ended: somebody must be at work on it. */
const unended = (order: OrderReading, { sagas }: Dossier, at: number, wrong: Wrong): Difference[] => {
  if (sagas.some(({ phase }) => phase === 'running')) return []
  const over = sagas.find(({ phase }) => phase === 'ended')
  if (over) return [wrong('saga-ended-without-its-order', `${over.sagaId} ended ${over.outcome}, the order is placed`)]
  const age = at - order.placedAt
  return age > startGrace
    ? [wrong('never-started', `placed ${Math.round(age / 1_000)} s ago and no saga works on it`)]
    : []
}

const sorted = (some: readonly { sku: string; quantity: number }[]) =>
  some.map(({ sku, quantity }) => `${quantity} × ${sku}`).sort()
const sameLines = (a: OrderReading['lines'], b: OrderReading['lines']) => sorted(a).join() === sorted(b).join()
const lines = (order: OrderReading) => sorted(order.lines).join(', ')
const describe = (reservations: readonly ReservationReading[]) =>
  reservations.map(({ state, lines }) => `${sorted(lines).join(', ')} ${state}`).join('; ') || 'nothing'
