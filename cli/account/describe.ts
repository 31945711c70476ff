import type { Estimate } from '../../infra/prices/estimate.ts'
import { assumptions } from '../../infra/prices/idle.ts'
import { prices } from '../../infra/prices/prices.ts'
import { table } from '../table.ts'
import type { Template } from './assembly.ts'

const dollars = (usd: number) => `$ ${usd.toFixed(2)}`

const count = (units: number) =>
  units >= 1_000
    ? Math.round(units).toLocaleString('en-GB')
    : units.toLocaleString('en-GB', { maximumFractionDigits: 2 })

/** An estimate for people: every line, the sums, and what was taken to be so. */
export const describeEstimate = ({ region, ordersPerDay, lines, idle, total, paidIdle, paid }: Estimate): string => {
  const rows = lines.map(({ what, because, price, units, usd, paid }) => [
    because,
    what,
    count(units),
    prices[price].unit,
    dollars(usd),
    dollars(paid),
  ])
  const newest = lines.map(({ price }) => prices[price].asOf).sort()
  const unread = [...new Set(lines.map(({ price }) => price))].filter((price) => prices[price].by === 'nobody')
  return [
    `A month of 30 days in ${region}, ${count(ordersPerDay)} orders a day:`,
    table(['paid', 'for', 'units', 'of', 'list price', 'after what is free'], rows),
    `idle   ${dollars(idle)}, ${dollars(paidIdle)} after what every account has free`,
    `total  ${dollars(total)}, ${dollars(paid)} after that`,
    `List prices as of ${newest[0] ?? 'today'} to ${newest.at(-1) ?? 'today'} (infra/prices/list.json), before discounts and tax${unread.length > 0 ? `; nobody has compared with AWS’s list: ${unread.join(', ')}` : ''}. Assumed: ${assumptions.pollsOfAQueue.toLocaleString('en-GB')} polls of an idle queue, and runs without work that take ${assumptions.runMillis} ms, ${assumptions.readUnitsOfARun} read units and ${assumptions.logBytesOfARun} bytes of log.`,
  ].join('\n')
}

/** Where pages will go, and what becomes of the address that they went to. */
export const describePages = ({
  before,
  address,
  given,
}: {
  readonly before: string | undefined
  readonly address: string | undefined
  /** Whether this deployment was told where, or told nowhere. */
  readonly given: boolean
}): string => {
  const instead = before !== undefined && before !== address ? `, and no longer to ${before}` : ''
  if (address === undefined)
    return `Pages go to nobody${instead || ': give an address with --alarm-email'}; the alarms can still be read.`
  if (given || before === undefined) return `Pages go to ${address}${instead}.`
  return `Pages go on to ${address}, as before; --alarm-email takes another address, --no-alarm-email takes it away.`
}

/** What there would be, by stack: for when nobody can say how that differs from what there is. */
export const describeResources = (templates: Readonly<Record<string, Template>>): string => {
  const rows = Object.entries(templates).map(([stack, { Resources }]) => {
    const types = new Map<string, number>()
    for (const { Type } of Object.values(Resources)) types.set(Type, (types.get(Type) ?? 0) + 1)
    const most = [...types].sort(([, a], [, b]) => b - a).slice(0, 3)
    return [
      stack,
      String(Object.keys(Resources).length),
      most.map(([type, number]) => `${number} ${type.replace(/^AWS::/, '')}`).join(', '),
    ]
  })
  return table(['stack', 'resources', 'most of them'], rows)
}

/** What stays in an account after its stacks are gone, because it was said to be kept. */
export const keptBy = (templates: Readonly<Record<string, Template>>): string[] =>
  Object.entries(templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain' || DeletionPolicy === 'RetainExceptOnCreate')
      .map(([id, { Type }]) => `${stack}: ${Type} ${id}`),
  )
