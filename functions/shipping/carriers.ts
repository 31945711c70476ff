import {
  booked,
  type Carrier,
  cancelled,
  carrierRefusal,
  carriersRememberKeysFor,
  closed,
} from '../../events/partners/carriers.ts'
import { nothingFound } from '../../events/partners/common.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Outcome } from '../../reactive/participant.ts'
import type { Asked, Partner } from '../../reactive/participation.ts'
import type { AnswerReader, AskPartner, PartnerRequest } from '../../reactive/partner-call.ts'
import type { Millis } from '../../reactive/time.ts'
import { type ClosingIntent, refusalOf, type ShipmentResult, type ShippingIntent } from './decide.ts'

export type Carriers = Partner<ShippingIntent, ShipmentResult> &
  Required<Pick<Partner<ShippingIntent, ShipmentResult>, 'reverse'>>

type HttpCarriers = Carriers & {
  /** Asks a carrier for what it cannot know, which changes nothing: that it answers is the answer. */
  readonly signOfLife: (carrier: Carrier, within: Millis) => Promise<Asked<unknown>>
}

/**
 * The carriers as shipping sees them, over HTTP. The key of a booking is the id of its command, and its reference.
 * Closing a return twice is the same as once, so it needs no looking up.
 */
export const httpCarriers = (ask: AskPartner, callTakes: Millis): HttpCarriers => {
  const post = (path: string, body: unknown, key: string, within: Millis, carrier: Carrier) =>
    ask({ method: 'POST', path, ...(body ? { body } : {}), idempotencyKey: key, within }, readBooking(carrier))

  const close = async (
    { carrier, trackingNumber }: ClosingIntent,
    key: string,
    within: Millis,
  ): Promise<Asked<Outcome<ShipmentResult>>> =>
    ask(
      { method: 'POST', path: `${pickup(carrier, trackingNumber)}/close`, idempotencyKey: key, within },
      (status, body) =>
        isSuccess(status) && closed.safeParse(body).success
          ? { outcome: 'succeeded', result: { carrier, trackingNumber } }
          : refusalIn(status, body),
    )

  return {
    name: 'the carrier',
    remembers: carriersRememberKeysFor,
    callTakes,

    call: (intent, key, within) => {
      const { carrier } = intent
      if (!('kind' in intent)) {
        const { lines, shipTo } = intent
        return post(`/${carrier}/bookings`, { reference: key, lines, shipTo }, key, within, carrier)
      }
      if (intent.kind === 'closing') return close(intent, key, within)
      const { lines, from } = intent
      return post(`/${carrier}/pickups`, { reference: key, lines, from }, key, within, carrier)
    },

    find: async (intent, reference, within) => {
      const { carrier } = intent
      if ('kind' in intent && intent.kind === 'closing') return close(intent, reference, within)
      const books = 'kind' in intent ? 'pickups' : 'bookings'
      const path = `/${carrier}/${books}?reference=${encodeURIComponent(reference)}`
      const asked = await ask<{ found?: Outcome<ShipmentResult> }>({ method: 'GET', path, within }, (status, body) => {
        if (status === 404 && nothingFound.safeParse(body).success) return {}
        const found = status === 200 ? readBooking(carrier)(status, body) : undefined
        return found && { found }
      })
      return asked.known ? { ...asked, answer: asked.answer.found } : asked
    },

    signOfLife: (carrier, within) =>
      ask({ method: 'GET', path: `/${carrier}/bookings?reference=sign-of-life`, within }, (status, body) =>
        status === 404 && nothingFound.safeParse(body).success ? 'alive' : undefined,
      ),

    reverse: async (intent, { carrier, trackingNumber }, key, within) => {
      const isReturn = 'kind' in intent
      const of = isReturn
        ? pickup(carrier, trackingNumber)
        : `/${carrier}/bookings/${encodeURIComponent(trackingNumber)}`
      const asked = await ask({ method: 'POST', path: `${of}/cancel`, idempotencyKey: key, within }, readCancellation)
      if (!asked.known) return asked
      if (asked.answer.outcome === 'succeeded') return { known: true, answer: undefined }
      const { reason } = asked.answer
      // A parcel that is fetched already is a fact of life, and somebody has to see to it.
      if (isReturn) return { known: true, answer: { kept: reason } }
      throw new PermanentError(
        'cancellation-refused',
        `${carrier} will not cancel ${trackingNumber} (${key}): ${reason.code}, ${reason.message} Settle it with ${carrier} by hand.`,
      )
    },
  }
}

/** Which carrier a request is for: their paths begin with their names. */
export const carrierOf = ({ path }: PartnerRequest): string => path.split('/')[1]!

const pickup = (carrier: Carrier, trackingNumber: string) => `/${carrier}/pickups/${encodeURIComponent(trackingNumber)}`

const isSuccess = (status: number) => status === 200 || status === 201

const refusalIn = (status: number, body: unknown) => {
  const refusal = status === 402 ? carrierRefusal.safeParse(body) : undefined
  return refusal?.success ? ({ outcome: 'refused', reason: refusalOf(refusal.data) } as const) : undefined
}

const readBooking =
  (carrier: Carrier): AnswerReader<Outcome<ShipmentResult>> =>
  (status, body) => {
    const read = isSuccess(status) ? booked.safeParse(body) : undefined
    return read?.success
      ? { outcome: 'succeeded', result: { carrier, trackingNumber: read.data.trackingNumber } }
      : refusalIn(status, body)
  }

const readCancellation: AnswerReader<Outcome<'cancelled'>> = (status, body) =>
  isSuccess(status) && cancelled.safeParse(body).success
    ? { outcome: 'succeeded', result: 'cancelled' }
    : refusalIn(status, body)
