import { pointsOf } from '../cli/capacity/measured.ts'
import { planOf } from '../cli/capacity/plan.ts'
import { fitScalability, type Point, throughputAt } from '../cli/capacity/usl.ts'
import type { CostResult } from '../cli/cost/describe.ts'
import type { LoadResult } from '../cli/load/result.ts'
import { calibrationOf, counted } from './cost.ts'
import { type Figure, figure } from './measure.ts'
import { neverstop } from './own-cloud.ts'

/** Orders a second that a plan is made from, and at which it is held against what comes. */
const planned = { from: 2, at: 3 } as const
const seconds = 40
/** The heaviest step of the stress run: more than two cores with an emulator on them can do. */
const heaviest = 12
const budget = { atMost: 20 }

/**
 * How far the planner is off on the embedded cloud. What an order uses is counted at a low rate and foretold for a higher
 * one, which is then counted as well; and the scalability law, fitted to the steps of a stress run with the door open,
 * foretells a step that it has not seen.
 */
export const capacityFigures = async (): Promise<Figure[]> => {
  neverstop('down', '--purge')
  try {
    neverstop('up')
    const [before, after] = [at(planned.from), at(planned.at)]
    neverstop('admission', 'off', '--for', '15', '--reason', 'a benchmark')
    const { steps } = loaded()
    return [...unitsOff(before, after), ...throughputOff(steps)]
  } finally {
    neverstop('down', '--purge')
  }
}

const at = (rate: number): CostResult => counted({ orders: rate * seconds, rate })

const loaded = (): LoadResult => {
  const words = ['load', '--profile', 'stress', '--rate', String(heaviest), '--for', '160s', '--mix', 'plain', '--json']
  return JSON.parse(neverstop(...words)) as LoadResult
}

/** What the planner expects of the higher rate from the lower one, by what was counted there. */
const unitsOff = (before: CostResult, after: CostResult): Figure[] => {
  const terms = {
    region: 'eu-central-1',
    concurrency: 1_000,
    admission: 1_000,
    shards: 1,
    hottest: 0,
    on: 'host',
  } as const
  const of = (result: CostResult) => planOf(calibrationOf(result), { ...terms, ordersPerSecond: planned.at })
  const [foretold, came] = [of(before), of(after)]
  const used = (plan: typeof came, what: string) => plan.limits.find((limit) => limit.of === what)?.used ?? Number.NaN
  const name = (what: string) => `${what} at ${planned.at} orders/s, foretold from ${planned.from}/s: off by`
  return [
    figure(
      name('write units of the sagas'),
      '%',
      [off(used(foretold, 'writes of SagasTable'), used(came, 'writes of SagasTable'))],
      budget,
    ),
    figure(name('executions at once'), '%', [off(foretold.concurrency, came.concurrency)], budget),
    figure(name('list price of a month'), '%', [off(foretold.month.usd, came.month.usd)], budget),
  ]
}

/** What the law expects of each step but the first from the others, and of the heaviest from those below it. */
const throughputOff = (steps: LoadResult['steps']): Figure[] => {
  const points = pointsOf(steps)
  const missedFrom = (others: readonly Point[], { load, throughput }: Point) =>
    off(throughputAt(fitScalability(others), load), throughput)
  const [, ...later] = points
  const fromOthers = later.map((point) =>
    missedFrom(
      points.filter((other) => other !== point),
      point,
    ),
  )
  const name = 'orders ended a second in a step of a stress run, foretold from'
  return [
    figure(`${name} all the others: off by`, '%', fromOthers, budget),
    figure(
      `${name} the gentler ones, the heaviest: off by`,
      '%',
      [missedFrom(points.slice(0, -1), points.at(-1)!)],
      budget,
    ),
    figure('most orders ended a second in a step, none lost', '/s', [Math.max(...points.map((one) => one.throughput))]),
  ]
}

const off = (foretold: number, came: number): number => Math.abs(foretold / came - 1) * 100
