import * as z from 'zod'
import { address, lines, reason } from '../vocabulary.ts'
import { reference } from './common.ts'

/*
 * What the carriers promise over HTTP, both the same: 402 with a reason is a refusal, every other status that is not a
 * success leaves the outcome unknown.
 */

export const carriers = ['swift', 'steady'] as const
export type Carrier = (typeof carriers)[number]

/** How long an Idempotency-Key is sure to be recognised, in milliseconds. */
export const carriersRememberKeysFor = 24 * 60 * 60 * 1_000

export const bookingRequest = z.strictObject({ reference, lines, shipTo: z.strictObject(address.shape) })
export const booked = z.object({ trackingNumber: z.string().min(1), status: z.literal('booked') })
export const cancelled = z.object({ trackingNumber: z.string().min(1), status: z.literal('cancelled') })

/** A parcel that the carrier fetches from somebody. */
export const pickupRequest = z.strictObject({ reference, lines, from: z.strictObject(address.shape) })
/** The merchant has the parcel and nothing more to ask. */
export const closed = z.object({ trackingNumber: z.string().min(1), status: z.literal('closed') })

/** The body of a 402. */
export const carrierRefusal = reason

/** Postcodes that choose what a stand-in carrier does, like test cards; the rest of the address does not matter. */
export const testPostcodes = {
  /** Postcodes that begin so: `steady` answers 500 to the first request under each key. */
  failsFirst: '99',
  /** Postcodes that begin so: the carrier refuses the address. */
  undeliverable: '00',
  /** Postcodes that begin so: a parcel is fetched at the moment in which that is booked. */
  collectsAtOnce: '77',
} as const
