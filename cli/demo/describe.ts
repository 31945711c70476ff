import { formatMoney } from '../format.ts'
import { table } from '../table.ts'
import type { DemoResult } from './outcome.ts'

/** The demonstration's result for machines. */
export const demoDocument = ({ kinds: _kinds, desk: _desk, audit: _audit, ...counted }: DemoResult) => counted

/** The demonstration's result for a person: each kind of order and how it ended, times, and whether all adds up. */
export const describeDemo = (result: DemoResult): string => {
  const { kinds, seconds, desk, audit, unexpected } = result
  const endings = ['confirmed', 'rejected', 'cancelled', 'placed'] as const
  const rows = kinds.map(({ kind, orders, ended }) => [
    kind,
    String(orders),
    ...endings.map((ending) => String(ended[ending] ?? '')),
  ])
  const totals = ['all', String(result.placed), ...endings.map((ending) => String(sum(result, ending) || ''))]
  const money = (minor: number) => formatMoney({ amount: minor, currency: audit.money.currency ?? 'EUR' })
  const { authorised, captured, voided, refunded, open } = audit.money
  const units = (of: 'initial' | 'available' | 'reserved' | 'sold') =>
    audit.stock.reduce((all, one) => all + one[of], 0)
  return [
    table(['kind of order', 'orders', 'confirmed', 'rejected', 'cancelled', 'under way'], [...rows, totals]),
    `parked ${result.parked}, recovered ${result.recovered}`,
    ...desk.slice(0, mostTold).map(tellOf),
    ...(desk.length > mostTold ? [`  and ${desk.length - mostTold} more: ./neverstop failed list`] : []),
    `from placed to ended: p50 ${seconds.p50} s, p99 ${seconds.p99} s; all within ${seconds.total} s`,
    `money: ${money(authorised)} authorised = ${money(captured)} captured + ${money(voided)} voided + ${money(open)} open; ${money(refunded)} refunded`,
    `stock: ${units('initial')} units = ${units('available')} available + ${units('reserved')} reserved + ${units('sold')} sold`,
    `under way: ${audit.unfinishedSagas} sagas, ${audit.messagesInFlight} messages`,
    result.conserved ? 'money and stock are conserved' : 'money and stock are NOT conserved',
    ...(unexpected.length === 0
      ? ['everything came out as it should']
      : [`${unexpected.length} things did not come out as they should:`, ...unexpected.map((line) => `  ${line}`)]),
  ].join('\n')
}

/** As many of the desk's records as one likes to read here. */
const mostTold = 3

const tellOf = ({ id, messageType, code, reason, order, ended }: DemoResult['desk'][number]): string =>
  `  ${messageType ?? 'a message'} of ${order} was parked (${code}): ${reason}\n  put back as ${id}, its order was ${ended}`

const sum = ({ kinds }: DemoResult, ending: string) => kinds.reduce((all, { ended }) => all + (ended[ending] ?? 0), 0)
