import * as z from 'zod'
import { address, condition, line, money, orderId, reason } from '../../events/vocabulary.ts'

/**
 * What happens to an order, as this context remembers it. Internal: other contexts see the public contracts that
 * `published.ts` makes of these. An event carries what its public form needs, so that the relay never reads a stream back.
 */
const facts = {
  placed: z.object({
    customerId: z.string().min(1),
    lines: z.array(line.extend({ name: z.string(), price: money })).min(1),
    total: money,
    paymentToken: z.string().min(1),
    shipTo: address,
    /** Hash of the request's canonical body: tells a repeated request from another one under the same key. */
    fingerprint: z.string().min(1),
    approval: z.literal('needed').optional(),
  }),
  'approval-requested': z.object({ customerId: z.string().min(1), total: money }),
  reviewed: z.object({ approved: z.boolean(), reviewedBy: z.string().min(1), reason }),
  'cancellation-requested': z.object({ requestedBy: z.string().min(1) }),
  confirmed: z.object({
    customerId: z.string().min(1),
    lines: z.array(line).min(1),
    total: money,
    carrier: z.string().optional(),
    trackingNumber: z.string().optional(),
    cancellationTooLate: z.boolean().optional(),
  }),
  rejected: z.object({ customerId: z.string().min(1), reason }),
  cancelled: z.object({ customerId: z.string().min(1), reason }),
  'refund-requested': z.object({ requestedBy: z.string().min(1), amount: money, reason }),
  refunded: z.object({ customerId: z.string().min(1), amount: money, refundId: z.string().min(1) }),
  'refund-refused': z.object({ customerId: z.string().min(1), reason }),
  'return-requested': z.object({
    requestedBy: z.string().min(1),
    lines: z.array(line).min(1),
    amount: money,
    fetchFrom: address,
    reason,
  }),
  'return-inspected': z.object({ condition, inspectedBy: z.string().min(1) }),
  returned: z.object({ customerId: z.string().min(1), amount: money, condition }),
  'return-rejected': z.object({ customerId: z.string().min(1), reason }),
} as const

const fact = <Type extends keyof typeof facts>(type: Type) => z.object({ type: z.literal(type), data: facts[type] })

export const orderEvent = z.discriminatedUnion('type', [
  fact('placed'),
  fact('approval-requested'),
  fact('reviewed'),
  fact('cancellation-requested'),
  fact('confirmed'),
  fact('rejected'),
  fact('cancelled'),
  fact('refund-requested'),
  fact('refunded'),
  fact('refund-refused'),
  fact('return-requested'),
  fact('return-inspected'),
  fact('returned'),
  fact('return-rejected'),
])

export type OrderEvent = z.infer<typeof orderEvent>
export type Fact<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>
export type PricedLine = Fact<'placed'>['data']['lines'][number]

/** The version in which each kind of event is written today; `upcast.ts` reads the earlier ones. */
export const currentVersions: Readonly<Record<OrderEvent['type'], number>> = {
  placed: 1,
  'approval-requested': 1,
  reviewed: 1,
  'cancellation-requested': 1,
  confirmed: 1,
  rejected: 1,
  cancelled: 1,
  'refund-requested': 1,
  refunded: 1,
  'refund-refused': 1,
  'return-requested': 1,
  'return-inspected': 1,
  returned: 1,
  'return-rejected': 1,
}

/** Why and when an event was recorded: given by the shell, for `decide` knows neither clock nor request. */
export const cause = z.object({
  at: z.iso.datetime(),
  correlationid: z.string().min(1),
  causationid: z.string().min(1).optional(),
  traceparent: z.string().optional(),
  tenantid: z.string().min(1).max(256).optional(),
})
export type Cause = z.infer<typeof cause>

/** Where an event stands: in the stream of which order, and where in it; `sequence` counts from 1 without gaps. */
export type Place = { readonly orderId: string; readonly sequence: number }

/** An event in its stream. */
export type Recorded<Event extends OrderEvent = OrderEvent> = Event & Place & { readonly cause: Cause }

/** An event as it is stored, in today's version. */
export const storedAs = (orderId: string, sequence: number, event: OrderEvent, cause: Cause) => ({
  orderId,
  sequence,
  type: event.type,
  version: currentVersions[event.type],
  data: event.data,
  cause,
})

/** The part of a stored record that does not depend on the kind and version of its event. */
export const storedRecord = z.looseObject({
  orderId,
  sequence: z.int().min(1),
  type: z.string(),
  version: z.int().min(1),
  data: z.record(z.string(), z.unknown()),
  cause,
})
