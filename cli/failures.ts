import type { FailedPage, FailedRecord } from '../events/http/recovery.ts'
import { formatTime, shortened } from './format.ts'
import { table } from './table.ts'

/** A page of failed messages for a person. */
export const describeFailures = ({ items, next }: FailedPage): string => {
  if (items.length === 0) return 'no failed messages'
  const rows = items.map((item) => [
    item.id,
    formatTime(item.lastSeen),
    item.status,
    item.class,
    shortened(item.messageType ?? 'not an envelope', 40),
    item.subject ?? '',
    String(item.count),
    shortened(`${item.code}: ${item.reason}`, 60),
  ])
  const more = next === undefined ? '' : `\nmore: --cursor ${next}`
  return `${table(['id', 'last seen', 'status', 'class', 'message', 'about', 'failed', 'why'], rows)}${more}`
}

/** A failed message for a person: the reason first, then its failures, what was done, and the message itself. */
export const describeFailure = (record: FailedRecord): string => {
  const facts: [string, string | undefined][] = [
    ['failed', `${record.id} (${record.status})`],
    ['why', `${record.class}, ${record.code}: ${record.reason}`],
    ['message', record.messageType && `${record.messageType} ${record.messageId}`],
    ['about', record.subject],
    ['queue', record.queue ?? `none: found in ${record.deadLetterQueue}`],
    ['consumer', record.consumer],
    ['seen', `${record.count} times, first ${record.firstSeen}, last ${record.lastSeen}`],
    ['group', record.fingerprint],
  ]
  return [
    ...facts.flatMap(([name, value]) => (value ? [`${name.padEnd(10)}${value}`] : [])),
    ...(record.stack ? ['', record.stack] : []),
    ...record.history.map(
      ({ act, by, reason, at, completedAt }) => `${at} ${act} by ${by}: ${reason}${completedAt ? '' : ' (under way)'}`,
    ),
    '',
    record.encoding === 'utf8' ? pretty(record.body) : `base64: ${record.body}`,
  ].join('\n')
}

const pretty = (body: string) => JSON.stringify(JSON.parse(body), null, 2)
