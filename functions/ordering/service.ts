import type {
  AcceptedOrder,
  Cancellation,
  OrderDocument,
  OrderPage,
  PlaceOrderBody,
  PricePage,
  Refund,
  ReturnNoted,
  Review,
  ReviewBody,
} from '../../events/http/ordering.ts'
import { type Condition, orderId as orderIdWord } from '../../events/vocabulary.ts'
import type { Priority, Verdict } from '../../reactive/admission.ts'
import { type Gate, openGate } from '../../reactive/gate.ts'
import type { Caller } from '../../reactive/http-endpoint.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { Command, Refusal } from './decide.ts'
import { acceptedOrder, orderDocument } from './document.ts'
import { execute } from './execute.ts'
import { fingerprintOf, newOrderId, orderIdFor } from './identity.ts'
import { fold, type Order } from './order.ts'
import type { Prices } from './prices.ts'
import type { EventStore } from './store.ts'
import { tenantOf } from './tenant.ts'
import type { Views } from './views.ts'

export type Ports = {
  readonly store: EventStore
  readonly prices: Prices
  readonly views: Views
  readonly clock: Clock
  /** Whether a new order is let in; everybody is, when absent. */
  readonly gate?: Pick<Gate, 'admit'>
  /** The id of an order that comes without an Idempotency-Key. */
  readonly newId?: () => string
}

export type Placing = {
  readonly caller: Caller
  readonly body: PlaceOrderBody
  readonly key?: string | undefined
  readonly traceparent?: string | undefined
  readonly priority?: Priority
}

/** A new order that was not let in: there is too much to do, of this tenant's or of everybody's. */
export type Shed = { readonly shed: Extract<Verdict, { admitted: false }> }

export type Listing = {
  readonly caller: Caller
  readonly limit: number
  readonly cursor?: string | undefined
  /** Whose orders: an operator's choice, everyone's when absent; a customer has none but the own. */
  readonly customer?: string | undefined
}

/** `bad-cursor`: no server of ours wrote it. `not-allowed`: a customer asked for another one's. */
export type Refused<Code extends string = Refusal['refused']> = {
  readonly refused: Code
  readonly because: string
  readonly lines?: readonly number[]
}

