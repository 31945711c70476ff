import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../events/inventory.ts'
import {
  CancellationRequested,
  ConfirmationRecorded,
  ConfirmOrder,
  OrderPlaced,
  RejectionRecorded,
  RejectOrder,
} from '../../events/ordering.ts'
import { CapturePayment, CaptureRefused, PaymentCaptured } from '../../events/payments.ts'
import { saga } from '../../sagas/engine/builder.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import type { Configuration } from './search.ts'

/** Two steps, of which the pivot is tried once more when it is refused. */
const persistent = saga('persistent', 1)
  .startedBy('order', OrderPlaced, { subject: ({ orderId }) => orderId, cancelledBy: CancellationRequested })
  .step('reserve-stock', {
    send: ({ order: { orderId, lines } }) => ReserveStock({ orderId, lines }),
    done: StockReserved,
    refused: StockRefused,
    undo: ({ order: { orderId } }) => ReleaseStock({ orderId }),
    undone: StockReleased,
  })
  .pivot('capture-payment', {
    send: ({ order: { orderId, total } }) => CapturePayment({ orderId, amount: total, authorisationId: 'a' }),
    done: PaymentCaptured,
    refused: CaptureRefused,
    retry: { attempts: 2, when: () => true, pause: 0 },
  })
  .endsWith({
    done: {
      send: ({ order: { orderId } }, { cancellationTooLate }) =>
        ConfirmOrder({ orderId, ...(cancellationTooLate ? { cancellationTooLate } : {}) }),
      recorded: ConfirmationRecorded,
    },
    undone: {
      send: ({ order: { orderId } }, because) => RejectOrder({ orderId, because }),
      recorded: RejectionRecorded,
    },
  })

const order = { definition: fulfilOrder, instances: 1, stock: 1 }

/** Small enough for every run of the tests: each is searched to its end. */
export const quick: readonly Configuration[] = [
  { ...order, name: 'an order, a crash anywhere, in batches', budget: { crash: 1 }, batches: true },
  { ...order, name: 'an order, a crash anywhere, and nobody wakes it', budget: { crash: 1 }, sleepless: true },
  { ...order, name: 'an order without stock, a crash and a duplicate', stock: 0, budget: { crash: 1, duplicate: 1 } },
  { ...order, name: 'an order, two duplicates', budget: { duplicate: 2 } },
  { ...order, name: 'an order cancelled at any moment, a crash', budget: { cancel: 1, crash: 1 } },
  { ...order, name: 'an order, a partner that does not answer, and a cancellation', budget: { timeout: 1, cancel: 1 } },
  { ...order, name: 'an order, two answers missing', budget: { timeout: 2 } },
  { ...order, name: 'an order, time passing, a partner that does not answer', budget: { timeout: 1, silence: 1 } },
  { ...order, name: 'an order, a command too late, its twin in time', budget: { expire: 1, timeout: 1 } },
  { ...order, name: 'an order, two coordinators in a race', budget: { cancel: 1 }, races: true, batches: true },
  { ...order, name: 'an order, a lost message and a cancellation', budget: { loss: 1, cancel: 1 } },
  { ...order, name: 'an order, partners that forget their keys', budget: { timeout: 1, forget: 1 } },
  { ...order, name: 'an order, a message from beyond the horizon', budget: { cancel: 1, duplicate: 1, age: 1 } },
  {
    name: 'a pivot that is tried twice, a duplicate and a cancellation',
    definition: persistent,
    instances: 1,
    stock: 1,
    budget: { duplicate: 1, cancel: 1 },
  },
  { ...order, name: 'two orders for the last unit', instances: 2, budget: {} },
]

/** What `npm run explore` adds: every two kinds of disturbance together, more of one kind, two orders disturbed. */
export const thorough: readonly Configuration[] = [
  { ...order, name: 'three duplicates', budget: { duplicate: 3 } },
  { ...order, name: 'three crashes', budget: { crash: 3 }, batches: true },
  { ...order, name: 'cancelled, time passing', budget: { cancel: 1, silence: 1 }, batches: true },
  { ...order, name: 'a duplicate, time passing', budget: { duplicate: 1, silence: 1 }, batches: true },
  { ...order, name: 'a crash, time passing', budget: { crash: 1, silence: 1 }, batches: true },
  { ...order, name: 'cancelled, an answer missing, a crash', budget: { cancel: 1, timeout: 1, crash: 1 } },
  { ...order, name: 'cancelled, an answer missing, a duplicate', budget: { cancel: 1, timeout: 1, duplicate: 1 } },
  { ...order, name: 'races, a duplicate, time passing', budget: { duplicate: 1, silence: 1 }, races: true },
  { ...order, name: 'races, a crash, cancelled', budget: { crash: 1, cancel: 1 }, races: true },
  { ...order, name: 'two orders for the last unit, a duplicate', instances: 2, budget: { duplicate: 1 } },
  { ...order, name: 'two orders for the last unit, a crash', instances: 2, budget: { crash: 1 } },
  {
    ...order,
    name: 'two pivots that are tried twice, three duplicates',
    definition: persistent,
    instances: 2,
    budget: { duplicate: 3 },
  },
]
