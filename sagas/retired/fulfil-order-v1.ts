import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../events/inventory.ts'
import {
  CancellationRequested,
  ConfirmationRecorded,
  ConfirmOrder,
  OrderPlaced,
  RejectionRecorded,
  RejectOrder,
} from '../../events/ordering.ts'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefused,
  PaymentVoided,
  VoidPayment,
} from '../../events/payments.ts'
import {
  BookShipment,
  CancelShipment,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../events/shipping.ts'
import { saga } from '../engine/builder.ts'

/** As it was before large orders waited for an approval. It starts nothing any more and stays until its instances have ended. */
export const fulfilOrderV1 = saga('fulfil-order', 1)
  .startedBy('order', OrderPlaced, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId, lines, total, paymentToken, shipTo }) => ({ orderId, lines, total, paymentToken, shipTo }),
    cancelledBy: CancellationRequested,
  })
  .step('reserve-stock', {
    send: ({ order }) => ReserveStock({ orderId: order.orderId, lines: order.lines }),
    done: StockReserved,
    refused: StockRefused,
    undo: ({ order }) => ReleaseStock({ orderId: order.orderId }),
    undone: StockReleased,
  })
  .step('authorise-payment', {
    send: ({ order }) => AuthorisePayment({ orderId: order.orderId, amount: order.total, token: order.paymentToken }),
    done: PaymentAuthorised,
    keep: ({ authorisationId }) => ({ authorisationId }),
    refused: PaymentRefused,
    undo: ({ order }) => VoidPayment({ orderId: order.orderId }),
    undone: PaymentVoided,
  })
  .step('book-shipment', {
    send: ({ order }) => BookShipment({ orderId: order.orderId, lines: order.lines, shipTo: order.shipTo }),
    done: ShipmentBooked,
    keep: ({ carrier, trackingNumber }) => ({ carrier, trackingNumber }),
    refused: ShipmentRefused,
    undo: ({ order }) => CancelShipment({ orderId: order.orderId }),
    undone: ShipmentCancelled,
  })
  .pivot('capture-payment', {
    send: ({ order, 'authorise-payment': { authorisationId } }) =>
      CapturePayment({ orderId: order.orderId, amount: order.total, authorisationId }),
    done: PaymentCaptured,
    refused: CaptureRefused,
  })
  .endsWith({
    done: {
      send: ({ order, 'book-shipment': shipment }, { cancellationTooLate }) =>
        ConfirmOrder({ orderId: order.orderId, ...shipment, ...(cancellationTooLate ? { cancellationTooLate } : {}) }),
      recorded: ConfirmationRecorded,
    },
    undone: {
      send: ({ order }, because) => RejectOrder({ orderId: order.orderId, because }),
      recorded: RejectionRecorded,
    },
  })
