import * as z from 'zod'
import { stepStatuses } from '../saga.ts'
import { address, condition, line, maxLines, money, orderId, reason, sku } from '../vocabulary.ts'
import { cursor, limit, pageOf } from './paging.ts'

/** What `POST /orders` takes. A product stands on one line only: two lines of it would be two answers to "how many". */
export const placeOrderBody = z
  .strictObject({
    lines: z
      .array(z.strictObject(line.shape))
      .min(1)
      .max(maxLines)
      .check((check) => {
        const seen = new Set<string>()
        for (const [index, { sku }] of check.value.entries()) {
          if (seen.has(sku)) {
            check.issues.push({
              code: 'custom',
              input: sku,
              path: [index, 'sku'],
              message: `${sku} already stands on another line: put the quantities together`,
            })
          }
          seen.add(sku)
        }
      }),
    payment: z.strictObject({ token: z.string().min(1).max(64).describe('From the payment provider, e.g. `tok_ok`.') }),
    shipTo: z.strictObject(address.shape),
  })
  .meta({ description: 'An order. No two lines name the same product.' })

/** 1 to 255 visible ASCII characters; the order's id is derived from it and from who asks. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({ description: 'Makes repeating the request safe: same key and body, same answer. Visible ASCII.' })

/** How urgent an order is, as RFC 9218 writes it; what cannot be read counts as not said. */
export const priority = z.string().meta({
  description:
    'RFC 9218. Urgency 4 to 7 (u=5) says that the order can wait: it is let in after the others while not all can be. A lower number changes nothing.',
})

export const orderStatuses = ['placed', 'confirmed', 'rejected', 'cancelled'] as const
export const orderStatus = z.enum(orderStatuses)

/** What `POST /orders` answers; the same however often it is asked with the same key. */
export const acceptedOrder = z
  .object({ orderId, status: z.literal('placed'), placedAt: z.iso.datetime(), total: money })
  .meta({ description: 'The order as it was accepted. Its `Location` tells how it goes on.' })

/** What `POST /orders/{id}/cancel` answers. */
export const cancellation = z
  .object({ orderId, status: orderStatus, cancellation: z.literal('requested') })
  .meta({ description: 'The cancellation is noted; the order tells whether it came in time.' })

/** How the approval of a large order stands; absent where none is needed. */
export const approvalState = z.enum(['awaiting', 'approved', 'declined'])

/** What `POST /orders/{id}/review` takes. */
export const reviewBody = z
  .strictObject({
    approved: z.boolean(),
    reason: z.string().trim().min(1).max(300).describe('Why; a no is told to the customer in these words.'),
  })
  .meta({ description: "An operator's word about an order that awaits approval." })

/** What `POST /orders/{id}/review` answers. */
export const review = z
  .object({ orderId, status: orderStatus, approval: approvalState })
  .meta({ description: 'The word is noted; the order goes on or ends by it.' })

/** How a refund stands; absent as long as nobody asked for one. */
export const refundState = z.enum(['requested', 'refunded', 'refused'])

/** What `POST /orders/{id}/refund` takes. */
export const refundBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(300).describe('Why the money goes back; kept in the history of the order.'),
  })
  .meta({ description: 'An operator gives back the whole total of an order.' })

/** What `POST /orders/{id}/refund` answers; asked again, how the refund stands by then. */
export const refund = z
  .object({ orderId, status: orderStatus, refund: refundState })
  .meta({ description: 'The refund is noted; the order tells what came of it.' })

/** How sending an order back stands; absent as long as nobody asked to. */
export const returnState = z
  .object({
    state: z.enum(['requested', 'completed', 'rejected']),
    condition: condition.optional().describe('In what state the goods came back.'),
    reason: reason.optional().describe('Why it was rejected.'),
  })
  .meta({ description: 'How sending the order back stands.' })

/** What `POST /orders/{id}/return` takes. */
export const returnBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(300).describe('Why it comes back; kept in the history of the order.'),
  })
  .meta({ description: 'A customer sends the whole of an order back.' })

