import type { Difference, Dossier } from './dossier.ts'
import type { OrderReading, Readings, ReservationReading } from './readings.ts'

/** A return may wait this long for its saga before it counts as forgotten: as an order may. Milliseconds. */
const returnGrace = 180_000

/**
 * What is wrong with an order that is sent back: one that was completed has brought one parcel in, the money out, and its
 * goods back on the shelves exactly if they can be sold again. One that was rejected has left nobody on the way.
 *
 * That a return was recorded is written after everything it implies, so those rules hold while the system moves.
 */
export const returnDifferences = (
  order: OrderReading,
  { pickups, sagas, reservations }: Dossier,
  { settled, at }: Pick<Readings, 'settled' | 'at'>,
  wrong: (code: string, detail: string) => Difference,
): Difference[] => {
  const live = pickups.filter(({ state }) => state !== 'cancelled')
  const listed = live.map(({ carrier, trackingNumber, state }) => `${carrier} ${trackingNumber} ${state}`).join(', ')
  const restocked = reservations.some(({ state }) => state === 'restocked')
  const goods = order.return?.condition
  switch (order.return?.state) {
    case undefined:
      return settled && live.length > 0 ? [wrong('pickup-without-return', `nobody sends it back: ${listed}`)] : []
    case 'requested': {
      const atWork = sagas.some(({ phase }) => phase === 'running')
      const age = at - order.return!.askedAt
      return !atWork && age > returnGrace
        ? [wrong('return-never-ended', `asked for ${Math.round(age / 1_000)} s ago and no saga works on it`)]
        : []
    }
    case 'rejected':
      return [
        ...(restocked ? [wrong('restocked-though-rejected', 'the goods are back on the shelves')] : []),
        ...(live.some(({ state }) => state === 'booked')
          ? [wrong('pickup-left-open', `a carrier is still to fetch it: ${listed}`)]
          : []),
      ]
    case 'completed':
      return [
        ...(live.length === 1
          ? []
          : [wrong('fetched-otherwise-than-once', `parcels on their way back: ${listed || 'none'}`)]),
        ...(order.refund?.state === 'refunded'
          ? []
          : [wrong('returned-not-refunded', 'the goods are back, the money is not')]),
        ...(goods === 'resellable' && !restocked
          ? [wrong('returned-not-restocked', 'the goods can be sold again and are not on the shelves')]
          : []),
        ...(goods === 'damaged' && restocked
          ? [wrong('restocked-though-damaged', 'damaged goods are back on the shelves')]
          : []),
      ]
  }
}

/** Whether the goods of an order may be back on the shelves. */
export const mayBeBack = ({ return: comeback }: OrderReading, { state }: ReservationReading): boolean =>
  state === 'restocked' && comeback !== undefined && comeback.state !== 'rejected'
