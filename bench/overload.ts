import { writeFileSync } from 'node:fs'
import type { LoadResult } from '../cli/load/result.ts'
import { chartOf } from './chart.ts'
import { type Figure, figure } from './measure.ts'
import { neverstop } from './own-cloud.ts'

/** Orders a second of the heaviest step: about four times what two cores with an emulator on them do. */
const heaviest = 19
const lasting = '96s'
/** Milliseconds in which an order should end. */
const objective = 10_000
const arms = [
  { name: 'regulated', door: 'on' },
  { name: 'every order admitted', door: 'off' },
] as const

/**
 * Goodput over offered load of the deployed system on a local cloud of its own, with its door as it is and with the door
 * open: each arm a stress run of eight steps. Draws `docs/goodput-deployed.svg` and keeps what it is drawn from in
 * `bench/goodput-deployed.json`. Here the door shares its processors with what it protects, as it does in no account.
 */
export const overloadFigures = async (): Promise<Figure[]> => {
  const [regulated, open] = arms.map(({ door }) => stressed(door)) as [LoadResult, LoadResult]
  const results = [regulated, open]
  const rates = regulated.steps.map(({ rate }) => rate)
  const chart = chartOf({
    title: 'Goodput of the deployed system: orders as they should be in time, a second',
    caption: `Measured on the embedded cloud, two cores: steps of ${Number.parseInt(lasting, 10) / rates.length} s, one after the other; an order is in time within ${objective / 1_000} s. Drawn by npm run bench -- overload.`,
    x: {
      label: 'offered orders a second',
      ticks: rates.map((rate) => [rate, String(Number(rate.toFixed(1)))] as const),
    },
    y: { label: 'orders a second' },
    lines: arms.map(({ name }, index) => ({
      name,
      points: results[index]!.steps.map(({ rate, goodput }) => [rate, goodput] as const),
    })),
  })
  writeFileSync(new URL('../docs/goodput-deployed.svg', import.meta.url), chart)
  writeFileSync(
    new URL('./goodput-deployed.json', import.meta.url),
    `${JSON.stringify({ objectiveMillis: objective, arms: arms.map(({ name }, index) => ({ name, ...kept(results[index]!) })) }, null, 2)}\n`,
  )
  return [
    figure('goodput in the heaviest step by the best step, regulated', 'ratio', [heaviestByBest(regulated)], {
      atLeast: 0.9,
    }),
    figure('goodput in the heaviest step by the best step, every order admitted', 'ratio', [heaviestByBest(open)]),
    figure('admitted orders late under overload, regulated', 'of 1', [
      regulated.orders.late / regulated.orders.admitted,
    ]),
    figure('admitted orders late under overload, every order admitted', 'of 1', [
      open.orders.late / open.orders.admitted,
    ]),
    figure('orders lost under overload, both arms', 'orders', [regulated.orders.lost + open.orders.lost], {
      atMost: 0,
    }),
  ]
}

/** One arm on a cloud of its own, so that no backlog of the other is in it. */
const stressed = (door: 'on' | 'off'): LoadResult => {
  neverstop('down', '--purge')
  try {
    neverstop('up')
    if (door === 'off') neverstop('admission', 'off', '--for', '30', '--reason', 'a benchmark')
    const words = ['--profile', 'stress', '--rate', String(heaviest), '--for', lasting, '--mix', 'plain']
    return JSON.parse(
      neverstop('load', ...words, '--objective', `${objective / 1_000}s`, '--patience', '600s', '--json'),
    )
  } finally {
    neverstop('down', '--purge')
  }
}

const heaviestByBest = ({ steps }: LoadResult): number =>
  steps.at(-1)!.goodput / Math.max(...steps.map(({ goodput }) => goodput))

const kept = ({ offered, answers, orders, conserved, steps }: LoadResult) => ({
  offered,
  answers,
  orders,
  conserved,
  steps: steps.map(({ from, to, rate, goodput, answers: { admitted } }) => ({ from, to, rate, goodput, admitted })),
})
