import type { AcceptedOrder, OrderDocument, TimelineEntry } from '../../events/http/ordering.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Fact, Recorded } from './events.ts'
import { fold } from './order.ts'
import type { SagaStory } from './views.ts'

/** What placing an order answers. It is made of the first event alone, so that a repetition gets the same answer. */
export const acceptedOrder = (events: readonly Recorded[]): AcceptedOrder => {
  const { orderId, data, cause } = firstOf(events)
  return { orderId, status: 'placed', placedAt: cause.at, total: data.total }
}

/** An order as its customer sees it: its state from its own events, its story from them and from its saga's history. */
export const orderDocument = (events: readonly Recorded[], history: readonly SagaStory[]): OrderDocument => {
  const placed = firstOf(events)
  const order = fold(events)
  if (order.status === 'none') throw unplaced(placed.orderId)
  const end = events.find(({ type }) => type === order.status && type !== 'placed')
  const { customerId, status, lines, total, shipTo, reason, cancellation, carrier, trackingNumber, refund, approval } =
    order
  const { return: comeback } = order
  return {
    orderId: placed.orderId,
    customerId,
    status,
    placedAt: placed.cause.at,
    ...(end ? { endedAt: end.cause.at } : {}),
    lines: lines.map(({ sku, name, quantity, price }) => ({ sku, name, quantity, price })),
    total,
    shipTo,
    ...(approval ? { approval } : {}),
    ...(reason ? { reason } : {}),
    ...(cancellation ? { cancellation } : {}),
    ...(carrier ? { carrier } : {}),
    ...(trackingNumber ? { trackingNumber } : {}),
    ...(refund ? { refund } : {}),
    ...(comeback ? { return: comeback } : {}),
    timeline: timeline(events, history),
  }
}

/**
 * All histories as one. Each keeps its own order, which its sequence or revision gives; the times, of several clocks,
 * only tell how to put one beside the other.
 */
export const timeline = (events: readonly Recorded[], history: readonly SagaStory[]): TimelineEntry[] =>
  [...Map.groupBy(history, ({ definition }) => definition).values()]
    .map((ofSaga) => ofSaga.toSorted((a, b) => a.revision - b.revision).flatMap(sagaEntries))
    .reduce(merge, events.map(orderEntry))

const merge = (one: readonly TimelineEntry[], other: readonly TimelineEntry[]): TimelineEntry[] => {
  const [a, b] = [[...one], [...other]]
  const merged: TimelineEntry[] = []
  while (a.length > 0 && b.length > 0) merged.push((a[0]!.at <= b[0]!.at ? a : b).shift()!)
  return [...merged, ...a, ...b]
}

const orderEntry = (event: Recorded): TimelineEntry => ({
  at: event.cause.at,
  source: 'order',
  event: event.type,
  ...('reason' in event.data ? { reason: event.data.reason } : {}),
})

/** The reason belongs to the change that gave it; an advance without such a one tells it with its last. */
const sagaEntries = ({ at, changes, because }: SagaStory): TimelineEntry[] => {
  const giver = changes.findIndex(({ to }) => to === 'refused' || to === 'cancel-noted')
  const bearer = giver >= 0 ? giver : changes.length - 1
  return changes.map(({ step, to, attempt }, index) => ({
    at,
    source: 'saga',
    event: to,
    step,
    ...(attempt ? { attempt } : {}),
    ...(because && index === bearer ? { reason: because } : {}),
  }))
}

const firstOf = (events: readonly Recorded[]): Recorded<Fact<'placed'>> => {
  const first = events[0]
  if (first?.type !== 'placed') throw unplaced(first?.orderId ?? 'an order without events')
  return first
}

const unplaced = (orderId: string) =>
  new PermanentError('unreadable-event', `The stream of ${orderId} does not begin with its placing.`)
