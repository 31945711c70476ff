import type { DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { ProductListed } from '../../events/inventory.ts'
import {
  ApprovalRequested,
  CancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  OrderReviewed,
  RefundRequested,
  ReturnCompleted,
  ReturnInspected,
  ReturnRejected,
  ReturnRequested,
} from '../../events/ordering.ts'
import { SagaAdvanced } from '../../events/saga.ts'
import { orderId } from '../../events/vocabulary.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Prices } from './prices.ts'
import { showsStart } from './projection.ts'
import { placeOf } from './published.ts'
import type { EventStore } from './store.ts'
import type { Views } from './views.ts'

export type Ports = {
  readonly prices: Pick<Prices, 'list'>
  readonly views: Pick<Views, 'advance'>
  readonly store: Pick<EventStore, 'markHeard'>
}

const own = [
  ApprovalRequested,
  OrderReviewed,
  CancellationRequested,
  OrderConfirmed,
  OrderRejected,
  OrderCancelled,
  RefundRequested,
  OrderRefunded,
  OrderRefundRefused,
  ReturnRequested,
  ReturnInspected,
  ReturnCompleted,
  ReturnRejected,
] as const

/** What ordering subscribes to: facts of other contexts, and what itself said after a placing as the bus passes it on. */
export const learnsFrom = [ProductListed, SagaAdvanced, ...own] as const

export type Fact = Message<DataOf<(typeof learnsFrom)[number]>>

/** The saga that every order starts; others may be about an order too, but do not fulfil it. */
const fulfilment = 'fulfil-order'

/**
 * What ordering learns from the bus: prices, how sagas advance, and that an event of its own was said. The first two are
 * folded by revision and the third is a mark taken off, so that neither repetition nor order of arrival matters.
 */
export const orderingFacts =
  ({ prices, views, store }: Ports) =>
  async (message: Fact): Promise<Repeated | undefined> => {
    if (isListing(message)) {
      const { sku, name, price, revision } = message.data
      await prices.list({ sku, name, price, revision })
      return undefined
    }
    if (isOwn(message)) {
      const place = placeOf(message.id)
      if (!place)
        throw new PermanentError('unknown-event', `${message.id} is no event of an order; ${message.type} names one.`)
      await store.markHeard(place)
      return undefined
    }
    if (!isAdvance(message)) {
      const { id, type } = message as Message
      throw new PermanentError('unknown-type', `${id} is ${type}, of which ordering learns nothing.`)
    }
    const { subject, definition, revision, at, phase, mode, changes, because, outcome } = message.data
    // Sagas of other businesses advance on the same bus.
    if (!orderId.safeParse(subject).success) return undefined
    const noted = await views.advance(subject, definition, {
      revision,
      at,
      phase,
      mode,
      changes,
      ...(because ? { because } : {}),
      ...(outcome ? { outcome } : {}),
    })
    // The first sign of life shows that the order was heard; the end stands in for a first sign that never came.
    const sign = changes.some(({ to }) => to === 'started') || phase === 'ended'
    if (definition === fulfilment && showsStart(message.data) && sign) {
      await store.markHeard({ orderId: subject, sequence: 1 })
    }
    return noted === 'known' ? 'repeated' : undefined
  }

const isListing = (message: Fact): message is Message<DataOf<typeof ProductListed>> =>
  message.type === ProductListed.type
const isAdvance = (message: Fact): message is Message<DataOf<typeof SagaAdvanced>> => message.type === SagaAdvanced.type

/** Having come round by the bus it was relayed and routed, so that everybody who subscribes to it is told as well. */
const isOwn = (message: Fact): boolean => own.some(({ type }) => type === message.type)