/** What `POST /orders/{id}/inspection` takes. */
export const inspectionBody = z
  .strictObject({ condition })
  .meta({ description: 'What somebody saw who looked at the goods that came back.' })

/** What `POST /orders/{id}/return` and `/inspection` answer; asked again, how the return stands by then. */
export const returnNoted = z
  .object({ orderId, status: orderStatus, return: returnState })
  .meta({ description: 'It is noted; the order tells what comes of it.' })

/** What happened to an order: to the order itself, or a step of a saga about it. */
export const timelineEntry = z.object({
  at: z.iso.datetime(),
  source: z.enum(['order', 'saga']),
  /** For the order: placed, cancellation-requested, confirmed …; for the saga: what the step became. */
  event: z.enum([
    'placed',
    'approval-requested',
    'reviewed',
    'cancellation-requested',
    'confirmed',
    'rejected',
    'cancelled',
    'refund-requested',
    'refunded',
    'refund-refused',
    'return-requested',
    'return-inspected',
    'returned',
    'return-rejected',
    ...stepStatuses,
    'started',
    'cancel-noted',
    'ending',
    'ended',
  ]),
  step: z.string().optional(),
  attempt: z.int().min(1).optional(),
  reason: reason.optional(),
})

/** What `GET /orders/{id}` answers. */
export const order = z
  .object({
    orderId,
    customerId: z.string(),
    status: orderStatus,
    placedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    lines: z.array(
      z.object({ sku, name: z.string(), quantity: z.int().min(1), price: money.describe('Of one unit, as ordered.') }),
    ),
    total: money,
    shipTo: address,
    approval: approvalState.optional().describe('Of a large order: how its approval stands.'),
    reason: reason.optional().describe('Why it was rejected or cancelled.'),
    cancellation: z.enum(['requested', 'too-late']).optional(),
    refund: refundState.optional().describe('How giving back the total stands.'),
    return: returnState.optional(),
    carrier: z.string().optional(),
    trackingNumber: z.string().optional(),
    timeline: z.array(timelineEntry),
  })
  .meta({ description: 'An order with its history.' })

/** A line of `GET /orders`. */
export const orderSummary = z
  .object({
    orderId,
    customerId: z.string(),
    status: orderStatus,
    placedAt: z.iso.datetime(),
    total: money,
    reason: reason.optional(),
  })
  .meta({ description: 'An order in a list.' })

/** What `GET /orders` answers, newest first. It follows the orders themselves by a moment. */
export const orderPage = pageOf(orderSummary).meta({ description: 'Orders, the newest first.' })

export const listOrdersQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  customer: z.string().min(1).max(256).optional().describe('Operators only: the orders of one customer.'),
})

/** A product as ordering prices it. It follows the catalogue by a moment. */
export const price = z
  .object({ sku, name: z.string(), price: money, revision: z.int().min(1) })
  .meta({ description: 'What an order placed now pays for a unit.' })

/** What `GET /prices` answers, by SKU. */
export const pricePage = pageOf(price).meta({ description: 'The price list of new orders.' })

export const listPricesQuery = z.strictObject({ limit: limit.optional(), cursor: cursor.optional() })

export type PlaceOrderBody = z.infer<typeof placeOrderBody>
export type AcceptedOrder = z.infer<typeof acceptedOrder>
export type Cancellation = z.infer<typeof cancellation>
export type ReviewBody = z.infer<typeof reviewBody>
export type Review = z.infer<typeof review>
export type Refund = z.infer<typeof refund>
export type ReturnNoted = z.infer<typeof returnNoted>
export type TimelineEntry = z.infer<typeof timelineEntry>
export type OrderDocument = z.infer<typeof order>
export type OrderSummary = z.infer<typeof orderSummary>
export type OrderPage = z.infer<typeof orderPage>
export type Price = z.infer<typeof price>
export type PricePage = z.infer<typeof pricePage>
