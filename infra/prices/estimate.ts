import { metricsOfOrders, type PricedTemplate, standing } from './idle.ts'
import { type PricedRegion, type PriceName, priceOf, prices, type Usage } from './prices.ts'

/** One line of an estimate: a month of thirty days, in US dollars. */
export type Line = {
  readonly what: string
  /** Paid although nobody orders anything, or because of the orders. */
  readonly because: 'idle' | 'orders'
  readonly price: PriceName
  readonly units: number
  /** At list price. */
  readonly usd: number
  /** What is left of it after what every account has free each month, where nothing else in the account uses that up. */
  readonly paid: number
}

export type Estimate = {
  readonly region: PricedRegion
  readonly ordersPerDay: number
  readonly lines: readonly Line[]
  readonly idle: number
  readonly total: number
  /** The same after what is free. */
  readonly paidIdle: number
  readonly paid: number
}

type Options = {
  readonly region: PricedRegion
  readonly ordersPerDay: number
  /** What one order uses, counted; without it only what stands idle is estimated. */
  readonly perOrder?: Usage
}

const days = 30

/** What an order uses, as people call it. */
const uses: Partial<Readonly<Record<PriceName, string>>> = {
  'apigateway.request': 'requests of the API',
  'dynamodb.read': 'reads of tables and indexes',
  'dynamodb.write': 'writes of tables and indexes',
  'events.put': 'events on the bus',
  'lambda.gb-second': 'time of functions',
  'lambda.request': 'calls of functions',
  'logs.ingest': 'logs',
  'sns.publish': 'messages to customers',
  'sqs.request': 'requests of queues',
}

/**
 * What a stage costs a month at list prices: what its resources cost by being there, and what its orders use.
 *
 * @throws Error when the rate of orders is not a number from 0 on.
 *
 * @example
 * estimate(templates, { region: 'eu-central-1', ordersPerDay: 1_000, perOrder: { 'dynamodb.write': 40 } }).total
 */
export const estimate = (
  templates: readonly PricedTemplate[],
  { region, ordersPerDay, perOrder = {} }: Options,
): Estimate => {
  if (!(ordersPerDay >= 0 && Number.isFinite(ordersPerDay)))
    throw new Error(`${ordersPerDay} is no number of orders a day: 0 or more`)
  const used = standing(templates).map((line) => ({ ...line, because: 'idle' as const }))
  const orders = ordersPerDay * days
  const asked =
    orders === 0
      ? []
      : [
          ...Object.entries(perOrder).map(([price, units]) => ({
            what: uses[price as PriceName] ?? prices[price as PriceName].unit,
            because: 'orders' as const,
            price: price as PriceName,
            units: units * orders,
          })),
          {
            what: 'other metrics of the platform’s own, at most',
            because: 'orders' as const,
            price: 'cloudwatch.metric' as const,
            units: metricsOfOrders(),
          },
        ]
  // What is free is free once: what stands idle uses it up before the orders do.
  const free = new Map<PriceName, number>()
  const lines = [...used, ...asked]
    .filter(({ units }) => units > 0)
    .map((line) => {
      const left = free.get(line.price) ?? prices[line.price].freePerMonth ?? 0
      const given = Math.min(left, line.units)
      free.set(line.price, left - given)
      const each = priceOf(line.price, region)
      return { ...line, usd: line.units * each, paid: (line.units - given) * each }
    })
    .sort((a, b) => a.because.localeCompare(b.because) || b.usd - a.usd)
  const sum = (of: (line: Line) => number, because?: Line['because']) =>
    lines.filter((line) => because === undefined || line.because === because).reduce((all, line) => all + of(line), 0)
  return {
    region,
    ordersPerDay,
    lines,
    idle: sum(({ usd }) => usd, 'idle'),
    total: sum(({ usd }) => usd),
    paidIdle: sum(({ paid }) => paid, 'idle'),
    paid: sum(({ paid }) => paid),
  }
}
