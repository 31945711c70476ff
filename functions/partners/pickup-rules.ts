import type * as z from 'zod'
import { type Carrier, type pickupRequest, testPostcodes } from '../../events/partners/carriers.ts'
import type { Entry } from './books.ts'
import { idFor } from './ids.ts'
import type { Ruling } from './once.ts'

/** A parcel that a carrier fetches. `collected` once it has it: from then on nobody can call it off. */
export type Pickup = Entry & {
  readonly type: 'pickup'
  readonly carrier: Carrier
  readonly trackingNumber: string
  readonly reference: string
  readonly country: string
  readonly postcode: string
  /** Units of all lines. */
  readonly units: number
  readonly cancelled: boolean
  readonly collected: boolean
  readonly closed: boolean
  readonly at: string
}

export const pickupNumberFor = (carrier: Carrier, reference: string): string => idFor(`${carrier}-r-`, reference)
export const pickupKey = (trackingNumber: string): string => `pickup#${trackingNumber}`

/** Takes a pick-up on, or refuses the address. */
export const bookPickup = (
  carrier: Carrier,
  { reference, lines, from }: z.infer<typeof pickupRequest>,
  sameReference: Pickup | undefined,
  at: string,
): Ruling => {
  if (sameReference)
    return refuse(422, 'reference-reused', `${reference} already names ${sameReference.trackingNumber}.`)
  if (from.postcode.startsWith(testPostcodes.undeliverable))
    return refuse(402, 'undeliverable', `${carrier} fetches nothing from ${from.postcode} ${from.city}.`)
  const trackingNumber = pickupNumberFor(carrier, reference)
  const pickup: Pickup = {
    key: pickupKey(trackingNumber),
    type: 'pickup',
    revision: 1,
    carrier,
    trackingNumber,
    reference,
    country: from.country,
    postcode: from.postcode,
    units: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    cancelled: false,
    collected: from.postcode.startsWith(testPostcodes.collectsAtOnce),
    closed: false,
    at,
  }
  return { status: 201, body: { trackingNumber, status: 'booked' }, writes: [{ add: pickup }] }
}

/** Calls a pick-up off, unless the parcel is on its way; calling it off twice is the same as once. */
export const cancelPickup = (trackingNumber: string, pickup: Pickup | undefined): Ruling => {
  if (!pickup) return unknown(trackingNumber)
  const body = { trackingNumber, status: 'cancelled' }
  if (pickup.cancelled) return { status: 200, body, writes: [] }
  // It may come back to where it was, and then can be called off after all.
  if (pickup.collected)
    return { ...refuse(402, 'collected', `${pickup.carrier} has collected ${trackingNumber} already.`), passing: true }
  return { status: 200, body, writes: [{ change: changed(pickup, { cancelled: true }) }] }
}

/** The parcel is fetched. */
export const collectPickup = (trackingNumber: string, pickup: Pickup | undefined): Ruling => {
  if (!pickup) return unknown(trackingNumber)
  if (pickup.cancelled) return refuse(402, 'cancelled', `${trackingNumber} was called off.`)
  const body = { trackingNumber, status: 'collected' }
  const writes = pickup.collected ? [] : [{ change: changed(pickup, { collected: true }) }]
  return { status: 200, body, writes }
}

/** The merchant has the parcel; closing twice is the same as once. */
export const closePickup = (trackingNumber: string, pickup: Pickup | undefined): Ruling => {
  if (!pickup) return unknown(trackingNumber)
  if (pickup.cancelled) return refuse(402, 'cancelled', `${trackingNumber} was called off.`)
  const body = { trackingNumber, status: 'closed' }
  const writes = pickup.closed ? [] : [{ change: changed(pickup, { collected: true, closed: true }) }]
  return { status: 200, body, writes }
}

const changed = (pickup: Pickup, change: Partial<Pickup>): Pickup => ({
  ...pickup,
  ...change,
  revision: pickup.revision + 1,
})

const unknown = (trackingNumber: string) => refuse(402, 'unknown-pickup', `There is no pick-up ${trackingNumber}.`)

const refuse = (status: number, code: string, message: string): Ruling => ({
  status,
  body: { code, message },
  writes: [],
})
