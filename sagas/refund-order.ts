import {
  RecordRefund,
  RefundRecorded,
  RefundRejectionRecorded,
  RefundRequested,
  RejectRefund,
} from '../events/ordering.ts'
import { PaymentRefunded, RefundPayment, RefundRefused } from '../events/payments.ts'
import { saga } from './engine/builder.ts'

/** From an operator's word to the money back with the customer, or to the reason why not. There is nothing to undo. */
export const refundOrder = saga('refund-order', 1)
  .startedBy('refund', RefundRequested, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId, amount }) => ({ orderId, amount }),
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
    },
    undone: {
      send: ({ refund }, because) => RejectRefund({ orderId: refund.orderId, because }),
      recorded: RefundRejectionRecorded,
    },
  })
