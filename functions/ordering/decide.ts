import type { Address, Condition, Line, Money, Reason } from '../../events/vocabulary.ts'
import { money } from '../../events/vocabulary.ts'
import type { OrderEvent, PricedLine } from './events.ts'
import { isBeingReturned, type Order, type Placed } from './order.ts'
import type { Refusal } from './refusal.ts'
import { inspect, recordReturn, rejectReturn, requestReturn } from './returns.ts'

export type { Refusal } from './refusal.ts'

/** What products cost and are called, by SKU; a SKU that is missing is not sold. */
export type PriceList = Readonly<Record<string, { readonly name: string; readonly price: Money }>>

export type Command =
  | {
      readonly type: 'place'
      readonly customerId: string
      readonly lines: readonly Line[]
      readonly paymentToken: string
      readonly shipTo: Address
      readonly fingerprint: string
      readonly prices: PriceList
    }
  | { readonly type: 'cancel'; readonly requestedBy: string }
  | { readonly type: 'review'; readonly approved: boolean; readonly reviewedBy: string; readonly reason: string }
  | {
      readonly type: 'confirm'
      readonly carrier?: string | undefined
      readonly trackingNumber?: string | undefined
      readonly cancellationTooLate?: boolean | undefined
    }
  | { readonly type: 'reject'; readonly because: Reason }
  | { readonly type: 'refund'; readonly requestedBy: string; readonly reason: string }
  | { readonly type: 'record-refund'; readonly refundId: string }
  | { readonly type: 'reject-refund'; readonly because: Reason }
  | { readonly type: 'return'; readonly requestedBy: string; readonly reason: string }
  | { readonly type: 'inspect'; readonly inspectedBy: string; readonly condition: Condition }
  | { readonly type: 'record-return'; readonly condition: Condition }
  | { readonly type: 'reject-return'; readonly because: Reason }

export const isRefusal = (decision: readonly OrderEvent[] | Refusal): decision is Refusal => 'refused' in decision

/** The reason's code that makes a rejection a cancellation: the customer asked for it. */
export const cancelledCode = 'cancelled'

/** An order that costs more, in minor units of whatever currency, waits for a person's approval. */
export const approvalAbove = 1_000_00

/** The code of an operator's own words about a refund. */
const refundCode = 'refund-requested'

/**
 * What a command means for an order: the events that follow, none when they have happened already, or why not. Every
 * command may be repeated: the state itself is the recorded answer.
 *
 * @example
 * decide(fold(events), { type: 'cancel', requestedBy: 'alice' }) // [{ type: 'cancellation-requested', … }]
 */
export const decide = (order: Order, command: Command): readonly OrderEvent[] | Refusal => {
  if (command.type === 'place') return order.status === 'none' ? place(command) : placeAgain(order, command)
  if (order.status === 'none') {
    return { refused: 'no-such-order', because: 'No such order was placed.' }
  }
  switch (command.type) {
    case 'cancel':
      return cancel(order, command)
    case 'review':
      return review(order, command)
    case 'confirm':
      return confirm(order, command)
    case 'reject':
      return reject(order, command)
    case 'refund':
      return requestRefund(order, command)
    case 'record-refund':
      return recordRefund(order, command)
    case 'reject-refund':
      return rejectRefund(order, command)
    case 'return':
      return requestReturn(order, command.requestedBy, command.reason)
    case 'inspect':
      return inspect(order, command.inspectedBy, command.condition)
    case 'record-return':
      return recordReturn(order, command.condition)
    case 'reject-return':
      return rejectReturn(order, command.because)
  }
}

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

const place = (command: CommandOf<'place'>): readonly OrderEvent[] | Refusal => {
  const { customerId, paymentToken, shipTo, fingerprint, prices } = command
  const unknown = command.lines.flatMap(({ sku }, index) => (Object.hasOwn(prices, sku) ? [] : [index]))
  if (unknown.length > 0) {
    const skus = unknown.map((index) => command.lines[index]!.sku)
    return { refused: 'unknown-product', because: `Not in the catalogue: ${skus.join(', ')}.`, lines: unknown }
  }
  const lines = command.lines.map(({ sku, quantity }) => ({ sku, quantity, ...prices[sku]! }))
  const total = totalOf(lines)
  if ('refused' in total) return total
  const data = { customerId, lines, total, paymentToken, shipTo, fingerprint }
  if (total.amount <= approvalAbove) return [{ type: 'placed', data }]
  return [
    { type: 'placed', data: { ...data, approval: 'needed' } },
    { type: 'approval-requested', data: { customerId, total } },
  ]
}

const placeAgain = (order: Placed, { fingerprint }: CommandOf<'place'>): readonly OrderEvent[] | Refusal =>
  order.fingerprint === fingerprint
    ? []
    : { refused: 'key-reused', because: 'This Idempotency-Key was used for an order with another content.' }

