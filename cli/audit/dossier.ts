import type {
  BookingReading,
  BookReading,
  PaymentReading,
  PickupReading,
  Readings,
  RefundReading,
  ReservationReading,
  SagaReading,
  ShipmentReading,
} from './readings.ts'

/** Two records that cannot both be right. `about` is an order's id or a SKU. */
export type Difference = { readonly code: string; readonly about: string; readonly detail: string }

/** Everything that the records say about one order. */
export type Dossier = {
  readonly books: readonly BookReading[]
  readonly payments: readonly PaymentReading[]
  readonly refunds: readonly RefundReading[]
  readonly reservations: readonly ReservationReading[]
  readonly shipments: readonly ShipmentReading[]
  /** Live ones only. */
  readonly bookings: readonly BookingReading[]
  readonly pickups: readonly PickupReading[]
  readonly sagas: readonly SagaReading[]
}

/** The records of every order, found once and not by searching all of them for each order. */
export const dossiersOf = (readings: Readings): ((orderId: string) => Dossier) => {
  const by = <T extends { readonly orderId: string }>(records: readonly T[]) => {
    const groups = Map.groupBy(records, ({ orderId }) => orderId)
    return (orderId: string): readonly T[] => groups.get(orderId) ?? []
  }
  const books = by(readings.books)
  const payments = by(readings.payments)
  const refunds = by(readings.refunds)
  const reservations = by(readings.reservations)
  const shipments = by(readings.shipments)
  const bookings = by(readings.bookings.filter(({ state }) => state === 'booked'))
  const pickups = by(readings.pickups)
  const sagas = by(readings.sagas)
  return (orderId) => ({
    books: books(orderId),
    payments: payments(orderId),
    refunds: refunds(orderId),
    reservations: reservations(orderId),
    shipments: shipments(orderId),
    bookings: bookings(orderId),
    pickups: pickups(orderId),
    sagas: sagas(orderId),
  })
}
