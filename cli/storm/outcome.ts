import type { FailedSummary } from '../../events/http/recovery.ts'
import type { Audit } from '../audit/compare.ts'
import type { StormOrder } from './plan.ts'

export type Status = 'placed' | 'confirmed' | 'rejected' | 'cancelled'

/** How an order ended. `code`: of the reason, when it was rejected. */
export type End = { readonly orderId: string; readonly status: Status; readonly code?: string }

/** What a storm came to. Spans are seconds. */
export type StormResult = {
  readonly orders: number
  readonly seed: number
  /** How the orders ended in a run without the storm, and in the storm. */
  readonly calm: Readonly<Record<Status, number>>
  readonly storm: Readonly<Record<Status, number>>
  /** Orders that only the storm made late: it took longer than the saga had patience, and nothing was kept. */
  readonly late: number
  /** The other way round: orders that were late in the calm run, because the machine was too busy for it. */
  readonly lateInCalm: number
  /** Orders that ended otherwise than in the calm run for any other reason. */
  readonly different: readonly { readonly index: number; readonly calm: string; readonly storm: string }[]
  readonly kills: number
  /** Function processes that were ended by that. */
  readonly killed: number
  /** Messages of these orders that the desk took, by class. */
  readonly parked: Readonly<Record<string, number>>
  readonly redrives: number
  readonly openRecords: number
  readonly drift: number
  readonly conserved: boolean
  readonly seconds: { readonly calm: number; readonly storm: number }
  readonly unexpected: readonly string[]
}

/**
 * What came of the storm, and what should have come otherwise; `unexpected` is empty when every order has ended as it
 * would have in calm weather, or late, money and stock are conserved, and nothing is missing or open.
 */
export const stormOutcome = (run: {
  readonly orders: readonly StormOrder[]
  readonly seed: number
  readonly calm: ReadonlyMap<number, End>
  readonly storm: ReadonlyMap<number, End>
  readonly records: readonly FailedSummary[]
  readonly redrives: number
  readonly kills: readonly number[]
  readonly drift: readonly { readonly id: string; readonly subscriber: string }[]
  readonly audit: Pick<Audit, 'ok' | 'differences' | 'unfinishedSagas' | 'messagesInFlight'>
  readonly seconds: { readonly calm: number; readonly storm: number }
}): StormResult => {
  const { orders, calm, storm, records, drift, audit } = run
  const different: { index: number; calm: string; storm: string }[] = []
  let late = 0
  let lateInCalm = 0
  for (const { index } of orders) {
    const [before, after] = [calm.get(index), storm.get(index)]
    if (said(before) === said(after)) continue
    if (isLate(before, after)) late++
    else if (isLate(after, before)) lateInCalm++
    else different.push({ index, calm: said(before), storm: said(after) })
  }
  const open = records.filter(({ status }) => status !== 'handled' && status !== 'discarded')
  const unsettled = audit.unfinishedSagas + audit.messagesInFlight
  const unended = [...storm.values()].filter(({ status }) => status === 'placed')
  return {
    orders: orders.length,
    seed: run.seed,
    calm: tally(calm),
    storm: tally(storm),
    late,
    lateInCalm,
    different,
    kills: run.kills.length,
    killed: run.kills.reduce((sum, count) => sum + count, 0),
    parked: Object.fromEntries(
      [...Map.groupBy(records, (record) => record.class)].map(([name, ofClass]) => [name, ofClass.length]),
    ),
    redrives: run.redrives,
    openRecords: open.length,
    drift: drift.length,
    conserved: audit.ok && unsettled === 0,
    seconds: run.seconds,
    unexpected: [
      ...unended.map(({ orderId }) => `${orderId} has not ended`),
      ...different.map((one) => `order ${one.index} was ${one.calm} in calm weather and ${one.storm} in the storm`),
      ...open.map(({ id, status, code, subject }) => `${id} (${code}) of ${subject} is ${status} at the desk`),
      ...drift.map(({ id, subscriber }) => `${id} is missing at ${subscriber}`),
      ...(unsettled === 0
        ? []
        : [`${audit.unfinishedSagas} sagas are unfinished and ${audit.messagesInFlight} messages in flight`]),
      ...audit.differences.map(({ code, about, detail }) => `${about}: ${code}: ${detail}`),
      ...(records.length === 0
        ? ['the storm parked nothing, and so has shown nothing: let it meet more orders (--orders)']
        : []),
    ],
  }
}

/** Ended by itself in one run, in the other given up for want of time, and so undone: the one difference that time may make. */
const isLate = (inTime: End | undefined, late: End | undefined): boolean =>
  (inTime?.status === 'confirmed' || inTime?.status === 'rejected') && !ranOut(inTime) && ranOut(late)

const ranOut = (end: End | undefined): boolean => end?.status === 'rejected' && lateCodes.includes(end.code ?? '')

/** The saga had no more patience; or the participant, who found the command's deadline passed. */
const lateCodes = ['timed-out', 'expired']

const said = (end: End | undefined): string =>
  end === undefined ? 'not placed' : end.code === undefined ? end.status : `${end.status} (${end.code})`

const tally = (ends: ReadonlyMap<number, End>): Record<Status, number> => {
  const counts = { placed: 0, confirmed: 0, rejected: 0, cancelled: 0 }
  for (const { status } of ends.values()) counts[status] += 1
  return counts
}

/** A storm for a person. */
export const describeStorm = (result: StormResult): string => {
  const {
    orders,
    calm,
    storm,
    late,
    lateInCalm,
    different,
    parked,
    redrives,
    kills,
    killed,
    drift,
    openRecords,
    seconds,
  } = result
  const ends = (counts: StormResult['calm']) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')
  const taken = Object.entries(parked).map(([name, count]) => `${count} ${name}`)
  return [
    `${orders} orders in calm weather: ${ends(calm)} (${seconds.calm} s)`,
    `the same in the storm: ${ends(storm)} (${seconds.storm} s)`,
    `ended otherwise: ${late} late${lateInCalm > 0 ? ` (and ${lateInCalm} in the calm run)` : ''}, ${different.length} for no good reason`,
    `at the desk: ${taken.join(', ') || 'nothing'}; ${redrives} redrives, ${openRecords} still open`,
    ...(kills > 0 ? [`all function processes were killed ${kills} times, ${killed} in all`] : []),
    `missing messages: ${drift}`,
    result.conserved ? 'money and stock are conserved' : 'money and stock are NOT conserved',
    ...(result.unexpected.length === 0
      ? ['everything came out as it should']
      : [`${result.unexpected.length} things did not come out as they should:`, ...result.unexpected.slice(0, 40)]),
  ].join('\n')
}
