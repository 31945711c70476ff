import type * as z from 'zod'
import { type bookingRequest, type Carrier, testPostcodes } from '../../events/partners/carriers.ts'
import type { Entry } from './books.ts'
import { idFor } from './ids.ts'
import type { Manners, Ruling } from './once.ts'

export type Booking = Entry & {
  readonly type: 'booking'
  readonly carrier: Carrier
  readonly trackingNumber: string
  readonly reference: string
  readonly country: string
  readonly postcode: string
  /** Units of all lines. */
  readonly units: number
  readonly cancelled: boolean
  readonly at: string
}

export const trackingNumberFor = (carrier: Carrier, reference: string): string => idFor(`${carrier}-`, reference)
export const bookingKey = (trackingNumber: string): string => `booking#${trackingNumber}`

/** Takes a parcel on, or refuses the address. */
export const book = (
  carrier: Carrier,
  { reference, lines, shipTo }: z.infer<typeof bookingRequest>,
  sameReference: Booking | undefined,
  at: string,
): Ruling => {
  if (sameReference) {
    return refuse(422, 'reference-reused', `${reference} already names ${sameReference.trackingNumber}.`)
  }
  if (shipTo.postcode.startsWith(testPostcodes.undeliverable)) {
    return refuse(402, 'undeliverable', `${carrier} does not deliver to ${shipTo.postcode} ${shipTo.city}.`)
  }
  const trackingNumber = trackingNumberFor(carrier, reference)
  const booking: Booking = {
    key: bookingKey(trackingNumber),
    type: 'booking',
    revision: 1,
    carrier,
    trackingNumber,
    reference,
    country: shipTo.country,
    postcode: shipTo.postcode,
    units: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    cancelled: false,
    at,
  }
  return { status: 201, body: { trackingNumber, status: 'booked' }, writes: [{ add: booking }] }
}

/** Lets a parcel go; cancelling twice is the same as once. */
export const cancel = (trackingNumber: string, booking: Booking | undefined): Ruling => {
  if (!booking) return refuse(402, 'unknown-booking', `There is no booking ${trackingNumber}.`)
  const body = { trackingNumber, status: 'cancelled' }
  if (booking.cancelled) return { status: 200, body, writes: [] }
  const change = { ...booking, cancelled: true, revision: booking.revision + 1 } as Entry
  return { status: 200, body, writes: [{ change }] }
}

/** How a test postcode behaves beyond its outcome: `steady` is not, where postcodes begin with 99. */
export const mannersAt = (carrier: Carrier, postcode: string): Manners =>
  carrier === 'steady' && postcode.startsWith(testPostcodes.failsFirst) ? { failsFirst: 1 } : {}

const refuse = (status: number, code: string, message: string): Ruling => ({
  status,
  body: { code, message },
  writes: [],
})
