import { type Charge, costOf, type PricedRegion, totalOf, type Usage } from '../../infra/prices/prices.ts'
import { Failure } from '../../local/failure.ts'
import { type Host, stretchAt, usedAt } from './host.ts'
import { type Queueing, queueingOf } from './queueing.ts'
import data from './quotas.json' with { type: 'json' }

export type QuotaName = keyof typeof data.quotas

/** What was measured of the platform for one order: `./neverstop cost --json` says it, bench keeps it. */
export type Calibration = {
  readonly at: string
  readonly how: string
  readonly perOrder: Usage
  /** Events that the bus delivers to queues for an order. */
  readonly deliveries: number
  readonly host: Host
  readonly work: readonly {
    readonly handler: string
    readonly queued: boolean
    /** For an order. */
    readonly invocations: number
    /** Messages in one invocation. */
    readonly batch: number
    /** Of one invocation. */
    readonly millis: number
    readonly variation: number
  }[]
  readonly tables: Readonly<Record<string, { readonly write: number; readonly read: number }>>
}

export type PlanTerms = {
  readonly ordersPerSecond: number
  readonly region: PricedRegion
  /** Instances of one function that one queue may keep busy, as the stage sets it. */
  readonly concurrency: number
  /** Requests a second that the stage's API admits. */
  readonly admission: number
  /** Shards of a sharded index. */
  readonly shards: number
  /** The share of orders that name the product that is asked for most, from 0 to 1. */
  readonly hottest: number
  /** Whether everything runs on the machine that was measured, or in an account, where each function has processors of its own. */
  readonly on: 'account' | 'host'
}

/** Something that can be used up. */
export type Limit = {
  readonly of: string
  readonly used: number
  readonly limit: number
  readonly unit: string
  readonly utilisation: number
  /** Orders a second at which it is used up. */
  readonly upTo: number
  readonly remedy: string
  /** Where the limit is published; absent for what the stage sets itself. */
  readonly source?: string
}

export type StationPlan = Queueing & { readonly handler: string; readonly servers: number; readonly arrivals: number }

export type CapacityPlan = {
  readonly ordersPerSecond: number
  readonly stations: readonly StationPlan[]
  /** Executions at once, of all functions together. */
  readonly concurrency: number
  /** What is used of each limit, that which is nearest to its end first. */
  readonly limits: readonly Limit[]
  /** The first of them, and orders a second until then. */
  readonly breaksFirst: Limit
  readonly month: { readonly orders: number; readonly usd: number; readonly charges: readonly Charge[] }
  readonly quotasAsOf: string
}

/** Seconds of a month, as AWS counts 730 hours. */
const month = 730 * 3_600

/** Keys whose writes all fall on one partition, each with the units that an order writes there and how it is spread. */
const sharded = /\/(unfinished|due|unheard|byPlaced|sentBy\w*)/

/**
 * What a rate of orders needs, what stands in its way first, and what it costs. Pure: everything follows from what was
 * measured for one order.
 *
 * @throws RangeError when the rate is not above 0 and finite; Failure when it is more than the host carries.
 *
 * @example
 * planOf(calibration, { ordersPerSecond: 100, … }).breaksFirst.of // 'instances of saga-coordinator'
 */
export const planOf = (calibration: Calibration, terms: PlanTerms): CapacityPlan => {
  const { ordersPerSecond: rate, region, concurrency } = terms
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`${rate} orders a second cannot be planned for`)
  const stretch = stretchOf(calibration, terms)
  const stations = calibration.work
    .filter(({ invocations }) => invocations > 0)
    .map(({ handler, queued, invocations, millis, variation }) => {
      const arrivals = rate * invocations
      const servers = queued ? concurrency : data.quotas['lambda-concurrency'].limit
      const queueing = queueingOf({
        arrivals,
        service: (stretch * millis) / 1_000,
        serviceVariation: variation,
        arrivalVariation: 1,
        servers,
      })
      return { handler, polled: queued, servers, arrivals, ...queueing }
    })
  const busy = stations.reduce((sum, station) => sum + station.busy, 0)
  const limits = limitsOf(calibration, terms, stations, busy).toSorted((a, b) => b.utilisation - a.utilisation)
  const orders = rate * month
  const charges = costOf(
    Object.fromEntries(Object.entries(calibration.perOrder).map(([price, units]) => [price, units * orders])),
    region,
  )
  return {
    ordersPerSecond: rate,
    stations: stations
      .filter(({ polled }) => polled)
      .map(({ polled: _, ...station }) => station)
      .toSorted((a, b) => b.utilisation - a.utilisation),
    concurrency: busy,
    limits,
    breaksFirst: limits[0]!,
    month: { orders, usd: totalOf(charges), charges },
    quotasAsOf: data.asOf,
  }
}

