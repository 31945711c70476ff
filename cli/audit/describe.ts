import { formatMoney } from '../format.ts'
import { table } from '../table.ts'
import type { Audit } from './compare.ts'

/** An audit for a person: money, stock, what is under way, and every difference. */
export const describeAudit = (audit: Audit): string => {
  const { money, stock, orders, differences } = audit
  const amount = (minor: number) => formatMoney({ amount: minor, currency: money.currency ?? 'EUR' })
  return [
    table(
      ['authorised', 'captured', 'voided', 'refunded', 'open'],
      [[money.authorised, money.captured, money.voided, money.refunded, money.open].map(amount)],
    ),
    table(
      ['sku', 'initial', 'available', 'reserved', 'sold'],
      stock.map((one) => [one.sku, ...[one.initial, one.available, one.reserved, one.sold].map(String)]),
    ),
    `orders: ${Object.entries(orders)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}`,
    `under way: ${audit.unfinishedSagas} sagas, ${audit.messagesInFlight} messages; on the desk: ${audit.failedMessages}`,
    ...(differences.length === 0
      ? ['money and stock agree']
      : [
          `${differences.length} differences:`,
          ...differences.map(({ code, about, detail }) => `  ${about}  ${code}: ${detail}`),
        ]),
  ].join('\n')
}
