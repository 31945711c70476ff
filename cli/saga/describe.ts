import type {
  ActTaken,
  BulkTaken,
  SagaAdvance,
  SagaDocument,
  SagaPage,
  SagaSummary,
  SagaVersions,
} from '../../events/http/sagas.ts'
import { formatSpan, formatTime, shortened } from '../format.ts'
import { table } from '../table.ts'
import { timeline } from './timeline.ts'

/** A page of sagas for a person, with their age at `now`. */
export const describeSagas = ({ items, next }: SagaPage, now: number): string => {
  const more = next === undefined ? '' : `\nmore: --cursor ${next}`
  if (items.length === 0) return `no sagas${next === undefined ? '' : ' so far'}${more}`
  const rows = items.map((item) => [
    item.sagaId,
    `v${item.version}`,
    stateOf(item),
    item.failedStep ?? '',
    age(item.startedAt, now),
    age(item.updatedAt, now),
    item.tenant ?? '',
    shortened(item.because?.message ?? '', 44),
  ])
  return `${table(['saga', 'of', 'state', 'failed step', 'age', 'moved', 'tenant', 'because'], rows)}${more}`
}

/** A saga for a person: how it stands, its steps over time, what it waits for, what was done to it and what may be. */
export const describeSaga = (saga: SagaDocument, now: number): string => {
  const facts: [string, string | undefined][] = [
    ['saga', `${saga.sagaId} v${saga.version}`],
    ['state', stateOf(saga)],
    ['because', saga.because && `${saga.because.code}: ${saga.because.message}`],
    ['case', saga.case && `${saga.case.by} answers for it: ${saga.case.reason}`],
    ['tenant', saga.tenant],
    ['started', `${saga.startedAt}, ${age(saga.startedAt, now)} ago`],
    ['moved', `${saga.updatedAt}, ${age(saga.updatedAt, now)} ago (revision ${saga.revision})`],
    ['cancel', saga.cancelNoted ? 'noted' : undefined],
    ['correlation', saga.correlationId],
  ]
  const waits = waitsOf(saga, now)
  const lines = timeline(saga, now)
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)}${value}`])),
    ...(lines.length > 0 ? ['', ...lines] : []),
    ...(waits.length > 0 ? ['', ...waits.map((line, index) => `${(index ? '' : 'waits for').padEnd(12)}${line}`)] : []),
    '',
    ...historyOf(saga),
    ...(saga.options.length > 0 ? ['', `you can     ${optionsOf(saga)}`] : []),
  ].join('\n')
}

const stateOf = ({ state, overdue }: SagaSummary): string => (overdue ? `${state}, overdue` : state)
const age = (since: string, now: number): string => formatSpan(now - Date.parse(since))

/** Every answer that is missing, and until when its silence means nothing; and when the saga looks by itself. */
const waitsOf = ({ outstanding, steps, dueAt, deadlineAt, state }: SagaDocument, now: number): string[] => {
  const moment = (at: string) => {
    const left = Date.parse(at) - now
    return `${formatTime(at)} (${left < 0 ? `${formatSpan(-left)} ago` : `in ${formatSpan(left)}`})`
  }
  const asked = outstanding.map(({ type, step, until }) => {
    const contract = type.split('.')[1] ?? type
    return `${contract} of ${step}${until === undefined ? '' : ` until ${moment(until)}`}`
  })
  // A signal or a pause is waited for without anybody having been asked.
  const unasked = steps
    .filter(({ step, status }) => status === 'sent' && !outstanding.some((question) => question.step === step))
    .map(({ step, kind, until }) => `${kind ?? 'step'} ${step}${until === undefined ? '' : ` until ${moment(until)}`}`)
  const failed = steps
    .filter(({ status }) => status === 'undo-failed')
    .map(({ step, because }) => `a person to settle ${step}${because ? `: ${because.message} (${because.code})` : ''}`)
  return [
    ...failed,
    ...asked,
    ...unasked,
    ...(dueAt === undefined ? [] : [`its timer at ${moment(dueAt)}`]),
    ...(deadlineAt !== undefined && state === 'forward' ? [`its deadline at ${moment(deadlineAt)}`] : []),
  ]
}

const historyOf = ({ history, revision }: SagaDocument): string[] => {
  if (history.length === 0) return ['history     nothing yet: it follows the saga by a moment']
  const known = new Set(history.map((advance) => advance.revision))
  const missing = Array.from({ length: revision }, (_, index) => index + 1).filter((it) => !known.has(it))
  const rows = history.flatMap((advance) => [
    ...(advance.acts ?? []).map(({ verb, step, by, reason }) => [
      formatTime(advance.at),
      String(advance.revision),
      `${verb}${step ? ` ${step}` : ''}`,
      `${by}: ${reason}`,
    ]),
    [formatTime(advance.at), String(advance.revision), changesOf(advance.changes), advance.because?.message ?? ''],
  ])
  return [
    table(['time', 'rev', 'what', 'who and why'], rows),
    ...(missing.length > 0
      ? [`not in the history: ${missing.length === 1 ? 'revision' : 'revisions'} ${missing.join(', ')}`]
      : []),
  ]
}

const changesOf = (changes: SagaAdvance['changes']): string =>
  changes
    .map(
      ({ step, to, attempt }) => `${step} ${to}${attempt !== undefined && attempt > 1 ? ` (attempt ${attempt})` : ''}`,
    )
    .join('\n') || 'asked again'

const optionsOf = ({ options }: SagaDocument): string =>
  options.map(({ verb, step, as }) => `${verb}${step ? ` --step ${step}` : ''}${as ? ` --as ${as}` : ''}`).join(' · ')

/** What an act comes to, for a person. */
export const describeTaken = ({ verdict, changes, state, asks, dryRun }: ActTaken): string => {
  if (verdict === 'known') return 'nothing changes: the same act was done before'
  const asked = asks.map(({ type, step }) => `${type.split('.')[1] ?? type} of ${step}`)
  return [
    `${dryRun ? 'would make' : 'makes'} it ${state}`,
    ...(changes.length > 0 ? [changes.map(({ step, to }) => `${step} ${to}`).join(', ')] : []),
    ...(asked.length > 0 ? [`${dryRun ? 'would ask' : 'asks'} ${asked.join(', ')}`] : []),
  ].join('; ')
}

export type BulkOutcome = Pick<BulkTaken, 'taken' | 'refused' | 'dryRun'> & {
  /** Acts that the machine has done, that the desk has, and that were not seen in time; absent after a dry run. */
  readonly done?: readonly string[]
  readonly parked?: readonly { readonly sagaId: string; readonly failed: string; readonly because: string }[]
  readonly unseen?: readonly string[]
}

/** What a bulk act came to, for a person: a line a saga, then the sums. */
export const describeBulk = ({ taken, refused, dryRun, done = [], parked = [], unseen = [] }: BulkOutcome): string => {
  const rows = [
    ...taken.map((one) => {
      const desk = parked.find(({ sagaId }) => sagaId === one.sagaId)
      const word = dryRun
        ? 'would fit'
        : desk
          ? `at the desk: ${desk.failed}`
          : done.includes(one.sagaId)
            ? 'done'
            : 'not seen yet'
      return [one.sagaId, word, desk?.because ?? describeTaken(one)]
    }),
    ...refused.map(({ sagaId, code, detail }) => [sagaId, `refused: ${code}`, shortened(detail, 90)]),
  ]
  if (rows.length === 0) return 'no saga fits the filter'
  const sums = dryRun
    ? `${taken.length} would be acted on, ${refused.length} would be refused; nothing was done`
    : `${done.length} done, ${refused.length} refused, ${parked.length} at the desk, ${unseen.length} not seen yet`
  return `${table(['saga', 'act', 'what'], rows)}\n${sums}`
}

/** The versions of the definitions for a person. */
export const describeVersions = ({ items }: SagaVersions, now: number): string =>
  table(
    ['definition', 'version', 'shape', 'unfinished', 'cases', 'oldest', 'may go', 'because'],
    items.map((item) => [
      item.definition,
      `v${item.version}${item.newest ? ' (newest)' : ''}`,
      item.hash ?? 'not deployed',
      String(item.unfinished),
      String(item.cases),
      item.oldestStartedAt ? age(item.oldestStartedAt, now) : '',
      item.removable ? 'yes' : 'no',
      item.because,
    ]),
  )
