import type { DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { ProductListed } from '../../events/inventory.ts'
import { SagaAdvanced } from '../../events/saga.ts'
import { orderId } from '../../events/vocabulary.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Prices } from './prices.ts'
import { showsStart } from './projection.ts'
import type { EventStore } from './store.ts'
import type { Views } from './views.ts'

export type Ports = {
  readonly prices: Prices
  readonly views: Views
  readonly store: Pick<EventStore, 'markStarted'>
}

export type Fact = Message<DataOf<typeof ProductListed>> | Message<DataOf<typeof SagaAdvanced>>

/** The saga that every order starts; others may be about an order too, but do not fulfil it. */
const fulfilment = 'fulfil-order'

/**
 * What ordering learns from other contexts: prices, and how sagas advance. Both are folded by revision, so that neither
 * repetition nor order of arrival matters.
 */
export const orderingFacts =
  ({ prices, views, store }: Ports) =>
  async (message: Fact): Promise<void> => {
    if (isListing(message)) {
      const { sku, name, price, revision } = message.data
      return prices.list({ sku, name, price, revision })
    }
    if (!isAdvance(message)) {
      const { id, type } = message as Message
      throw new PermanentError('unknown-type', `${id} is ${type}, of which ordering learns nothing.`)
    }
    const { subject, definition, revision, at, phase, mode, changes, because, outcome } = message.data
    // Sagas of other businesses advance on the same bus.
    if (!orderId.safeParse(subject).success) return
    await views.advance(subject, definition, {
      revision,
      at,
      phase,
      mode,
      changes,
      ...(because ? { because } : {}),
      ...(outcome ? { outcome } : {}),
    })
    // The first sign of life ends the reconciler's watch; the end stands in for a first sign that never came.
    const sign = changes.some(({ to }) => to === 'started') || phase === 'ended'
    if (definition === fulfilment && showsStart(message.data) && sign) await store.markStarted(subject)
  }

const isListing = (message: Fact): message is Message<DataOf<typeof ProductListed>> =>
  message.type === ProductListed.type
const isAdvance = (message: Fact): message is Message<DataOf<typeof SagaAdvanced>> => message.type === SagaAdvanced.type
