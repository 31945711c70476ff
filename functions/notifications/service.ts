import type { Repeated } from '../../reactive/consume.ts'
import { PostponedError } from '../../reactive/errors.ts'
import type { Measure } from '../../reactive/metering.ts'
import type { BrownOut } from '../../reactive/regulator.ts'
import { type Clock, fromIso, type Millis, seconds } from '../../reactive/time.ts'
import { isOutdated } from '../../reactive/worth.ts'
import { compose, contractOf, type News, type Notice } from './compose.ts'
import type { Notices } from './store.ts'

type Ports = {
  readonly store: Notices
  /** Hands a notice to whatever carries it to the customer. */
  readonly publish: (notice: Notice, event: News) => Promise<void>
  readonly clock: Clock
  readonly measure: Measure
  /** How much that is optional is switched off at the moment. */
  readonly level: () => Promise<BrownOut>
  /** For how long after what happened a notice may wait for more urgent work. */
  readonly waitsAtMost: Millis
}

/** After which a notice that waits is looked at again. */
const comeBackIn = seconds(10)

/**
 * Tells a customer what becomes of an order, at least once. A topic has no way to recognise a repetition, so one of two must be
 * chosen when a run ends between publishing and recording it: silence or the same notice twice. Here it is the latter.
 *
 * Nobody waits for it: while there is more urgent work it is put back, within bounds. What has lost its worth, by its
 * contract, is recorded as outdated and not sent.
 *
 * @example
 * await notifier({ store, publish, clock: Date.now, measure })(orderConfirmed)
 */
export const notifier =
  ({ store, publish, clock, measure, level, waitsAtMost }: Ports) =>
  async (event: News): Promise<Repeated | undefined> => {
    const key = { orderId: event.data.orderId, eventId: event.id }
    const notice = compose(event)
    if (clock() - fromIso(event.time) < waitsAtMost && (await level()) >= 1)
      throw new PostponedError(clock() + comeBackIn, `${event.id} waits: there is more urgent work.`)
    if ((await store.begin(key, clock())) !== 'pending') return 'repeated'
    if (isOutdated(contractOf(event), event, clock())) {
      await store.settled(key, 'outdated', clock())
      measure('WorkOutdated', 1)
      return undefined
    }
    await publish(notice, event)
    await store.settled(key, 'sent', clock())
    return undefined
  }