/** What the public API does with orders, without HTTP. Every answer is a value; only ports throw. */
export const ordering = ({ store, prices, views, clock, newId = newOrderId, gate = openGate }: Ports) => {
  /** Someone else's order answers like one that does not exist: an id must not be worth guessing. */
  const visible = (order: Order, { role, subject }: Caller): boolean =>
    order.status !== 'none' && (role === 'operator' || order.customerId === subject)

  const causeOf = (orderId: string, traceparent?: string, tenantid?: string) => ({
    at: iso(clock()),
    correlationid: orderId,
    ...(traceparent ? { traceparent } : {}),
    ...(tenantid ? { tenantid } : {}),
  })

  const ofReturn = async (
    orderId: string,
    traceparent: string | undefined,
    asked: (order: Order) => Command | Refusal,
  ): Promise<ReturnNoted | Refused> => {
    if (!isOrderId(orderId)) return noSuchOrder(orderId)
    const done = await execute(store, orderId, async (order) => asked(order), causeOf(orderId, traceparent))
    if (!done.ok) return done.refusal
    const comeback = done.order.status === 'none' ? undefined : done.order.return
    return { orderId, status: 'confirmed', return: comeback ?? { state: 'requested' } }
  }

  return {
    /**
     * Records an order with the prices of now. Asked again with the same key and body it answers the same and records
     * nothing: the order's id follows from customer and key. Only what is new has to be let in; an order that was accepted
     * before is answered however much there is to do.
     */
    place: async ({
      caller,
      body,
      key,
      traceparent,
      priority = 'normal',
    }: Placing): Promise<AcceptedOrder | Refused | Shed> => {
      const tenant = tenantOf(caller)
      let shed: Shed['shed'] | undefined
      const isLetIn = async (): Promise<boolean> => {
        const verdict = await gate.admit({ tenant, priority })
        if (!verdict.admitted) shed = verdict
        return verdict.admitted
      }
      // Without a key it is new for sure, and need not be looked for to be refused.
      if (key === undefined && !(await isLetIn())) return { shed: shed! }
      const orderId = key === undefined ? newId() : orderIdFor(caller.subject, key)
      const asked = async (order: Order): Promise<Command | Refusal> => {
        if (key !== undefined && order.status === 'none' && !(await isLetIn())) return notNow
        return {
          type: 'place',
          customerId: caller.subject,
          lines: body.lines,
          paymentToken: body.payment.token,
          shipTo: body.shipTo,
          fingerprint: fingerprintOf(body),
          prices: order.status === 'none' ? await prices.find(body.lines.map(({ sku }) => sku)) : {},
        }
      }
      const done = await execute(store, orderId, asked, causeOf(orderId, traceparent, tenant))
      if (done.ok) return acceptedOrder(done.events)
      return done.refusal === notNow ? { shed: shed! } : done.refusal
    },

    /** Notes that the customer, or an operator, does not want the order any more; once, however often it is asked. */
    cancel: async (caller: Caller, orderId: string, traceparent?: string): Promise<Cancellation | Refused> => {
      const asked = async (order: Order): Promise<Command | Refusal> =>
        visible(order, caller) ? { type: 'cancel', requestedBy: caller.subject } : noSuchOrder(orderId)
      if (!isOrderId(orderId)) return noSuchOrder(orderId)
      const done = await execute(store, orderId, asked, causeOf(orderId, traceparent))
      if (!done.ok) return done.refusal
      const status = done.order.status === 'none' ? 'placed' : done.order.status
      return { orderId, status, cancellation: 'requested' }
    },

    /** Notes an operator's word about an order that waits for it; once, however often it is said. */
    review: async (
      caller: Caller,
      orderId: string,
      { approved, reason }: ReviewBody,
      traceparent?: string,
    ): Promise<Review | Refused> => {
      const asked = async (order: Order): Promise<Command | Refusal> =>
        visible(order, caller) ? { type: 'review', approved, reviewedBy: caller.subject, reason } : noSuchOrder(orderId)
      if (!isOrderId(orderId)) return noSuchOrder(orderId)
      const done = await execute(store, orderId, asked, causeOf(orderId, traceparent))
      if (!done.ok) return done.refusal
      const { status } = done.order
      return { orderId, status: status === 'none' ? 'placed' : status, approval: approved ? 'approved' : 'declined' }
    },

    /** Notes that the whole total of a confirmed order is to go back; once, however often an operator asks. */
    refund: async (
      caller: Caller,
      orderId: string,
      reason: string,
      traceparent?: string,
    ): Promise<Refund | Refused> => {
      const asked = async (order: Order): Promise<Command | Refusal> =>
        visible(order, caller) ? { type: 'refund', requestedBy: caller.subject, reason } : noSuchOrder(orderId)
      if (!isOrderId(orderId)) return noSuchOrder(orderId)
      const done = await execute(store, orderId, asked, causeOf(orderId, traceparent))
      if (!done.ok) return done.refusal
      const refund = (done.order.status === 'none' ? undefined : done.order.refund) ?? 'requested'
      return { orderId, status: 'confirmed', refund }
    },

    /** Notes that the customer wants to send the order back; once, however often it is asked. */
    sendBack: async (
      caller: Caller,
      orderId: string,
      reason: string,
      traceparent?: string,
    ): Promise<ReturnNoted | Refused> =>
      ofReturn(orderId, traceparent, (order) =>
        visible(order, caller) ? { type: 'return', requestedBy: caller.subject, reason } : noSuchOrder(orderId),
      ),

    /** Notes what an operator saw of the goods; the first word counts. */
    inspect: async (
      caller: Caller,
      orderId: string,
      condition: Condition,
      traceparent?: string,
    ): Promise<ReturnNoted | Refused> =>
      ofReturn(orderId, traceparent, (order) =>
        visible(order, caller) ? { type: 'inspect', inspectedBy: caller.subject, condition } : noSuchOrder(orderId),
      ),

    show: async (caller: Caller, orderId: string): Promise<OrderDocument | Refused> => {
      if (!isOrderId(orderId)) return noSuchOrder(orderId)
      const events = await store.load(orderId)
      if (!visible(fold(events), caller)) return noSuchOrder(orderId)
      return orderDocument(events, await views.history(orderId))
    },

    list: async ({
      caller,
      limit,
      cursor,
      customer,
    }: Listing): Promise<OrderPage | Refused<'bad-cursor' | 'not-allowed'>> => {
      const { role, subject } = caller
      if (role !== 'operator' && customer !== undefined && customer !== subject) {
        return { refused: 'not-allowed', because: `Only operators may list the orders of ${customer}.` }
      }
      const before = cursor === undefined ? undefined : fromCursor(cursor)
      if (cursor !== undefined && before === undefined) {
        return { refused: 'bad-cursor', because: 'This cursor was not given out here. Begin without one.' }
      }
      const scope =
        role !== 'operator' ? { customerId: subject } : customer ? { customerId: customer } : ('everyone' as const)
      const { items, next } = await views.page(scope, limit, before)
      return { items: [...items], ...(next ? { next: toCursor(next) } : {}) }
    },

    prices: async (limit: number, after?: string): Promise<PricePage> => prices.page(limit, after),
  }
}

/** Stands for the verdict of the gate on its way out of a decision. */
const notNow: Refusal = { refused: 'no-such-order', because: 'There is too much to do at the moment.' }

/** What cannot be an id is not looked for: a key longer than the database takes would be an error of ours. */
const isOrderId = (word: string): boolean => orderIdWord.safeParse(word).success

const noSuchOrder = (orderId: string): Refusal => ({
  refused: 'no-such-order',
  because: `There is no order ${orderId.slice(0, 64)}. GET /orders lists yours.`,
})
