import type { OrderDocument, OrderPage, TimelineEntry } from '../events/http/ordering.ts'
import { formatMoney, formatTime } from './format.ts'
import { table } from './table.ts'

/** An order for a person: what, how it stands, why, and everything that happened to it. */
export const describeOrder = (order: OrderDocument): string => {
  const facts: [string, string | undefined][] = [
    ['order', order.orderId],
    ['customer', order.customerId],
    ['status', order.status],
    ['approval', order.approval === 'awaiting' ? 'awaiting approval' : order.approval],
    ['reason', order.reason?.message],
    ['cancellation', order.cancellation],
    ['refund', order.refund],
    [
      'return',
      order.return &&
        [order.return.state, order.return.condition, order.return.reason?.message].filter(Boolean).join(', '),
    ],
    ['total', formatMoney(order.total)],
    ['ships to', `${order.shipTo.name}, ${order.shipTo.postcode} ${order.shipTo.city}, ${order.shipTo.country}`],
    ['carrier', order.trackingNumber && `${order.carrier ?? ''} ${order.trackingNumber}`.trim()],
  ]
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(13)}${value}`])),
    table(
      ['quantity', 'sku', 'name', 'price'],
      order.lines.map(({ quantity, sku, name, price }) => [String(quantity), sku, name, formatMoney(price)]),
    ),
    table(['time', 'of', 'what', 'reason'], order.timeline.map(timelineRow)),
  ].join('\n')
}

/** A page of orders for a person. */
export const describeOrders = ({ items, next }: OrderPage): string => {
  if (items.length === 0) return 'no orders'
  const rows = items.map(({ orderId, customerId, status, placedAt, total, reason }) => [
    formatTime(placedAt),
    orderId,
    customerId,
    status,
    formatMoney(total),
    reason?.message ?? '',
  ])
  const more = next === undefined ? '' : `\nmore: --cursor ${next}`
  return `${table(['placed', 'order', 'customer', 'status', 'total', 'reason'], rows)}${more}`
}

const timelineRow = ({ at, source, event, step, attempt, reason }: TimelineEntry): string[] => [
  formatTime(at),
  source,
  `${step && step !== event ? `${step} ` : ''}${event}${attempt && attempt > 1 ? ` (attempt ${attempt})` : ''}`,
  reason?.message ?? '',
]
