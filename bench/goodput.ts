import { writeFileSync } from 'node:fs'
import { capacity, goodput, orderFlow } from '../labs/order-flow.ts'
import { objective } from '../labs/regulation.ts'
import { steady } from '../labs/simulator/arrivals.ts'
import { minutes, seconds } from '../reactive/time.ts'
import { chartOf, type Line } from './chart.ts'
import { type Figure, figure } from './measure.ts'

/** Offered load, in parts of the capacity. */
const loads = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const
const arms = [
  { name: 'regulated', regulated: true },
  { name: 'every order admitted', regulated: false },
] as const
const until = minutes(10)
/** Measured from here on: the first orders find an empty house. */
const warm = seconds(30)
const seed = 1

type Measured = { readonly load: number; readonly goodput: number; readonly admitted: number; readonly late: number }

const measured = (load: number, regulated: boolean): Measured => {
  const most = load * capacity
  const flow = orderFlow({ seed, rate: steady(most), most, until, objective, deadline: minutes(5), regulated })
  return {
    load,
    goodput: Number(goodput(flow, objective, warm, until).toFixed(3)),
    admitted: flow.admitted.length,
    late: flow.admitted.filter(({ placedAt, doneAt }) => doneAt - placedAt > objective).length,
  }
}

/**
 * Goodput over offered load, with regulation and without: the platform in virtual time, with the production regulator at
 * its door. Draws `docs/goodput.svg` and keeps what it is drawn from in `bench/goodput.json`.
 */
export const goodputFigures = async (): Promise<Figure[]> => {
  const [regulated, open] = arms.map(({ regulated }) => loads.map((load) => measured(load, regulated))) as [
    Measured[],
    Measured[],
  ]
  const lines: Line[] = arms.map(({ name }, index) => ({
    name,
    points: [regulated, open][index]!.map(({ load, goodput }) => [load, goodput] as const),
  }))
  const chart = chartOf({
    title: 'Goodput: orders confirmed in time, a second',
    caption: `Simulated in virtual time with the production regulator, seed ${seed}: ${until / 60_000} minutes at each load, an order is in time within ${objective / 1_000} s; the capacity is ${capacity.toFixed(2)} orders a second. Drawn by npm run bench -- goodput.`,
    x: {
      label: 'offered load, in parts of the capacity',
      ticks: [0.25, 0.5, 1, 1.5, 2, 3, 4].map((load) => [load, `${load}×`] as const),
    },
    y: { label: 'orders a second' },
    lines,
  })
  writeFileSync(new URL('../docs/goodput.svg', import.meta.url), chart)
  writeFileSync(
    new URL('./goodput.json', import.meta.url),
    `${JSON.stringify({ seed, capacity: Number(capacity.toFixed(3)), objectiveMillis: objective, regulated, 'every order admitted': open }, null, 2)}\n`,
  )
  const peak = (of: readonly Measured[]) => Math.max(...of.map(({ goodput }) => goodput))
  const atFour = (of: readonly Measured[]) => of.at(-1)!.goodput / peak(of)
  return [
    figure('goodput at four times the capacity by the best, regulated (simulated)', 'ratio', [atFour(regulated)], {
      atLeast: 0.9,
    }),
    figure('goodput at four times the capacity by the best, every order admitted (simulated)', 'ratio', [atFour(open)]),
  ]
}
