import type { Message } from '../../events/envelope.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Log } from '../../reactive/log.ts'
import type { Clock, Millis } from '../../reactive/time.ts'
import { fold } from './order.ts'
import { project } from './projection.ts'
import { idOf, published } from './published.ts'
import type { EventStore } from './store.ts'
import type { Views } from './views.ts'

export type Ports = {
  readonly store: EventStore
  readonly views: Pick<Views, 'apply'>
  readonly publish: (messages: readonly Message[]) => Promise<void>
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
}

/** Ids of messages: those that were said again, and those that need not be. */
export type Reconciled = { readonly republished: readonly string[]; readonly settled: readonly string[] }

/**
 * Looks after events that were appended longer than `patience` ago and are not known to have been heard: says again what
 * was said from there on, under the same ids, and brings the order's view up to date.
 *
 * - An order is heard when its saga starts; the tombstone of an early cancellation is no saga. An order that has ended must
 *   have had one: its start is settled.
 * - Whatever happens to it afterwards is heard when the bus brings it back to ordering.
 *
 * It stands against the loss of the table's stream, which forgets after 24 hours.
 *
 * @throws when an event could not be said again for now; the others were all the same.
 */
export const reconcile =
  ({ store, views, publish, clock, log }: Ports, patience: Millis) =>
  async (): Promise<Reconciled> => {
    const now = clock()
    const republished: string[] = []
    const settled: string[] = []
    const failures: unknown[] = []
    for (const place of await store.unheard(now - patience)) {
      try {
        const events = await store.load(place.orderId)
        for (const change of events.map(project)) if (change) await views.apply(change)
        const unheard = events.slice(place.sequence - 1)
        if (unheard[0]?.type === 'placed' && fold(events).status !== 'placed') {
          await store.markHeard(place)
          settled.push(idOf(place))
        } else {
          // One that is unheard itself may have been said already, with an earlier one of its order.
          const unsaid = unheard.filter((event) => !republished.includes(idOf(event)))
          if (unsaid.length > 0) await publish(unsaid.map(published))
          // Behind the others: an event that nobody ever hears must not keep the rest from being looked at.
          await store.postpone(place, now)
          republished.push(...unsaid.map(idOf))
        }
      } catch (error) {
        if (!(error instanceof PermanentError)) {
          failures.push(error)
          continue
        }
        log.error(`${idOf(place)} cannot be republished: ${error.message}`, { order: place.orderId, code: error.code })
        await store.postpone(place, now)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} events could not be republished.`)
    return { republished, settled }
  }
