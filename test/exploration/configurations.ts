import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../events/inventory.ts'
import {
  CancellationRequested,
  ConfirmationRecorded,
  ConfirmOrder,
  OrderPlaced,
  OrderReviewed,
  RefundRequested,
  RejectionRecorded,
  RejectOrder,
} from '../../events/ordering.ts'
import { CapturePayment, CaptureRefused, PaymentCaptured } from '../../events/payments.ts'
import { RefundCompleted, RefundDeclined, RefundOrder } from '../../events/refund.ts'
import { ReturnCancellationRefused } from '../../events/shipping.ts'
import type { Line, Money, Reason } from '../../events/vocabulary.ts'
import { saga } from '../../sagas/engine/builder.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import { refundOrder } from '../../sagas/refund-order.ts'
import type { Configuration } from './search.ts'

type Order = { readonly orderId: string; readonly lines: Line[]; readonly total: Money }

/** Two steps, of which the pivot is tried once more when it is refused. */
export const persistent = saga('persistent', 1)
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

const inventory = {
  send: ({ order: { orderId, lines } }: { order: Order }) => ReserveStock({ orderId, lines }),
  done: StockReserved,
  refused: StockRefused,
  undo: ({ order: { orderId } }: { order: Order }) => ReleaseStock({ orderId }),
  undone: StockReleased,
  undoRefused: ReturnCancellationRefused,
}
/** A pivot with a participant that needs no partner: what is searched here is the saga. */
const decisive = { send: inventory.send, done: StockReserved, refused: StockRefused }
const ends = {
  done: {
    send: ({ order: { orderId } }: { order: Order }, { cancellationTooLate }: { cancellationTooLate: boolean }) =>
      ConfirmOrder({ orderId, ...(cancellationTooLate ? { cancellationTooLate } : {}) }),
    recorded: ConfirmationRecorded,
  },
  undone: {
    send: ({ order: { orderId } }: { order: Order }, because: Reason) => RejectOrder({ orderId, because }),
    recorded: RejectionRecorded,
  },
}
const started = (name: string) =>
  saga(name, 1).startedBy('order', OrderPlaced, {
    subject: ({ orderId }) => orderId,
    cancelledBy: CancellationRequested,
  })

/** Two steps side by side, both needed. */
const beside = started('beside')
  .parallel((group) => group.step('here', inventory).step('there', inventory))
  .pivot('decide', decisive)
  .endsWith(ends)
/** Two steps side by side, of which one is enough. */
const either = started('either')
  .quorum(1, (group) => group.step('here', inventory).step('there', inventory))
  .pivot('decide', decisive)
  .endsWith(ends)
/** A word after a step, and what silence means. */
const heeding = (name: string, otherwise: { proceed: undefined } | { refuse: Reason }) =>
  started(name)
    .step('here', inventory)
    .signal('approval', {
      on: OrderReviewed,
      refuses: ({ approved, reason }) => (approved ? undefined : reason),
      within: 10,
      otherwise,
    })
    .pivot('decide', decisive)
    .endsWith(ends)
const approved = heeding('approved', { refuse: { code: 'silence', message: 'Nobody has said anything.' } })
const unopposed = heeding('unopposed', { proceed: undefined })
/** One step that can be undone, and the pivot. */
const short = started('short').step('here', inventory).pivot('decide', decisive).endsWith(ends)

/** One step and the pivot, which another saga may call; it needs two units of its own. */
const inner = saga('inner', 1)
  .startedBy('order', RefundRequested, {
    subject: ({ orderId }) => orderId,
    keep: ({ orderId }) => ({ orderId, lines: [], total: { amount: 1, currency: 'EUR' } }),
    called: {
      by: RefundOrder,
      subject: ({ orderId }) => orderId,
      keep: ({ orderId }) => ({ orderId, lines: [], total: { amount: 1, currency: 'EUR' } }),
      done: RefundCompleted,
      refused: RefundDeclined,
    },
  })
  .step('there', inventory)
  .pivot('decide', decisive)
  .endsWith({
    done: { ...ends.done, answer: ({ order: { orderId } }) => ({ orderId, refundId: 'r' }) },
    undone: { ...ends.undone, answer: (_, reason) => ({ reason }) },
  })
/** One step that can be undone, and a saga that it calls. */
const outer = started('outer')
  .step('here', inventory)
  .subsaga('inner', inner, { send: ({ order: { orderId, total } }) => ({ orderId, amount: total }) })
  .endsWith(ends)
const refunding = started('refunding')
  .step('here', inventory)
  .subsaga('refund', refundOrder, { send: ({ order: { orderId, total } }) => ({ orderId, amount: total }) })
  .endsWith(ends)

