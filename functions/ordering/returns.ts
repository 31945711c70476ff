import type { Condition, Reason } from '../../events/vocabulary.ts'
import { days, fromIso } from '../../reactive/time.ts'
import type { OrderEvent, Recorded } from './events.ts'
import { fold, type Placed } from './order.ts'
import type { Refusal } from './refusal.ts'

/** So long after its confirmation an order may be sent back. */
export const returnWindow = days(30)

/** The code of a customer's own words about a return. */
const returnCode = 'return-requested'

type Decision = readonly OrderEvent[] | Refusal

/** A customer's wish to send the whole of a confirmed order back. Whether it may be, the saga asks. */
export const requestReturn = (order: Placed, requestedBy: string, reason: string): Decision => {
  if (order.status !== 'confirmed')
    return { refused: 'not-confirmed', because: `Only a confirmed order is sent back; this one is ${order.status}.` }
  if (order.return?.state === 'requested') return []
  if (order.return) return { refused: 'return-settled', because: `The return is ${order.return.state} already.` }
  const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }))
  const said = { code: returnCode, message: reason }
  return [
    {
      type: 'return-requested',
      data: { requestedBy, lines, amount: order.total, fetchFrom: order.shipTo, reason: said },
    },
  ]
}

/** What somebody saw who looked at the goods; the first word counts. */
export const inspect = (order: Placed, inspectedBy: string, condition: Condition): Decision => {
  const open = order.return
  if (open?.condition === condition) return []
  if (open?.state !== 'requested')
    return {
      refused: 'no-open-return',
      because: `Nothing of this order waits to be inspected: its return is ${stateOf(order)}.`,
    }
  if (open.condition)
    return { refused: 'already-inspected', because: `The goods were found ${open.condition} already.` }
  return [{ type: 'return-inspected', data: { condition, inspectedBy } }]
}

/** The return is over: goods here, money there. */
export const recordReturn = (order: Placed, condition: Condition): Decision => {
  if (order.return?.state === 'completed') return []
  if (order.return?.state !== 'requested') return noOpenReturn(order, 'recorded')
  const { customerId, total: amount } = order
  return [{ type: 'returned', data: { customerId, amount, condition } }]
}

export const rejectReturn = (order: Placed, because: Reason): Decision => {
  if (order.return?.state === 'rejected') return []
  if (order.return?.state !== 'requested') return noOpenReturn(order, 'rejected')
  return [{ type: 'return-rejected', data: { customerId: order.customerId, reason: because } }]
}

/**
 * Why an order may not be sent back; nothing when it may. A question about history, so that it is answered the same
 * however often and however late it is asked.
 *
 * @example
 * returnBarredBy(await store.load(orderId)) // { code: 'too-late-to-return', … }
 */
export const returnBarredBy = (events: readonly Recorded[]): Reason | undefined => {
  const confirmed = events.find(({ type }) => type === 'confirmed')
  const asked = events.find(({ type }) => type === 'return-requested')
  const order = fold(events)
  if (order.status === 'none' || !confirmed || !asked)
    return { code: 'no-open-return', message: 'Nobody asked to send this order back.' }
  if (order.refund) return { code: 'already-refunded', message: 'The order is being refunded, or has been, already.' }
  const age = fromIso(asked.cause.at) - fromIso(confirmed.cause.at)
  return age > returnWindow
    ? { code: 'too-late-to-return', message: `An order can be sent back for ${returnWindow / days(1)} days.` }
    : undefined
}

const stateOf = (order: Placed): string => order.return?.state ?? 'not requested'

const noOpenReturn = (order: Placed, wanted: string): Refusal => ({
  refused: 'no-open-return',
  because: `No return can be ${wanted}: it is ${stateOf(order)}.`,
})
