import type { OrderDocument } from '../../events/http/ordering.ts'
import type { FailedSummary } from '../../events/http/recovery.ts'
import type { Audit } from '../audit/compare.ts'
import { type Kind, kinds, type PlannedOrder } from './mix.ts'

/** An order of the mix and what the system says became of it. */
export type Followed = { readonly planned: PlannedOrder; readonly order: OrderDocument }

/** How an order of the mix ended: the same for the same seed, whatever cloud it ran on. */
export type Outcome = {
  readonly kind: Kind
  /** Where the customer races the system, all that it may be. */
  readonly ended: readonly string[]
  /** Why it was rejected. */
  readonly code?: string
  /** What it cost, in the smallest unit of its currency. */
  readonly total: number
}

/** What the demonstration came to, counted from the system's own records. Times are seconds from placed to ended. */
export type DemoResult = {
  readonly placed: number
  readonly confirmed: number
  readonly rejected: number
  readonly cancelled: number
  /** Messages of these orders that reached the desk. */
  readonly parked: number
  /** Those of them that were put back and whose order then ended as it should. */
  readonly recovered: number
  readonly seconds: { readonly p50: number; readonly p99: number; readonly total: number }
  /** Money and stock add up, and nothing is under way. */
  readonly conserved: boolean
  /** What did not come out as it should; empty when the demonstration succeeded. */
  readonly unexpected: readonly string[]
  /** What became of each order, in the order of the mix, without what differs from run to run. */
  readonly outcomes: readonly Outcome[]
  readonly kinds: readonly {
    readonly kind: Kind
    readonly orders: number
    readonly ended: Readonly<Record<string, number>>
  }[]
  /** What the desk held of these orders, and how the order of each ended all the same. */
  readonly desk: readonly (Pick<FailedSummary, 'id' | 'messageType' | 'code' | 'reason'> & {
    readonly order: string
    readonly ended: string
  })[]
  readonly audit: Audit
}

/**
 * Counts what became of the orders of a run and lists what should have come out otherwise.
 *
 * @example
 * outcomeOf({ followed, failures, audit, asked: 200 }).unexpected // []
 */
export const outcomeOf = ({
  followed,
  failures,
  audit,
  asked,
}: {
  readonly followed: readonly Followed[]
  readonly failures: readonly FailedSummary[]
  readonly audit: Audit
  readonly asked: number
}): DemoResult => {
  const count = (status: OrderDocument['status']) => followed.filter(({ order }) => order.status === status).length
  const parked = failures.filter(({ subject }) => followed.some(({ order }) => order.orderId === subject))
  const recovered = parked.filter(
    ({ status, subject }) =>
      ['redriven', 'handled'].includes(status) &&
      followed.some((one) => one.order.orderId === subject && complaintsAbout(one).length === 0),
  )
  const unsettled = audit.unfinishedSagas + audit.messagesInFlight
  return {
    placed: followed.length,
    confirmed: count('confirmed'),
    rejected: count('rejected'),
    cancelled: count('cancelled'),
    parked: parked.length,
    recovered: recovered.length,
    seconds: timesOf(followed.map(({ order }) => order)),
    conserved: audit.ok && unsettled === 0,
    unexpected: [
      ...(followed.length === asked ? [] : [`${asked} orders were asked for, the system knows ${followed.length}`]),
      ...followed.flatMap(complaintsAbout),
      ...parked
        .filter((failure) => !recovered.includes(failure))
        .map(({ id, status, subject, code }) => `${subject}: ${id} (${code}) is ${status} and not recovered`),
      ...poisonOf(followed, parked),
      ...(unsettled === 0
        ? []
        : [`${audit.unfinishedSagas} sagas are unfinished and ${audit.messagesInFlight} messages in flight`]),
      ...audit.differences.map(({ code, about, detail }) => `${about}: ${code}: ${detail}`),
    ],
    outcomes: followed.toSorted((a, b) => a.planned.index - b.planned.index).map(endOf),
    kinds: [...Map.groupBy(followed, ({ planned }) => planned.kind)]
      .map(([kind, ofKind]) => ({ kind, orders: ofKind.length, ended: tally(ofKind.map(({ order }) => order.status)) }))
      .toSorted((a, b) => Object.keys(kinds).indexOf(a.kind) - Object.keys(kinds).indexOf(b.kind)),
    desk: parked.map(({ id, messageType, code, reason, subject }) => ({
      id,
      ...(messageType ? { messageType } : {}),
      code,
      reason,
      order: subject!,
      ended: followed.find(({ order }) => order.orderId === subject)!.order.status,
    })),
    audit,
  }
}

const endOf = ({ planned: { kind }, order: { status, reason, total } }: Followed): Outcome => {
  const ends: readonly string[] = kinds[kind].ends
  return {
    kind,
    ended: ends.length > 1 && ends.includes(status) ? ends : [status],
    ...(status === 'rejected' && reason ? { code: reason.code } : {}),
    total: total.amount,
  }
}

/** What is wrong with how an order ended, given what kind it was. */
const complaintsAbout = ({ planned: { kind }, order }: Followed): string[] => {
  const { ends, because } = kinds[kind]
  const said = `${order.orderId} (${kind})`
  if (!(ends as readonly string[]).includes(order.status))
    return [`${said} is ${order.status}${order.reason ? ` (${order.reason.message})` : ''}, not ${ends.join(' or ')}`]
  if (because && !because.test(`${order.reason?.code} ${order.reason?.message}`))
    return [`${said} was rejected for another reason: ${order.reason?.message ?? 'none given'}`]
  return []
}

/** The damaged record must have parked a message; had it not, the demonstration would have shown nothing. */
const poisonOf = (followed: readonly Followed[], parked: readonly FailedSummary[]): string[] =>
  followed
    .filter(
      ({ planned, order }) => planned.kind === 'poison' && !parked.some(({ subject }) => subject === order.orderId),
    )
    .map(({ order }) => `${order.orderId} (poison) never reached the desk`)

const tally = (words: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]))

/** From the times that the system itself recorded, so that nobody's polling is measured. */
const timesOf = (orders: readonly OrderDocument[]): DemoResult['seconds'] => {
  const spans = orders
    .flatMap(({ placedAt, endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt) - Date.parse(placedAt)]))
    .toSorted((a, b) => a - b)
  const first = Math.min(...orders.map(({ placedAt }) => Date.parse(placedAt)))
  const last = Math.max(...orders.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)])))
  const inSeconds = (ms: number) => (Number.isFinite(ms) ? Math.round(ms) / 1_000 : 0)
  return {
    p50: inSeconds(percentile(spans, 50)),
    p99: inSeconds(percentile(spans, 99)),
    total: inSeconds(last - first),
  }
}

/** Nearest rank over sorted numbers; NaN of none. */
const percentile = (sorted: readonly number[], rank: number): number =>
  sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN
