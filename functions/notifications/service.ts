import type { Repeated } from '../../reactive/consume.ts'
import type { Clock } from '../../reactive/time.ts'
import { compose, type News, type Notice } from './compose.ts'
import type { Notices } from './store.ts'

type Ports = {
  readonly store: Notices
  /** Hands a notice to whatever carries it to the customer. */
  readonly publish: (notice: Notice, event: News) => Promise<void>
  readonly clock: Clock
}

/**
 * Tells a customer what becomes of an order, at least once. A topic has no way to recognise a repetition, so one of two must be
 * chosen when a run ends between publishing and recording it: silence or the same notice twice. Here it is the latter.
 *
 * @example
 * await notifier({ store, publish, clock: Date.now })(orderConfirmed)
 */
export const notifier =
  ({ store, publish, clock }: Ports) =>
  async (event: News): Promise<Repeated | undefined> => {
    const key = { orderId: event.data.orderId, eventId: event.id }
    const notice = compose(event)
    if ((await store.begin(key, clock())) === 'sent') return 'repeated'
    await publish(notice, event)
    await store.sent(key, clock())
    return undefined
  }
