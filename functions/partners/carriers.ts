import * as z from 'zod'
import { bookingRequest, carriers as carrierNames, pickupRequest } from '../../events/partners/carriers.ts'
import { reference } from '../../events/partners/common.ts'
import { type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import { type Booking, book, bookingKey, cancel, mannersAt, trackingNumberFor } from './carrier-rules.ts'
import { type OnceRequest, once, type PartnerPorts } from './once.ts'
import {
  bookPickup,
  cancelPickup,
  closePickup,
  collectPickup,
  type Pickup,
  pickupKey,
  pickupNumberFor,
} from './pickup-rules.ts'

const carrier = z.enum(carrierNames)

/**
 * Stand-ins for two parcel carriers behind one interface. Fault switches are per carrier, so that one can be down while
 * the other is not.
 *
 * @example
 * export const handler = httpEndpoint({ service: '/partners/carriers', routes: carriers(ports) })
 */
export const carriers = (ports: PartnerPorts): Route[] => {
  const answer = async (key: string | undefined, asked: Omit<OnceRequest, 'idempotencyKey'>) => {
    if (!key || key.length > 256) {
      return problem(400, 'No idempotency key', 'Every booking carries an Idempotency-Key of 1–256 characters.')
    }
    const { status, body } = await once(ports, { ...asked, idempotencyKey: key })
    return json(status, body)
  }

  const ofPickup = (act: 'cancel' | 'collect' | 'close') =>
    route(
      'POST',
      `/carriers/{carrier}/pickups/{trackingNumber}/${act}`,
      { access: 'open', params: z.strictObject({ carrier, trackingNumber: z.string().min(1).max(64) }) },
      ({ params, header }) => {
        const key = pickupKey(params.trackingNumber)
        const rules = { cancel: cancelPickup, collect: collectPickup, close: closePickup }
        return answer(header('idempotency-key'), {
          partner: params.carrier,
          operation: `${params.carrier}/pickup/${act}`,
          request: params,
          reads: [key],
          rule: (entries) => rules[act](params.trackingNumber, entries.get(key) as Pickup | undefined),
          manners: () => ({}),
        })
      },
    )

  return [
    route(
      'POST',
      '/carriers/{carrier}/pickups',
      { access: 'open', params: z.strictObject({ carrier }), body: pickupRequest },
      ({ params, body, header }) => {
        const key = pickupKey(pickupNumberFor(params.carrier, body.reference))
        return answer(header('idempotency-key'), {
          partner: params.carrier,
          operation: `${params.carrier}/pickup`,
          request: body,
          reads: [key],
          rule: (entries, at) => bookPickup(params.carrier, body, entries.get(key) as Pickup | undefined, at),
          manners: () => ({}),
        })
      },
    ),
    ofPickup('cancel'),
    ofPickup('collect'),
    ofPickup('close'),

    route(
      'GET',
      '/carriers/{carrier}/pickups',
      { access: 'open', params: z.strictObject({ carrier }), query: z.object({ reference }) },
      async ({ params, query }) => {
        const key = pickupKey(pickupNumberFor(params.carrier, query.reference))
        const found = (await ports.books.read([key])).get(key) as Pickup | undefined
        return found
          ? json(200, { trackingNumber: found.trackingNumber, status: 'booked' })
          : json(404, { code: 'nothing-found', message: `Nothing bears the reference ${query.reference}.` })
      },
    ),

    route(
      'POST',
      '/carriers/{carrier}/bookings',
      { access: 'open', params: z.strictObject({ carrier }), body: bookingRequest },
      ({ params, body, header }) => {
        const key = bookingKey(trackingNumberFor(params.carrier, body.reference))
        return answer(header('idempotency-key'), {
          partner: params.carrier,
          operation: `${params.carrier}/book`,
          request: body,
          reads: [key],
          rule: (entries, at) => book(params.carrier, body, entries.get(key) as Booking | undefined, at),
          manners: () => mannersAt(params.carrier, body.shipTo.postcode),
        })
      },
    ),

    route(
      'POST',
      '/carriers/{carrier}/bookings/{trackingNumber}/cancel',
      { access: 'open', params: z.strictObject({ carrier, trackingNumber: z.string().min(1).max(64) }) },
      ({ params, header }) => {
        const key = bookingKey(params.trackingNumber)
        return answer(header('idempotency-key'), {
          partner: params.carrier,
          operation: `${params.carrier}/cancel`,
          request: params,
          reads: [key],
          rule: (entries) => cancel(params.trackingNumber, entries.get(key) as Booking | undefined),
          manners: () => ({}),
        })
      },
    ),

    route(
      'GET',
      '/carriers/{carrier}/bookings',
      { access: 'open', params: z.strictObject({ carrier }), query: z.object({ reference }) },
      async ({ params, query }) => {
        const key = bookingKey(trackingNumberFor(params.carrier, query.reference))
        const found = (await ports.books.read([key])).get(key) as Booking | undefined
        return found
          ? json(200, { trackingNumber: found.trackingNumber, status: 'booked' })
          : json(404, { code: 'nothing-found', message: `Nothing bears the reference ${query.reference}.` })
      },
    ),
  ]
}
