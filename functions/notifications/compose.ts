import type { AnyContract, DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import {
  ApprovalRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  ReturnCompleted,
  ReturnRejected,
} from '../../events/ordering.ts'
import type { Money } from '../../events/vocabulary.ts'
import { PermanentError } from '../../reactive/errors.ts'

/** What happens to an order that its customer is told. */
export const news = [
  ApprovalRequested,
  OrderConfirmed,
  OrderRejected,
  OrderCancelled,
  OrderRefunded,
  OrderRefundRefused,
  ReturnCompleted,
  ReturnRejected,
] as const
export type News = Message<DataOf<(typeof news)[number]>>

/** The contract of what happened. */
export const contractOf = ({ type }: News): AnyContract => news.find((contract) => contract.type === type)!

/** `subject` is one line of printable ASCII under 100 characters, as SNS wants it for mail. */
export type Notice = { readonly subject: string; readonly body: string }

/**
 * What a customer is told of an order. The order's id is all that leads to a person: who reads it knows whose
 * order it is, who intercepts it does not.
 *
 * @example
 * compose(orderCancelled) // { subject: 'Order ord_… is cancelled', body: '…' }
 */
export const compose = (told: News): Notice => {
  const { orderId } = told.data
  // Some events are alike but for their type, which only a message of any type tells apart.
  const event: Message = told
  if (is(ApprovalRequested, event)) {
    return notice(`Order ${orderId} awaits approval`, [
      `It comes to ${inWords(event.data.total)}, so one of us looks at it before we go on. Nothing is charged until then.`,
    ])
  }
  if (is(OrderConfirmed, event)) {
    const { total, lines, carrier, trackingNumber, cancellationTooLate } = event.data
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
    return notice(`Order ${orderId} is confirmed`, [
      `We have taken ${inWords(total)} for ${units === 1 ? 'one item' : `${units} items`}.`,
      ...(trackingNumber ? [`Your parcel is on its way${carrier ? ` with ${carrier}` : ''}: ${trackingNumber}.`] : []),
      ...(cancellationTooLate
        ? ['You asked us to cancel it, but it was too late for that. You can send it back.']
        : []),
    ])
  }
  if (is(OrderRejected, event)) {
    return notice(`Order ${orderId} could not be fulfilled`, [
      event.data.reason.message,
      'Nothing has been charged, and nothing will be delivered.',
    ])
  }
  if (is(OrderCancelled, event)) {
    return notice(`Order ${orderId} is cancelled`, [
      'It is cancelled, as you asked. Nothing has been charged, and nothing will be delivered.',
    ])
  }
  if (is(OrderRefunded, event)) {
    return notice(`Order ${orderId} is refunded`, [
      `We have given ${inWords(event.data.amount)} back to where it came from. It can take some days to arrive.`,
    ])
  }
  if (is(ReturnCompleted, event)) {
    return notice(`The return of order ${orderId} is complete`, [
      'We have what you sent back, and you have your money.',
    ])
  }
  if (is(OrderRefundRefused, event)) {
    return notice(`Order ${orderId} could not be refunded`, [event.data.reason.message, 'Please talk to us about it.'])
  }
  if (is(ReturnRejected, event)) {
    return notice(`Order ${orderId} cannot be returned`, [event.data.reason.message])
  }
  const { id, type } = event
  throw new PermanentError('unknown-type', `${id} is ${type}, of which no customer is told.`)
}

const notice = (subject: string, sentences: readonly string[]): Notice => ({
  subject,
  body: `${subject}.\n\n${sentences.join('\n')}\n`,
})

/** Minor units with as many decimals as the currency has: yen none, euros two, dinars three. */
const inWords = ({ amount, currency }: Money): string => {
  const digits =
    new Intl.NumberFormat('en-GB', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  return `${currency} ${(amount / 10 ** digits).toFixed(digits)}`
}

const is = <C extends (typeof news)[number]>(contract: C, message: Message): message is Message<DataOf<C>> =>
  message.type === contract.type
