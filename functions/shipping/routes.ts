import * as z from 'zod'
import { parcelBody } from '../../events/http/shipping.ts'
import { orderId } from '../../events/vocabulary.ts'
import { type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import type { parcels } from './parcels.ts'

/** The routes of `/returns`: what carriers, and people at the gate, say of parcels that come back. */
export const parcelRoutes = (received: ReturnType<typeof parcels>): readonly Route[] => [
  route(
    'POST',
    '/returns/{id}/parcel',
    { access: 'operator', params: z.object({ id: orderId }), body: parcelBody },
    async ({ params, body, note }) => {
      note({ order: params.id, correlation_id: params.id })
      const parcel = await received(params.id, body.trackingNumber)
      if (parcel !== 'unknown') return json(202, { orderId: params.id, ...parcel })
      return problem(404, 'No such parcel', `No parcel of ${params.id} is on its way back to us.`, {
        code: 'no-such-parcel',
      })
    },
  ),
]
