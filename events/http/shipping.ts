import * as z from 'zod'
import { orderId } from '../vocabulary.ts'

/** What `POST /returns/{id}/parcel` takes; a carrier's webhook knows the number, a person need not. */
export const parcelBody = z
  .strictObject({
    trackingNumber: z.string().min(1).max(64).optional().describe('Absent: whichever parcel of this order.'),
  })
  .meta({ description: 'A parcel that comes back has reached us.' })

/** What `POST /returns/{id}/parcel` answers, however often. */
export const parcel = z
  .object({ orderId, carrier: z.string(), trackingNumber: z.string() })
  .meta({ description: 'The parcel is known and its arrival is told.' })

export type Parcel = z.infer<typeof parcel>
