import { Restock, Restocked, TakeBack, TakenBack } from '../events/inventory.ts'
import {
  CheckReturn,
  RecordReturn,
  RejectReturn,
  ReturnAllowed,
  ReturnDisallowed,
  ReturnInspected,
  ReturnRecorded,
  ReturnRejectionRecorded,
  ReturnRequested,
} from '../events/ordering.ts'
import type { Carrier } from '../events/partners/carriers.ts'
import {
  BookReturn,
  CancelReturn,
  CloseReturn,
  ParcelReceived,
  ReturnBooked,
  ReturnCancellationRefused,
  ReturnCancelled,
  ReturnClosed,
  ReturnRefused,
} from '../events/shipping.ts'
import type { Address, Line, Money } from '../events/vocabulary.ts'
import { days, seconds } from '../reactive/time.ts'
import { saga } from './engine/builder.ts'
import { refundOrder } from './refund-order.ts'

type Wanted = { readonly orderId: string; readonly lines: Line[]; readonly amount: Money; readonly fetchFrom: Address }

/** How long a customer has for handing the parcel over, and we for looking into it. */
const parcelWithin = days(14)
const inspectionWithin = days(3)
/** An inspection can be put right for so long before its money is gone. */
const coolingOff = seconds(5)

/** Has one carrier fetch the parcel. Once it has been fetched, that cannot be undone, and a person must decide. */
const pickUpBy = (carrier: Carrier) => ({
  send: ({ wanted }: { wanted: Wanted }) =>
    BookReturn({ orderId: wanted.orderId, carrier, lines: wanted.lines, fetchFrom: wanted.fetchFrom }),
  done: ReturnBooked,
  keep: ({ trackingNumber }: { trackingNumber: string }) => ({ carrier, trackingNumber }),
  refused: ReturnRefused,
  undo: ({ wanted }: { wanted: Wanted }) => CancelReturn({ orderId: wanted.orderId }),
  undone: ReturnCancelled,
  undoRefused: ReturnCancellationRefused,
})

/** From a customer's wish to send an order back to the money returned and the goods on the shelves, or to why not. */
export const returnOrder = saga('return-order', 1)
  .startedBy('wanted', ReturnRequested, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId, lines, amount, fetchFrom }): Wanted => ({ orderId, lines, amount, fetchFrom }),
    within: parcelWithin + inspectionWithin + days(1),
  })
  .check('may-be-returned', {
    send: ({ wanted }) => CheckReturn({ orderId: wanted.orderId }),
    done: ReturnAllowed,
    refused: ReturnDisallowed,
  })
  // Whichever carrier is quicker; the other one is called off.
  .quorum(1, (carriers) =>
    carriers.step('pick-up-by-swift', pickUpBy('swift')).step('pick-up-by-steady', pickUpBy('steady')),
  )
  .signal('parcel', {
    on: ParcelReceived,
    within: parcelWithin,
    otherwise: { refuse: { code: 'parcel-missing', message: 'The parcel has not reached us in time.' } },
  })
  .signal('inspection', {
    on: ReturnInspected,
    keep: ({ condition }) => ({ condition }),
    within: inspectionWithin,
    // Whoever cannot say that it can be sold again must not sell it again.
    otherwise: { proceed: { condition: 'damaged' } },
  })
  .timer('cooling-off', () => coolingOff)
  .subsaga('refund', refundOrder, {
    send: ({ wanted }) => ({ orderId: wanted.orderId, amount: wanted.amount }),
  })
  .parallel((group) =>
    group
      .retriable('close-with-carrier', {
        send: ({ wanted, 'pick-up-by-swift': swift, 'pick-up-by-steady': steady }) =>
          CloseReturn({ orderId: wanted.orderId, ...(swift ?? steady)! }),
        done: ReturnClosed,
      })
      .retriable('take-back', {
        send: ({ wanted, inspection }) => TakeBack({ orderId: wanted.orderId, condition: inspection.condition }),
        done: TakenBack,
      }),
  )
  .when(
    ({ inspection }) => inspection.condition === 'resellable',
    (steps) =>
      steps.retriable('restock', {
        send: ({ wanted }) => Restock({ orderId: wanted.orderId }),
        done: Restocked,
      }),
  )
  .endsWith({
    done: {
      send: ({ wanted, inspection }) => RecordReturn({ orderId: wanted.orderId, condition: inspection.condition }),
      recorded: ReturnRecorded,
    },
    undone: {
      send: ({ wanted }, because) => RejectReturn({ orderId: wanted.orderId, because }),
      recorded: ReturnRejectionRecorded,
    },
  })
