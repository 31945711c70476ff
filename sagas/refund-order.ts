import {
  RecordRefund,
  RefundRecorded,
  RefundRejectionRecorded,
  RefundRequested,
  RejectRefund,
} from '../events/ordering.ts'
import { PaymentRefunded, RefundPayment, RefundRefused } from '../events/payments.ts'
import { RefundCompleted, RefundDeclined, RefundOrder } from '../events/refund.ts'
import { saga } from './engine/builder.ts'

/**
 * From an operator's word, or another saga's, to the money back with the customer, or to the reason why not. There is
 * nothing to undo.
 */
export const refundOrder = saga('refund-order', 2)
  .startedBy('refund', RefundRequested, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId, amount }) => ({ orderId, amount }),
    called: {
      by: RefundOrder,
      subject: ({ orderId }) => orderId,
      keep: ({ orderId, amount }) => ({ orderId, amount }),
      done: RefundCompleted,
      refused: RefundDeclined,
    },
  })
  .pivot('refund-payment', {
    send: ({ refund }) => RefundPayment({ orderId: refund.orderId, amount: refund.amount }),
    done: PaymentRefunded,
    keep: ({ refundId }) => ({ refundId }),
    refused: RefundRefused,
  })
  .endsWith({
    done: {
      send: ({ refund, 'refund-payment': { refundId } }) => RecordRefund({ orderId: refund.orderId, refundId }),
      recorded: RefundRecorded,
      answer: ({ refund, 'refund-payment': { refundId } }) => ({ orderId: refund.orderId, refundId }),
    },
    undone: {
      send: ({ refund }, because) => RejectRefund({ orderId: refund.orderId, because }),
      recorded: RefundRejectionRecorded,
      answer: (_, because) => ({ reason: because }),
    },
  })
