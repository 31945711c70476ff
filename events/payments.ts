import * as z from 'zod'
import { command, reply } from './contract.ts'
import { money, orderId, reason } from './vocabulary.ts'

export const AuthorisePayment = command(
  'payments',
  'AuthorisePayment',
  1,
  { orderId, amount: money, token: z.string().min(1).max(64) },
  { personal: ['token'] },
)
export const PaymentAuthorised = reply('payments', 'PaymentAuthorised', 1, {
  orderId,
  authorisationId: z.string().min(1),
})
export const PaymentRefused = reply('payments', 'PaymentRefused', 1, { orderId, reason })

/** Undoes the AuthorisePayment whose id the envelope's `undoes` names. */
export const VoidPayment = command('payments', 'VoidPayment', 1, { orderId })
export const PaymentVoided = reply('payments', 'PaymentVoided', 1, { orderId })

export const CapturePayment = command('payments', 'CapturePayment', 1, {
  orderId,
  amount: money,
  authorisationId: z.string().min(1),
})
export const PaymentCaptured = reply('payments', 'PaymentCaptured', 1, { orderId, captureId: z.string().min(1) })
export const CaptureRefused = reply('payments', 'CaptureRefused', 1, { orderId, reason })

/** Gives back what was captured for the order; payments knows the capture from its own records. */
export const RefundPayment = command('payments', 'RefundPayment', 1, { orderId, amount: money })
export const PaymentRefunded = reply('payments', 'PaymentRefunded', 1, { orderId, refundId: z.string().min(1) })
export const RefundRefused = reply('payments', 'RefundRefused', 1, { orderId, reason })