const one = { instances: 1, stock: 3 }
const calling = { ...one, definition: outer, calls: { definition: inner } }
/** A saga that calls another, both of them with everything that may become of either. */
const calls: readonly Configuration[] = [
  { ...calling, name: 'a call, a crash anywhere, in batches', budget: { crash: 1 }, batches: true },
  { ...calling, name: 'a call, a crash anywhere, and nobody wakes it', budget: { crash: 1 }, sleepless: true },
  { ...calling, stock: 2, name: 'a call that comes to nothing, two duplicates', budget: { duplicate: 2 } },
  { ...calling, name: 'a call, two duplicates', budget: { duplicate: 2 } },
  { ...calling, name: 'a call that gets lost, and a cancellation', budget: { loss: 1, cancel: 1 } },
  { ...calling, stock: 1, name: 'a call that is refused at once, time passing', budget: { silence: 2 } },
  { ...calling, name: 'a call, two coordinators in a race', budget: { cancel: 1 }, races: true, batches: true },
  {
    ...calling,
    calls: { definition: inner, startedToo: true },
    name: 'a call of what somebody else has started, a crash',
    budget: { crash: 1 },
  },
]
/** The same, disturbed more, and the saga that production calls. */
const callsDisturbed: readonly Configuration[] = [
  { ...calling, name: 'a call, cancelled, time passing, a crash', budget: { cancel: 1, silence: 1, crash: 1 } },
  {
    ...calling,
    stock: 2,
    name: 'a call that comes to nothing, a crash, a duplicate',
    budget: { crash: 1, duplicate: 1 },
  },
  { ...calling, name: 'a call, three crashes', budget: { crash: 3 } },
  { ...calling, name: 'a call, two losses, a duplicate', budget: { loss: 2, duplicate: 1 } },
  { ...calling, name: 'a call, an undo that cannot be done now, an operator', budget: { stuck: 1, act: 1, cancel: 1 } },
  {
    ...calling,
    calls: { definition: inner, startedToo: true },
    name: 'a call of what somebody else has started, a loss, a duplicate, races',
    budget: { loss: 1, duplicate: 1 },
    races: true,
  },
  { ...calling, name: 'two calls for too little', instances: 2, stock: 4, budget: {} },
  {
    ...one,
    definition: refunding,
    calls: { definition: refundOrder, startedToo: true },
    name: 'a refund that is called and asked for, a partner that does not answer, a crash',
    budget: { timeout: 1, crash: 1 },
  },
]
/** Each feature of the engine on the smallest saga that has it. */
const features: readonly Configuration[] = [
  { ...one, definition: beside, stock: 2, name: 'two side by side, and too little for the pivot', budget: {} },
  { ...one, definition: beside, name: 'two side by side, a crash anywhere', budget: { crash: 1 } },
  { ...one, definition: either, name: 'one of two', budget: {} },
  { ...one, definition: either, stock: 1, name: 'one of two for the last unit', budget: {} },
  { ...one, definition: approved, name: 'an approval, words at any moment', budget: { word: 2 } },
  { ...one, definition: unopposed, name: 'an objection, words and time passing', budget: { word: 2, silence: 1 } },
  { ...one, definition: approved, name: 'an approval, words and an operator', budget: { word: 1, act: 1 } },
  {
    ...one,
    definition: short,
    name: 'an undo that cannot be done now, an operator',
    budget: { stuck: 1, act: 1, cancel: 1 },
  },
  { ...one, definition: short, name: 'two operators in a race', budget: { act: 2 }, races: true },
]
/** The same, disturbed more. */
const disturbed: readonly Configuration[] = [
  { ...one, definition: beside, name: 'two side by side, in batches', budget: { cancel: 1 }, batches: true },
  {
    ...one,
    definition: beside,
    stock: 2,
    name: 'two side by side for the last unit, a duplicate',
    budget: { duplicate: 1 },
  },
  { ...one, definition: either, name: 'one of two, a crash anywhere', budget: { crash: 1 } },
  { ...one, definition: either, name: 'one of two, a cancellation, in batches', budget: { cancel: 1 }, batches: true },
  { ...one, definition: either, name: 'one of two, an undo that cannot be done now', budget: { stuck: 1, act: 1 } },
  { ...one, definition: approved, name: 'an approval, words and a crash', budget: { word: 2, crash: 1 } },
  { ...one, definition: approved, name: 'an approval, words and races', budget: { word: 2, cancel: 1 }, races: true },
  {
    ...one,
    definition: short,
    name: 'an undo that cannot be done now, two acts',
    budget: { stuck: 1, act: 2, cancel: 1 },
  },
]

const order = { definition: fulfilOrder, instances: 1, stock: 1 }

/** Small enough for every run of the tests: each is searched to its end. */
export const quick: readonly Configuration[] = [
  ...features,
  ...calls,
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
  ...disturbed,
  ...callsDisturbed,
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
  { ...order, name: 'one of two orders for the last unit, three duplicates', budget: { duplicate: 3, rival: 2 } },
  {
    ...order,
    name: 'one of two orders for the last unit, two duplicates, a crash anywhere',
    budget: { duplicate: 2, crash: 1, rival: 2 },
  },
  {
    ...order,
    name: 'one of two orders for the last unit, three duplicates, a crash anywhere',
    budget: { duplicate: 3, crash: 1, rival: 2 },
    most: 40_000_000,
  },
  {
    ...order,
    name: 'two pivots that are tried twice, three duplicates',
    definition: persistent,
    instances: 2,
    budget: { duplicate: 3 },
    most: 20_000_000,
  },
]