const cancel = (order: Placed, { requestedBy }: CommandOf<'cancel'>): readonly OrderEvent[] | Refusal => {
  switch (order.status) {
    case 'placed':
      return order.cancellation ? [] : [{ type: 'cancellation-requested', data: { requestedBy } }]
    case 'confirmed':
      return { refused: 'already-confirmed', because: 'Too late to cancel: the order is confirmed.' }
    case 'rejected':
      return { refused: 'already-rejected', because: 'Nothing to cancel: the order was rejected.' }
    case 'cancelled':
      return []
  }
}

/** One word about an order, and the same word again: another one would come too late for the saga that has heard it. */
const review = (order: Placed, command: CommandOf<'review'>): readonly OrderEvent[] | Refusal => {
  const { approved, reviewedBy, reason } = command
  if (!order.approval)
    return {
      refused: 'no-review-needed',
      because: `Orders up to ${(approvalAbove / 100).toFixed(2)} go on without an approval, and this is one.`,
    }
  if (order.approval !== 'awaiting') {
    const same = (order.approval === 'approved') === approved
    return same ? [] : { refused: 'already-reviewed', because: `The order is ${order.approval} already.` }
  }
  if (order.status !== 'placed') return endedOtherwise(order, 'reviewed')
  const said = { code: approved ? 'approved' : 'not-approved', message: reason }
  return [{ type: 'reviewed', data: { approved, reviewedBy, reason: said } }]
}

const confirm = (order: Placed, command: CommandOf<'confirm'>): readonly OrderEvent[] | Refusal => {
  if (order.status === 'confirmed') return []
  if (order.status !== 'placed') return endedOtherwise(order, 'confirmed')
  const { customerId, total } = order
  const { carrier, trackingNumber } = command
  const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }))
  // A request that the saga had not heard of when it passed the point of no return is too late all the same.
  const tooLate = command.cancellationTooLate === true || order.cancellation !== undefined
  return [
    {
      type: 'confirmed',
      data: {
        customerId,
        lines,
        total,
        ...(carrier ? { carrier } : {}),
        ...(trackingNumber ? { trackingNumber } : {}),
        ...(tooLate ? { cancellationTooLate: true } : {}),
      },
    },
  ]
}

const reject = (order: Placed, { because }: CommandOf<'reject'>): readonly OrderEvent[] | Refusal => {
  if (order.status === 'rejected' || order.status === 'cancelled') return []
  if (order.status !== 'placed') return endedOtherwise(order, 'rejected')
  const { customerId } = order
  return [{ type: because.code === cancelledCode ? 'cancelled' : 'rejected', data: { customerId, reason: because } }]
}

const requestRefund = (order: Placed, command: CommandOf<'refund'>): readonly OrderEvent[] | Refusal => {
  if (order.status !== 'confirmed') {
    return { refused: 'not-confirmed', because: `Only a confirmed order is refunded; this one is ${order.status}.` }
  }
  if (order.refund) return []
  const { requestedBy, reason } = command
  const data = { requestedBy, amount: order.total, reason: { code: refundCode, message: reason } }
  return [{ type: 'refund-requested', data }]
}

const recordRefund = (order: Placed, { refundId }: CommandOf<'record-refund'>): readonly OrderEvent[] | Refusal => {
  if (order.refund === 'refunded') return []
  if (order.refund !== 'requested' && !isBeingReturned(order)) return noOpenRefund(order, 'recorded')
  const { customerId, total: amount } = order
  return [{ type: 'refunded', data: { customerId, amount, refundId } }]
}

const rejectRefund = (order: Placed, { because }: CommandOf<'reject-refund'>): readonly OrderEvent[] | Refusal => {
  if (order.refund === 'refused') return []
  if (order.refund !== 'requested' && !isBeingReturned(order)) return noOpenRefund(order, 'rejected')
  return [{ type: 'refund-refused', data: { customerId: order.customerId, reason: because } }]
}

const noOpenRefund = ({ refund }: Placed, wanted: string): Refusal => ({
  refused: 'refund-not-open',
  because: `No refund can be ${wanted}: it is ${refund ?? 'not requested'}.`,
})

const endedOtherwise = (order: Placed, wanted: string): Refusal => ({
  refused: `already-${order.status as Exclude<Placed['status'], 'placed'>}`,
  because: `The order cannot be ${wanted}: it is ${order.status}.`,
})

/**
 * Σ price × quantity, in minor units of the one currency of all lines. The greatest line (10¹¹ × 1000) times the most
 * lines stays below 2⁵³, so the sum is exact before its limit is checked.
 */
export const totalOf = (lines: readonly PricedLine[]): Money | Refusal => {
  const currencies = [...new Set(lines.map(({ price }) => price.currency))]
  if (currencies.length !== 1) {
    const because = `One order is paid in one currency; these lines are priced in ${currencies.join(' and ')}.`
    return { refused: 'mixed-currencies', because }
  }
  const total = {
    amount: lines.reduce((sum, { price, quantity }) => sum + price.amount * quantity, 0),
    currency: currencies[0]!,
  }
  return money.safeParse(total).success
    ? total
    : { refused: 'total-too-large', because: 'The total is more than one order may cost.' }
}
