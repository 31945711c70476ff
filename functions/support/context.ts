import type { EpochMs } from '../../reactive/time.ts'
import { iso } from '../../reactive/time.ts'
import type { News } from './news.ts'
import type { Entry, Impact } from './ports.ts'

/**
 * What somebody who is woken wants to know: what it is, since when, what it costs, what was tried, where it is written
 * what to do.
 */
export const contextOf = (
  news: News,
  { since, impact, tried }: { since: EpochMs; impact: Impact | undefined; tried: readonly Entry[] },
): string =>
  [
    `What: ${news.alarm}: ${news.meaning}.`,
    `Since: ${iso(since)}. ${news.reason}`,
    `Impact: ${impact ? describeImpact(impact) : 'unknown; the order API does not tell'}`,
    `Tried: ${tried.length === 0 ? 'nothing' : tried.map(({ at, what, outcome }) => `${iso(at)} ${what} (${outcome})`).join('; ')}`,
    `Runbook: ${news.runbook}`,
  ].join('\n')

const describeImpact = ({ orders, more, money }: Impact): string => {
  if (orders === 0) return 'no order is under way'
  const sums = Object.entries(money).map(([currency, minor]) => `${(minor / 100).toFixed(2)} ${currency}`)
  const least = more ? 'at least ' : ''
  return `${least}${orders} ${orders === 1 ? 'order is' : 'orders are'} under way${sums.length > 0 ? `, ${least}${sums.join(' and ')}` : ''}`
}
