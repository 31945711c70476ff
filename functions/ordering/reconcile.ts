import type { Message } from '../../events/envelope.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Log } from '../../reactive/log.ts'
import type { Clock, Millis } from '../../reactive/time.ts'
import { fold } from './order.ts'
import { project } from './projection.ts'
import { published } from './published.ts'
import type { EventStore } from './store.ts'
import type { Views } from './views.ts'

export type Ports = {
  readonly store: EventStore
  readonly views: Pick<Views, 'apply'>
  readonly publish: (messages: readonly Message[]) => Promise<void>
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
}

export type Reconciled = { readonly republished: readonly string[]; readonly settled: readonly string[] }

/**
 * Looks after orders that were placed longer than `patience` ago and whose saga is not known to have started: says again
 * what was said, under the same ids, and brings their views up to date. An early cancellation's tombstone is no saga, so
 * the cancellation is said again with the order. One that has ended must have had a saga and is left alone.
 *
 * It stands against the loss of the table's stream, which forgets after 24 hours.
 *
 * @throws when an order could not be looked after for now; the others were all the same.
 */
export const reconcile =
  ({ store, views, publish, clock, log }: Ports, patience: Millis) =>
  async (): Promise<Reconciled> => {
    const now = clock()
    const republished: string[] = []
    const settled: string[] = []
    const failures: unknown[] = []
    for (const orderId of await store.unstarted(now - patience)) {
      try {
        const events = await store.load(orderId)
        for (const change of events.map(project)) if (change) await views.apply(change)
        if (fold(events).status === 'placed') {
          await publish(events.map(published))
          // Behind the others: an order whose start keeps failing must not keep the rest from being looked at.
          await store.postpone(orderId, now)
          republished.push(orderId)
        } else {
          await store.markStarted(orderId)
          settled.push(orderId)
        }
      } catch (error) {
        if (!(error instanceof PermanentError)) {
          failures.push(error)
          continue
        }
        log.error(`${orderId} cannot be republished: ${error.message}`, { order: orderId, code: error.code })
        await store.postpone(orderId, now)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} orders could not be republished.`)
    return { republished, settled }
  }
