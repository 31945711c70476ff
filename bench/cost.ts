import { writeFileSync } from 'node:fs'
import type { Calibration } from '../cli/capacity/plan.ts'
import { usageOf } from '../cli/cost/bill.ts'
import type { CostResult } from '../cli/cost/describe.ts'
import { type Figure, figure } from './measure.ts'
import { neverstop } from './own-cloud.ts'

const kept = (name: string) => new URL(`./${name}`, import.meta.url)

/** Orders and how many of them come a second: so few that each goes alone, and so many that messages travel together. */
const calm = { orders: 81, rate: 2 } as const
const burst = { orders: 60, rate: 20 } as const

/**
 * What an order uses, counted by its functions themselves on a local cloud of its own, and what that costs: when orders
 * come one by one, and when they come so fast that calls carry many messages. Keeps the counts of the first for whoever
 * plans with them: `calibration.json` for capacity, `order-usage.json` for the estimate of a bill.
 */
export const costFigures = async (): Promise<Figure[]> => {
  neverstop('down', '--purge')
  try {
    neverstop('up')
    const alone = counted(calm)
    keepCounts(alone)
    neverstop('admission', 'off', '--for', '15', '--reason', 'a benchmark')
    return figuresOf(alone, counted(burst))
  } finally {
    neverstop('down', '--purge')
  }
}

/** Counts so many orders at such a rate on the cloud of the benchmark. */
export const counted = ({ orders, rate }: { readonly orders: number; readonly rate: number }): CostResult =>
  JSON.parse(neverstop('cost', '--orders', String(orders), '--rate', String(rate), '--json')) as CostResult

/** What a plan is made from, as it was counted. */
export const calibrationOf = (result: CostResult): Calibration => ({
  at: new Date().toISOString(),
  how: `${result.orders} plain orders at ${result.rate} a second on the embedded cloud, ${result.batch.toFixed(1)} messages an invocation`,
  perOrder: usageOf(result),
  deliveries: result.lines.find(({ context }) => context === 'bus')?.units ?? 0,
  host: result.host,
  work: result.work,
  tables: result.tables,
})

/** Writes what was counted where plans and estimates find it. */
const keepCounts = (result: CostResult): void => {
  const write = (name: string, data: object) => writeFileSync(kept(name), `${JSON.stringify(data, null, 2)}\n`)
  const counted = calibrationOf(result)
  const { at, how, perOrder } = counted
  write('calibration.json', counted)
  write('order-usage.json', { at, how, perOrder, perSaga: result.million.sagas.usage })
}

/** The figures of both counts, against the budgets of the design, whose prices are of messages that travel by ten. */
const figuresOf = (alone: CostResult, together: CostResult): Figure[] => [
  figure('write units of a saga and its index, counted on the deployed system', 'units', [alone.saga.write], {
    atMost: 8,
  }),
  figure('of these refused: races that were lost, messages that came again', 'units', [alone.saga.refused]),
  figure('read units of a saga, counted on the deployed system', 'units', [alone.saga.read], { atMost: 6 }),
  ...[
    { how: `at ${calm.rate} a second`, of: alone },
    { how: `in a burst of ${burst.orders}`, of: together },
  ].flatMap(({ how, of: { transport, million } }) => [
    figure(`messages a call of a queue, ${how}`, 'messages', [transport.messagesPerCall]),
    figure(`requests of queues for the messages of a saga, ${how}`, 'requests', [transport.requests]),
    figure(`list price of a million sagas, table and messages, ${how}`, '$', [million.sagas.usd]),
    figure(`list price of a million sagas with their participants, ${how}`, '$', [million.sagasWithParticipants.usd]),
  ]),
  figure(
    'list price of a million sagas, table and messages, were ten in each call',
    '$',
    [alone.million.sagasByTen.usd],
    {
      atMost: 10,
    },
  ),
  figure(
    'list price of a million sagas with their participants, were ten in each call',
    '$',
    [alone.million.sagasWithParticipantsByTen.usd],
    { atMost: 20 },
  ),
  figure("list price of a million orders, without processors' time", '$', [alone.million.ordersWithoutCompute.usd]),
]
