import { costOf, type PricedRegion, priceOf, prices, totalOf, type Usage } from '../../infra/prices/prices.ts'
import type { Host } from '../capacity/host.ts'
import { table } from '../table.ts'
import { type Bill, sagaUsage, usageOf } from './bill.ts'

/** What something costs a million times, at list price. */
export type Million = { readonly usd: number; readonly usage: Usage }

export type CostResult = Bill & {
  readonly region: PricedRegion
  /** Placements a second while it was counted: batches, and so what transport costs, depend on it. */
  readonly rate: number
  /** The machine that it was counted on. */
  readonly host: Host
  readonly million: {
    readonly orders: Million
    /** Without the time of processors, which on this machine is not an account's. */
    readonly ordersWithoutCompute: Million
    /** The saga's table and messages. */
    readonly sagas: Million
    readonly sagasWithParticipants: Million
    /** Both, if each call of a queue carried ten messages, as under a heavy load. */
    readonly sagasByTen: Million
    readonly sagasWithParticipantsByTen: Million
  }
}

/** Prices a bill. Pure. */
export const priced = (bill: Bill, region: PricedRegion, host: Host): CostResult => {
  const of = (usage: Usage): Million => ({ usd: 1e6 * totalOf(costOf(usage, region)), usage })
  const orders = usageOf(bill)
  const { 'lambda.gb-second': _compute, ...withoutCompute } = orders
  const sagas = sagaUsage(bill)
  const byTen = { ...sagas, 'sqs.request': bill.transport.requestsByTen }
  return {
    ...bill,
    region,
    rate: host.rate,
    host,
    million: {
      orders: of(orders),
      ordersWithoutCompute: of(withoutCompute),
      sagas: of(sagas),
      sagasWithParticipants: of(added(sagas, bill.participants)),
      sagasByTen: of(byTen),
      sagasWithParticipantsByTen: of(added(byTen, bill.participants)),
    },
  }
}

const added = (one: Usage, other: Usage): Usage => {
  const both = new Map<string, number>()
  for (const [price, units] of [...Object.entries(one), ...Object.entries(other)])
    both.set(price, (both.get(price) ?? 0) + units)
  return Object.fromEntries(both)
}

/** A cost for a person: each context's lines, and what a million comes to. */
export const describeCost = (result: CostResult): string => {
  const { lines, orders, saga, transport, batch, background, million, region, rate } = result
  const dollars = (usd: number) => `$ ${usd.toFixed(2)}`
  const rows = lines
    .map(({ context, price, units }) => ({ context, price, units, usd: 1e6 * units * priceOf(price, region) }))
    .toSorted((a, b) => b.usd - a.usd)
  return [
    `counted from ${orders} orders at ${rate} a second, ${batch.toFixed(1)} messages an invocation`,
    table(
      ['context', 'price', 'units an order', 'of what', 'a million orders'],
      rows.map(({ context, price, units, usd }) => [
        context,
        price,
        Number(units.toPrecision(3)).toString(),
        prices[price].unit,
        dollars(usd),
      ]),
    ),
    table(
      ['a million', 'list price', 'write units', 'read units', 'queue requests'],
      (
        [
          ['sagas: their table and messages', million.sagas],
          ['sagas with their participants', million.sagasWithParticipants],
          ['sagas, were ten messages in each call', million.sagasByTen],
          ['sagas with their participants, likewise', million.sagasWithParticipantsByTen],
          ['orders, without the time of processors', million.ordersWithoutCompute],
          ['orders', million.orders],
        ] as const
      ).map(([name, { usd, usage }]) => [
        name,
        dollars(usd),
        ...(['dynamodb.write', 'dynamodb.read', 'sqs.request'] as const).map((price) => (usage[price] ?? 0).toFixed(1)),
      ]),
    ),
    `a saga: ${saga.write.toFixed(1)} write and ${saga.read.toFixed(1)} read units in its table and index (${saga.refused.toFixed(2)} written for nothing, as a race was lost or a message came again), ${transport.requests.toFixed(1)} requests of queues, ${transport.messagesPerCall.toFixed(1)} messages a call`,
    `by the clock meanwhile, whatever is ordered: ${background.invocations} invocations, ${background.write.toFixed(0)} write and ${background.read.toFixed(0)} read units`,
    `list prices of ${region}; processors' time and logs are those of this machine`,
  ].join('\n')
}
