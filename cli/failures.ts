import type {
  ConsumerWord,
  DiscardedDocument,
  Edited,
  FailedCheck,
  FailedGroup,
  FailedPage,
  FailedRecord,
  GroupCheck,
  RedrivePlan,
} from '../events/http/recovery.ts'
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

/** Groups of failed messages for a person. */
export const describeGroups = (groups: readonly FailedGroup[]): string => {
  if (groups.length === 0) return 'no groups of failed messages'
  const rows = groups.map((group) => [
    group.fingerprint,
    formatTime(group.lastSeen),
    group.class,
    shortened(group.messageType ?? 'not an envelope', 34),
    String(group.open),
    String(group.redriving + group.redriven),
    String(group.handled),
    String(group.discarded),
    shortened(`${group.code}: ${group.reason}`, 56),
  ])
  return table(['group', 'last seen', 'class', 'message', 'open', 'under way', 'handled', 'discarded', 'why'], rows)
}

/** A staged redrive in a line. */
export const describePlan = (plan: RedrivePlan): string => {
  const stage = { one: 'one first', ten: 'then ten', rest: `the rest at ${plan.rate}/s` }[plan.stage]
  const waiting = plan.sent - plan.handled - plan.failed - plan.unobserved
  const counts = [
    `${plan.sent} sent`,
    `${plan.handled} handled`,
    `${plan.failed} came back`,
    ...(plan.unobserved > 0 ? [`${plan.unobserved} never heard of`] : []),
    `${waiting} under way`,
  ].join(' · ')
  const end = plan.status === 'running' ? stage : `${plan.status}: ${plan.because}`
  return `${plan.id} · ${counts} · ${end}`
}

/** What would come of putting a message back, for a person: in a line. */
export const describeCheck = ({ id, passes, because, consumer }: FailedCheck): string =>
  passes ? `${id} ${verdicts[consumer.says]}: ${consumer.because}` : `${id} would be refused: ${because.join('; ')}`

const verdicts: Readonly<Record<ConsumerWord['says'], string>> = {
  passes: 'would be taken',
  repeats: 'would be repeated, for it is done already',
  refuses: 'would be refused',
  'not-asked': 'fits its contract; its consumer was not asked',
}

/** Which messages of a group would be taken, for a person. */
export const describeGroupCheck = ({ checked, passing, repeating, unasked, refused }: GroupCheck): string =>
  [
    `${passing} of ${checked} would be taken`,
    ...(repeating > 0 ? [`  ${repeating} of them are done already and would be answered from their record`] : []),
    ...(unasked > 0 ? [`  ${unasked} of them fit their contract; their consumer was not asked`] : []),
    ...refused.map((check) => `  ${describeCheck(check)}`),
  ].join('\n')

/** What a discard would come to, for a person: what would come of putting it back instead, and what its saga would make of it. */
export const describeDiscard = ({ id, check, saga }: DiscardedDocument): string =>
  [
    `  ${check ? `put back instead, ${describeCheck(check)}` : id}`,
    ...(saga ? [`  its saga would be told that it is refused: ${saga.says}: ${saga.because}`] : []),
  ].join('\n')

/** What an edit changes, for a person. */
export const describeEdit = ({ id, dryRun, difference, check }: Edited): string => {
  const value = (given: unknown) => (given === undefined ? 'nothing' : JSON.stringify(given))
  return [
    `${id} ${dryRun ? 'would be' : 'is'} changed:`,
    ...difference.map(({ path, before, after }) => `  ${path || 'all of it'}: ${value(before)} → ${value(after)}`),
    `put back so, ${describeCheck(check)}`,
    ...(check.passes ? [`./neverstop failed redrive ${id} --reason "…"`] : []),
  ].join('\n')
}

/** A failed message for a person: the reason first, then its failures, what was done, and the message itself. */
export const describeFailure = (record: FailedRecord): string => {
  const facts: [string, string | undefined][] = [
    ['failed', `${record.id} (${record.status})`],
    ['why', `${record.class}, ${record.code}: ${record.reason}`],
    ['message', record.messageType && `${record.messageType} ${record.messageId}`],
    ['about', record.subject],
    ['saga', record.sagaId],
    ['queue', record.queue ?? `none: found in ${record.deadLetterQueue}`],
    ['consumer', record.consumer && `${record.consumer}${record.build ? `, build ${record.build}` : ''}`],
    ['seen', `${record.count} times, first ${record.firstSeen}, last ${record.lastSeen}`],
    ['group', record.fingerprint],
    ['until', record.leaseUntil && `${record.leaseUntil}: then it is open again`],
  ]
  return [
    ...facts.flatMap(([name, value]) => (value ? [`${name.padEnd(10)}${value}`] : [])),
    ...(record.stack ? ['', record.stack] : []),
    ...(record.attempts.length > 0 ? ['', 'failures'] : []),
    ...record.attempts.map(attemptLine),
    ...(record.history.length > 0 ? ['', 'acts'] : []),
    ...record.history.map(actLine),
    ...(record.forgotten ? [`and ${record.forgotten} older acts, in the log`] : []),
    '',
    bodyOf(record),
  ].join('\n')
}

const attemptLine = ({
  at,
  class: failedClass,
  code,
  receives,
  build,
  firstReceived,
}: FailedRecord['attempts'][number]) =>
  [
    `${at} ${failedClass}, ${code}`,
    ...(receives === undefined ? [] : [`after ${receives} receives`]),
    ...(firstReceived ? [`first at ${firstReceived}`] : []),
    ...(build ? [`build ${build}`] : []),
  ].join(', ')

const actLine = ({ act, by, reason, at, completedAt, outcome, plan }: FailedRecord['history'][number]) =>
  [
    `${at} ${act} by ${by}: ${reason}`,
    ...(completedAt ? [] : ['(under way)']),
    ...(plan ? [`[${plan}]`] : []),
    ...(outcome ? [`→ ${outcome}`] : []),
  ].join(' ')

const bodyOf = ({ body, encoding, masked }: FailedRecord): string => {
  if (body === undefined)
    return masked ? 'the message is hidden: --reveal "why you must see it"' : 'the message was erased'
  return encoding === 'utf8' ? JSON.stringify(JSON.parse(body), null, 2) : `base64: ${body}`
}
