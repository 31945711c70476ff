import {
  booked,
  type Carrier,
  cancelled,
  carrierRefusal,
  carriersRememberKeysFor,
} from '../../events/partners/carriers.ts'
import { nothingFound } from '../../events/partners/common.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Outcome } from '../../reactive/participant.ts'
import type { Partner } from '../../reactive/participation.ts'
import type { AnswerReader, AskPartner } from '../../reactive/partner-call.ts'
import type { Millis } from '../../reactive/time.ts'
import { refusalOf, type ShipmentIntent, type ShipmentResult } from './decide.ts'

export type Carriers = Partner<ShipmentIntent, ShipmentResult> &
  Required<Pick<Partner<ShipmentIntent, ShipmentResult>, 'reverse'>>

/** The carriers as shipping sees them, over HTTP. The key of a booking is the id of its command, and its reference. */
export const httpCarriers = (ask: AskPartner, callTakes: Millis): Carriers => ({
  name: 'the carrier',
  remembers: carriersRememberKeysFor,
  callTakes,

  call: ({ carrier, lines, shipTo }, key, within) =>
    ask(
      {
        method: 'POST',
        path: `/${carrier}/bookings`,
        body: { reference: key, lines, shipTo },
        idempotencyKey: key,
        within,
      },
      readBooking(carrier),
    ),

  find: async ({ carrier }, reference, within) => {
    const path = `/${carrier}/bookings?reference=${encodeURIComponent(reference)}`
    const asked = await ask<{ found?: Outcome<ShipmentResult> }>({ method: 'GET', path, within }, (status, body) => {
      if (status === 404 && nothingFound.safeParse(body).success) return {}
      const found = status === 200 ? readBooking(carrier)(status, body) : undefined
      return found && { found }
    })
    return asked.known ? { known: true, answer: asked.answer.found } : asked
  },

  reverse: async ({ carrier }, { trackingNumber }, key, within) => {
    const path = `/${carrier}/bookings/${encodeURIComponent(trackingNumber)}/cancel`
    const asked = await ask({ method: 'POST', path, idempotencyKey: key, within }, readCancellation)
    if (!asked.known) return asked
    if (asked.answer.outcome === 'refused') {
      const { code, message } = asked.answer.reason
      throw new PermanentError(
        'cancellation-refused',
        `${carrier} will not cancel ${trackingNumber} (${key}): ${code}, ${message} Settle it with ${carrier} by hand.`,
      )
    }
    return { known: true, answer: undefined }
  },
})

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
