import {
  RecordRefund,
  RefundRecorded,
  RefundRejectionRecorded,
  RefundRequested,
  RejectRefund,
} from '../../events/ordering.ts'
import { PaymentRefunded, RefundPayment, RefundRefused } from '../../events/payments.ts'
import { saga } from '../engine/builder.ts'

/** As it was before returns could call it. It starts nothing any more and stays until its instances have ended. */
export const refundOrderV1 = saga('refund-order', 1)
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
