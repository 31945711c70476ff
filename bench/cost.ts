import { writeFileSync } from 'node:fs'
import type { Calibration } from '../cli/capacity/plan.ts'
import { usageOf } from '../cli/cost/bill.ts'
import type { CostResult } from '../cli/cost/describe.ts'
import { type Figure, figure } from './measure.ts'
import { neverstop } from './own-cloud.ts'

const kept = (name: string) => new URL(`./${name}`, import.meta.url)

/**
 * What an order uses, counted by its functions themselves on a local cloud of its own, and what that costs. Keeps the
 * counts for whoever plans with them: `calibration.json` for capacity, `order-usage.json` for the estimate of a bill.
 */
export const costFigures = async (): Promise<Figure[]> => {
  neverstop('down', '--purge')
  try {
    neverstop('up')
    const result = JSON.parse(neverstop('cost', '--orders', '60', '--rate', '5', '--json')) as CostResult
    keepCounts(result)
    return figuresOf(result)
  } finally {
    neverstop('down', '--purge')
  }
}

/** What a plan is made from, as it was counted. */
export const calibrationOf = (result: CostResult): Calibration => ({
  at: new Date().toISOString(),
  how: `${result.orders} plain orders at ${result.rate} a second on the embedded cloud, ${result.batch.toFixed(1)} messages an invocation`,
  perOrder: usageOf(result),
  deliveries: result.lines.find(({ context }) => context === 'bus')?.units ?? 0,
  work: result.work,
  tables: result.tables,
})

/** Writes what was counted where plans and estimates find it. */
export const keepCounts = (result: CostResult): void => {
  const write = (name: string, data: object) => writeFileSync(kept(name), `${JSON.stringify(data, null, 2)}\n`)
  const counted = calibrationOf(result)
  const { at, how, perOrder } = counted
  write('calibration.json', counted)
  write('order-usage.json', { at, how, perOrder, perSaga: result.million.sagas.usage })
}

/** The figures of a count, against the budgets of the design. */
export const figuresOf = ({ saga, transport, million }: CostResult): Figure[] => [
  figure('write units of a saga and its index, counted on the deployed system', 'units', [saga.write], { atMost: 8 }),
  figure('read units of a saga, counted on the deployed system', 'units', [saga.read], { atMost: 6 }),
  figure('requests of queues for the messages of a saga', 'requests', [transport.requests]),
  figure('messages a call of a queue', 'messages', [transport.messagesPerCall]),
  figure('list price of a million sagas, table and messages', '$', [million.sagas.usd], { atMost: 10 }),
  figure('list price of a million sagas with their participants', '$', [million.sagasWithParticipants.usd], {
    atMost: 20,
  }),
  figure("list price of a million orders, without processors' time", '$', [million.ordersWithoutCompute.usd]),
]