/** How many times as long as measured everything takes: what shares processors waits for the others. */
const stretchOf = ({ host, work }: Calibration, { ordersPerSecond, on }: PlanTerms): number => {
  const variation = variationOf(work)
  const measured = stretchAt(host.processors, host.busy, variation)
  if (on === 'account') return 1 / measured
  const used = usedAt(host, ordersPerSecond)
  if (used >= 1)
    throw new Failure(
      `${ordersPerSecond} orders a second would use ${Math.round(100 * used)} % of this machine, if each took what it did at ${host.rate} a second`,
      { remedy: 'plan for fewer, measure at a higher rate, or plan for an account' },
    )
  return stretchAt(host.processors, used, variation) / measured
}

/** How much invocations of all functions together differ in their times: variance over the square of the mean. */
const variationOf = (work: Calibration['work']): number => {
  const over = (of: (one: Calibration['work'][number]) => number) =>
    work.reduce((sum, one) => sum + one.invocations * of(one), 0)
  const mean = over(({ millis }) => millis) / over(() => 1)
  return over(({ millis, variation }) => (variation + 1) * millis ** 2) / over(() => 1) / mean ** 2 - 1
}

const limitsOf = (
  { tables, perOrder, deliveries }: Calibration,
  { ordersPerSecond: rate, concurrency, admission, shards, hottest }: PlanTerms,
  stations: readonly (StationPlan & { readonly polled: boolean })[],
  busy: number,
): Limit[] => {
  const own = (of: string, used: number, limit: number, unit: string, remedy: string): Limit[] =>
    used > 0 ? [{ of, used, limit, unit, remedy, utilisation: used / limit, upTo: (rate * limit) / used }] : []
  const published = (name: QuotaName, of: string, used: number): Limit[] => {
    const { limit, unit, source, remedy } = data.quotas[name]
    return own(of, used, limit, unit, remedy).map((one) => ({ ...one, source }))
  }
  const whole = Map.groupBy(Object.entries(tables), ([target]) => target.split('/')[0]!)
  return [
    ...stations
      .filter(({ polled }) => polled)
      .flatMap(({ handler, busy: instances }) =>
        own(
          `instances of ${handler}`,
          instances,
          concurrency,
          'instances that its queues may keep busy',
          `raise the stage's concurrency, as far as what ${handler} calls can take it`,
        ),
      ),
    ...own(
      'admission',
      rate,
      admission,
      'requests a second that the stage admits',
      "raise the stage's admission once the rest can take it",
    ),
    ...published('api-requests', 'requests to the API', rate * (perOrder['apigateway.request'] ?? 0)),
    ...published('lambda-concurrency', 'functions at once', busy),
    ...published('event-deliveries', 'deliveries of the bus', rate * deliveries),
    ...[...whole].flatMap(([table, targets]) => {
      const units = (of: 'write' | 'read') => rate * targets.reduce((sum, [, used]) => sum + used[of], 0)
      return [
        ...published('table-writes', `writes of ${table}`, units('write')),
        ...published('new-table-writes', `writes of ${table}, when it is new`, units('write')),
        ...published('table-reads', `reads of ${table}`, units('read')),
      ]
    }),
    ...Object.entries(tables)
      .filter(([target]) => sharded.test(target))
      .flatMap(([target, { write }]) =>
        published('key-writes', `one of ${shards} shards of ${target}`, (rate * write) / shards),
      ),
    // Reserving is a transaction, which takes two units of the product's item; the sale does not write it.
    ...published('key-writes', 'the stock of the product that is asked for most', rate * hottest * 2),
  ]
}
