import type { DataOf } from '../../events/contract.ts'
import type { AuthorisePayment, CapturePayment, RefundPayment } from '../../events/payments.ts'
import type { Money, Reason } from '../../events/vocabulary.ts'
import type { CommandRecord, Plan } from '../../reactive/participant.ts'

/** What the acquirer is to be asked; recorded before it is, so that a repetition asks the same. */
export type PaymentIntent =
  | { readonly kind: 'authorise'; readonly amount: Money; readonly token: string }
  | { readonly kind: 'capture'; readonly amount: Money; readonly authorisationId: string }
  | { readonly kind: 'refund'; readonly amount: Money; readonly captureId: string }

export type PaymentResult =
  | { readonly kind: 'authorised'; readonly authorisationId: string }
  | { readonly kind: 'captured'; readonly captureId: string; readonly authorisationId: string }
  | { readonly kind: 'refunded'; readonly refundId: string; readonly captureId: string }

/** The currencies that the merchant's account settles in. */
export const settledCurrencies = ['EUR', 'GBP', 'USD'] as const

/**
 * What payments makes of a request to hold money, before the acquirer hears of it.
 *
 * @example
 * decideAuthorisation({ orderId, amount: { amount: 1_250, currency: 'EUR' }, token: 'tok_ok' }).plan // 'call'
 */
export const decideAuthorisation = ({ amount, token }: DataOf<typeof AuthorisePayment>): Plan<PaymentIntent> =>
  refusedCurrency(amount) ?? { plan: 'call', intent: { kind: 'authorise', amount, token } }

/** What payments makes of a request to take the money that is held. The acquirer alone knows how much is left of it. */
export const decideCapture = ({ amount, authorisationId }: DataOf<typeof CapturePayment>): Plan<PaymentIntent> =>
  refusedCurrency(amount) ?? { plan: 'call', intent: { kind: 'capture', amount, authorisationId } }

/**
 * What payments makes of a request to give money back: it goes back to where the order's own records say it came from.
 * The acquirer alone knows how much of it is left.
 */
export const decideRefund = (
  { amount }: DataOf<typeof RefundPayment>,
  ofOrder: readonly CommandRecord<PaymentIntent, PaymentResult>[],
): Plan<PaymentIntent> => {
  for (const record of ofOrder) {
    if (record.state !== 'done' || record.result.kind !== 'captured') continue
    return { plan: 'call', intent: { kind: 'refund', amount, captureId: record.result.captureId } }
  }
  return {
    plan: 'refuse',
    reason: { code: 'nothing-captured', message: 'No money was taken for this order, so none can go back.' },
  }
}

/** The acquirer's refusal in words for a customer; what has none of its own is told as it came. */
export const refusalOf = ({ code, message }: Reason): Reason => ({ code, message: forCustomers[code] ?? message })

const forCustomers: Readonly<Record<string, string>> = {
  declined: 'The card was declined. Please use another card.',
  'insufficient-funds': 'There is not enough money on the card.',
  'invalid-token': 'The card is not known. Please enter it again.',
}

const refusedCurrency = ({ currency }: Money): Plan<PaymentIntent> | undefined =>
  settledCurrencies.includes(currency as (typeof settledCurrencies)[number])
    ? undefined
    : {
        plan: 'refuse',
        reason: {
          code: 'currency-not-settled',
          message: `We cannot take ${currency}; we take ${settledCurrencies.join(', ')}.`,
        },
      }
