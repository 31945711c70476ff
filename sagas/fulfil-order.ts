import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../events/inventory.ts'
import {
  CancellationRequested,
  ConfirmationRecorded,
  ConfirmOrder,
  OrderPlaced,
  OrderReviewed,
  RejectionRecorded,
  RejectOrder,
} from '../events/ordering.ts'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefused,
  PaymentVoided,
  VoidPayment,
} from '../events/payments.ts'
import { BookShipment, CancelShipment, ShipmentBooked, ShipmentCancelled, ShipmentRefused } from '../events/shipping.ts'
import { hours } from '../reactive/time.ts'
import { saga } from './engine/builder.ts'

/** How long a large order waits for somebody to look at it. */
const patience = hours(24)

/** From a placed order to goods on their way and money in the till, or to nothing at all. */
export const fulfilOrder = saga('fulfil-order', 2)
  .startedBy('order', OrderPlaced, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId, lines, total, paymentToken, shipTo, approval }) => ({
      ...{ orderId, lines, total, paymentToken, shipTo },
      ...(approval ? { approval } : {}),
    }),
    cancelledBy: CancellationRequested,
    // Nothing is held while it waits; once it goes on, the steps' own deadlines are the shorter ones.
    within: patience + hours(1),
  })
  .when(
    ({ order }) => order.approval === 'needed',
    (steps) =>
      steps.signal('approval', {
        on: OrderReviewed,
        refuses: ({ approved, reason }) => (approved ? undefined : reason),
        within: patience,
        otherwise: { refuse: { code: 'not-approved', message: 'We could not look at the order in time.' } },
      }),
  )
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
