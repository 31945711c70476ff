import * as z from 'zod'
import { command, event, reply } from './contract.ts'
import { address, condition, lines, money, orderId, reason } from './vocabulary.ts'

export const OrderPlaced = event(
  'ordering',
  'OrderPlaced',
  1,
  {
    orderId,
    customerId: z.string().min(1),
    lines,
    total: money,
    paymentToken: z.string().min(1).max(64),
    shipTo: address,
    /** It costs so much that a person looks at it before anything is done. */
    approval: z.literal('needed').optional(),
  },
  { personal: ['customerId', 'paymentToken', 'shipTo'] },
)
/** An order waits for a person's word, and its customer may know. */
export const ApprovalRequested = event(
  'ordering',
  'ApprovalRequested',
  1,
  { orderId, customerId: z.string().min(1), total: money },
  // An order waits a day to be looked at; to tell its customer afterwards that it waits would be wrong.
  { personal: ['customerId'], worth: 24 * 60 * 60 * 1_000 },
)
/** A person's word about an order that waited for it. A no ends the order; its reason is told to the customer. */
export const OrderReviewed = event(
  'ordering',
  'OrderReviewed',
  1,
  { orderId, approved: z.boolean(), reviewedBy: z.string().min(1), reason },
  { personal: ['reviewedBy'] },
)
export const CancellationRequested = event(
  'ordering',
  'CancellationRequested',
  1,
  { orderId, requestedBy: z.string().min(1) },
  { personal: ['requestedBy'] },
)
export const OrderConfirmed = event(
  'ordering',
  'OrderConfirmed',
  1,
  {
    orderId,
    customerId: z.string().min(1),
    lines,
    total: money,
    carrier: z.string().optional(),
    trackingNumber: z.string().optional(),
    /** A cancellation had been asked for, but after the point of no return. */
    cancellationTooLate: z.boolean().optional(),
  },
  { personal: ['customerId'] },
)
export const OrderRejected = event(
  'ordering',
  'OrderRejected',
  1,
  { orderId, customerId: z.string().min(1), reason },
  { personal: ['customerId'] },
)
export const OrderCancelled = event(
  'ordering',
  'OrderCancelled',
  1,
  { orderId, customerId: z.string().min(1) },
  { personal: ['customerId'] },
)

/** An operator wants the whole total of a confirmed order to go back to its customer. */
export const RefundRequested = event(
  'ordering',
  'RefundRequested',
  1,
  { orderId, amount: money, requestedBy: z.string().min(1) },
  { personal: ['requestedBy'] },
)
export const OrderRefunded = event(
  'ordering',
  'OrderRefunded',
  1,
  { orderId, customerId: z.string().min(1), amount: money, refundId: z.string().min(1) },
  { personal: ['customerId'] },
)
export const OrderRefundRefused = event(
  'ordering',
  'OrderRefundRefused',
  1,
  { orderId, customerId: z.string().min(1), reason },
  { personal: ['customerId'] },
)

/** Ends a fulfilled saga. `cancellationTooLate` tells a customer who asked after the point of no return. */
export const ConfirmOrder = command('ordering', 'ConfirmOrder', 1, {
  orderId,
  carrier: z.string().optional(),
  trackingNumber: z.string().optional(),
  cancellationTooLate: z.boolean().optional(),
})
export const ConfirmationRecorded = reply('ordering', 'ConfirmationRecorded', 1, { orderId })

/** Ends a compensated saga; `because.code` is `cancelled` when the customer asked for it. */
export const RejectOrder = command('ordering', 'RejectOrder', 1, { orderId, because: reason })
export const RejectionRecorded = reply('ordering', 'RejectionRecorded', 1, { orderId })

/** Ends a refund that was made. */
export const RecordRefund = command('ordering', 'RecordRefund', 1, { orderId, refundId: z.string().min(1) })
export const RefundRecorded = reply('ordering', 'RefundRecorded', 1, { orderId })

/** Ends a refund that was refused. */
export const RejectRefund = command('ordering', 'RejectRefund', 1, { orderId, because: reason })
export const RefundRejectionRecorded = reply('ordering', 'RefundRejectionRecorded', 1, { orderId })

/** A customer wants to send a confirmed order back. */
export const ReturnRequested = event(
  'ordering',
  'ReturnRequested',
  1,
  { orderId, lines, amount: money, fetchFrom: address, requestedBy: z.string().min(1) },
  { personal: ['fetchFrom', 'requestedBy'] },
)
/** Somebody has looked at what came back. */
export const ReturnInspected = event(
  'ordering',
  'ReturnInspected',
  1,
  { orderId, condition, inspectedBy: z.string().min(1) },
  { personal: ['inspectedBy'] },
)
export const ReturnCompleted = event(
  'ordering',
  'ReturnCompleted',
  1,
  { orderId, customerId: z.string().min(1), amount: money, condition },
  { personal: ['customerId'] },
)
export const ReturnRejected = event(
  'ordering',
  'ReturnRejected',
  1,
  { orderId, customerId: z.string().min(1), reason },
  { personal: ['customerId'] },
)

/** May this order be sent back? Changes nothing. */
export const CheckReturn = command('ordering', 'CheckReturn', 1, { orderId })
export const ReturnAllowed = reply('ordering', 'ReturnAllowed', 1, { orderId })
export const ReturnDisallowed = reply('ordering', 'ReturnDisallowed', 1, { orderId, reason })

/** Ends a return that was carried out. */
export const RecordReturn = command('ordering', 'RecordReturn', 1, { orderId, condition })
export const ReturnRecorded = reply('ordering', 'ReturnRecorded', 1, { orderId })

/** Ends a return that was not. */
export const RejectReturn = command('ordering', 'RejectReturn', 1, { orderId, because: reason })
export const ReturnRejectionRecorded = reply('ordering', 'ReturnRejectionRecorded', 1, { orderId })
