import { table } from '../table.ts'
import type { CapacityPlan, Limit } from './plan.ts'
import type { Point, Scalability } from './usl.ts'

/** A plan for a person: what waits where, what is used up first and what can be done, and what a month costs. */
export const describePlan = (plan: CapacityPlan, how: string): string => {
  const { ordersPerSecond, stations, concurrency, limits, breaksFirst, month, quotasAsOf } = plan
  return [
    `${ordersPerSecond} orders a second, from what was measured: ${how}`,
    table(
      ['function', 'invocations a second', 'busy', 'of', 'used', 'waits on average', '99 of 100 wait at most'],
      stations.map(({ handler, arrivals, busy, servers, utilisation, delay, delay99 }) => [
        handler,
        number(arrivals),
        number(busy),
        String(servers),
        percent(utilisation),
        seconds(delay),
        seconds(delay99),
      ]),
    ),
    `${number(concurrency)} executions at once, of all functions together`,
    table(
      ['what is used up', 'used', 'limit', '', 'up to orders a second'],
      limits
        .slice(0, 12)
        .map(({ of, used, limit, utilisation, upTo }) => [
          of,
          number(used),
          String(limit),
          percent(utilisation),
          number(upTo),
        ]),
    ),
    ...(breaksFirst.utilisation >= 1
      ? [
          `it does not carry that: ${crossed(limits)
            .map(({ of }) => of)
            .join(', ')} would have to be more`,
        ]
      : []),
    `what breaks first: ${breaksFirst.of}, at ${number(breaksFirst.upTo)} orders a second`,
    `  ${breaksFirst.remedy}${breaksFirst.source ? ` (${breaksFirst.source})` : ''}`,
    `a month of it: ${Math.round(month.orders).toLocaleString('en')} orders, $ ${Math.round(month.usd).toLocaleString('en')} at list price; ${month.charges
      .slice(0, 4)
      .map(({ price, usd }) => `${price} $ ${Math.round(usd).toLocaleString('en')}`)
      .join(', ')}`,
    `quotas as published, seen on ${quotasAsOf}; service times are those of the machine that was measured`,
  ].join('\n')
}

/** A fit of the scalability law for a person: its coefficients, its peak, and how far to trust it. */
export const describeScalability = (
  fit: Scalability & { readonly foresight?: number | undefined; readonly points: readonly Point[] },
): string => {
  const { lambda, sigma, kappa, peak, error, points } = fit
  const far = Number.isFinite(peak.load) ? ` with ${number(peak.load)} under way` : ''
  return [
    `scalability law: one order under way makes ${number(lambda)} a second; contention ${number(sigma)}, coherency ${number(kappa)}`,
    `  at most ${Number.isFinite(peak.throughput) ? `${number(peak.throughput)} a second${far}` : 'as much as one likes'}`,
    `  ${points.length} points, off by ${percent(error)} on average${fit.foresight === undefined ? '' : `, at most by ${percent(fit.foresight)} where a point is expected from the others`}`,
  ].join('\n')
}

const crossed = (limits: readonly Limit[]) => limits.filter(({ utilisation }) => utilisation >= 1)
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
const number = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
const seconds = (value: number): string =>
  Number.isFinite(value) ? (value < 1 ? `${(value * 1_000).toFixed(0)} ms` : `${value.toFixed(1)} s`) : 'without end'
