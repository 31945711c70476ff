import type { Audit } from '../audit/compare.ts'
import { kinds } from '../demo/mix.ts'
import { type Agreement, agrees } from './agreement.ts'
import type { Spacing } from './arrivals.ts'
import type { End } from './ends.ts'
import { type Generated, lagOf, latencyOf, type Outcome, type Verdict } from './generate.ts'
import { latenciesOf, type Spans } from './latencies.ts'
import type { MixName } from './mix.ts'
import { legsOf, type ProfileName } from './profile.ts'

/** What a run was asked to do. */
export type LoadTerms = {
  readonly profile: ProfileName
  /** Requests a second at the profile's highest. */
  readonly rate: number
  readonly millis: number
  readonly mix: MixName
  readonly spacing: Spacing
  readonly seed: number
  /** From the moment at which an order was meant to be placed to its end. Milliseconds. */
  readonly objective: number
}

/** Requests by what became of them at the edge. */
export type Answers = Readonly<Record<Verdict, number>>

/** Admitted orders by what became of them. */
export type Orders = {
  readonly admitted: number
  readonly confirmed: number
  readonly rejected: number
  readonly cancelled: number
  readonly underWay: number
  /** Admitted, and the system does not know them. */
  readonly lost: number
  /** Ended otherwise than their kind should: a good card was rejected because time ran out. */
  readonly otherwise: number
  /** Not ended within the objective, or not at all. */
  readonly late: number
  /** Ended as they should, within the objective. */
  readonly good: number
  /** Those whose times were read; `late` and `good` are carried over from them to all. */
  readonly measured: number
}

export type LoadStep = {
  /** Seconds from the start. */
  readonly from: number
  readonly to: number
  /** Requests a second: planned on average, and good orders by when they were meant to be placed. */
  readonly rate: number
  readonly goodput: number
  readonly answers: Answers
  readonly acceptance: Spans
  readonly toEnd: Spans
  /** Orders that ended in its time, whenever they were placed, and how many were under way in it on average. */
  readonly ended: number
  readonly underWay: number
}

/** What a load run came to. Spans are milliseconds, rates are a second. */
export type LoadResult = {
  readonly terms: LoadTerms
  /** It was ended before its time; what follows is about what had begun by then. */
  readonly interrupted: boolean
  readonly offered: number
  readonly answers: Answers
  readonly orders: Orders
  /** Good orders a second, over the time in which requests came. */
  readonly goodput: number
  /** From when an order was meant to be placed to its 202. */
  readonly acceptance: Spans
  /** From when a look was meant to begin to its answer. */
  readonly looking: Spans
  /** From when a request was meant to begin to its 429 or 503: saying no should be quick. */
  readonly refusing: Spans
  /** From when an order was meant to be placed to its end; a few milliseconds too long, and free of anybody's clock. */
  readonly toEnd: Spans
  readonly generator: { readonly lag: Spans; readonly mostUnderWay: number }
  readonly steps: readonly LoadStep[]
  /** The first reasons of what failed or was refused, each with how often it was given. */
  readonly reasons: readonly { readonly why: string; readonly times: number }[]
  /** Money and stock add up, and nothing is under way. Undefined: nobody asked. */
  readonly conserved: boolean | undefined
  readonly differences: readonly string[]
  /** Messages that wait at the recovery desk, whoever's they are. */
  readonly failedMessages: number | undefined
  /** The golden metrics beside what was counted here; absent when nobody asked. */
  readonly agreements?: readonly Agreement[]
}

/** An order, and whether and when it ended. */
type Followed = { readonly outcome: Outcome; readonly end: End | undefined }

/**
 * Counts what a run came to. Pure.
 *
 * @param ends by order id; an admitted order that is missing there is lost.
 */
export const resultOf = ({
  terms,
  generated: { outcomes, mostUnderWay },
  ends,
  audit,
  interrupted,
}: {
  readonly terms: LoadTerms
  readonly generated: Generated
  readonly ends: ReadonlyMap<string, End>
  readonly audit: Audit | undefined
  readonly interrupted: boolean
}): LoadResult => {
  const followed = outcomes.flatMap((outcome) =>
    outcome.orderId === undefined ? [] : [{ outcome, end: ends.get(outcome.orderId) }],
  )
  const lasted = interrupted ? Math.max(0, ...outcomes.map(({ request }) => request.at)) : terms.millis
  const orders = ordersOf(followed, terms.objective)
  const latencies = (...verdicts: Verdict[]) =>
    latenciesOf(outcomes.filter(({ is }) => verdicts.includes(is)).map(latencyOf)).spans()
  const unsettled = audit && audit.unfinishedSagas + audit.messagesInFlight
  return {
    terms,
    interrupted,
    offered: outcomes.length,
    answers: answersOf(outcomes),
    orders,
    goodput: perSecond(orders.good, lasted),
    acceptance: latencies('admitted'),
    looking: latencies('served'),
    refusing: latencies('shed'),
    toEnd: toEndOf(followed),
    generator: { lag: latenciesOf(outcomes.map(lagOf)).spans(), mostUnderWay },
    steps: stepsOf(terms, followed, outcomes),
    reasons: reasonsOf(outcomes),
    conserved: audit === undefined ? undefined : audit.ok && unsettled === 0,
    differences: [
      ...(audit?.differences ?? []).map(({ code, about, detail }) => `${about}: ${code}: ${detail}`),
      ...(unsettled
        ? [`${audit!.unfinishedSagas} sagas are unfinished and ${audit!.messagesInFlight} messages in flight`]
        : []),
    ],
    failedMessages: audit?.failedMessages,
  }
}

/** Whether a run showed a system that loses nothing: it may be slow and may say no, but every order it took has an end, and its metrics, where they were asked for, say so. */
export const isSound = ({ orders, conserved, agreements = [] }: LoadResult): boolean =>
  orders.lost === 0 && orders.underWay === 0 && conserved !== false && agrees(agreements)

const answersOf = (outcomes: readonly Outcome[]): Answers => {
  const count = (verdict: Verdict) => outcomes.filter(({ is }) => is === verdict).length
  return {
    admitted: count('admitted'),
    served: count('served'),
    shed: count('shed'),
    refused: count('refused'),
    failed: count('failed'),
    unsent: count('unsent'),
  }
}

const ordersOf = (followed: readonly Followed[], objective: number): Orders => {
  const count = (status: End['status']) => followed.filter(({ end }) => end?.status === status).length
  const ended = followed.filter(({ end }) => end !== undefined && end.status !== 'placed')
  const otherwise = ended.filter((one) => !asItShould(one))
  const measured = ended.filter(({ end }) => end!.millis !== undefined)
  const inTime = measured.filter((one) => timeToEnd(one) <= objective)
  const inAll = (part: readonly Followed[]) =>
    measured.length === 0 ? 0 : Math.round((part.length * ended.length) / measured.length)
  const unended = followed.length - ended.length
  return {
    admitted: followed.length,
    confirmed: count('confirmed'),
    rejected: count('rejected'),
    cancelled: count('cancelled'),
    underWay: count('placed'),
    lost: followed.filter(({ end }) => end === undefined).length,
    otherwise: otherwise.length,
    late: ended.length - inAll(inTime) + unended,
    good: inAll(inTime.filter(asItShould)),
    measured: measured.length,
  }
}

const asItShould = ({ outcome, end }: Followed): boolean => {
  const { wish } = outcome.request
  if (wish === 'own orders' || wish === 'products' || end === undefined) return false
  const { ends, because } = kinds[wish]
  return (ends as readonly string[]).includes(end.status) && (!because || because.test(end.because ?? ''))
}

/**
 * What the customer waited until the answer, and what the system recorded after that. Both are spans of one clock each, so
 * that it does not matter whether the clocks agree; what lies between the record and the answer counts twice.
 */
const timeToEnd = ({ outcome, end }: Followed): number => latencyOf(outcome) + (end?.millis ?? Number.POSITIVE_INFINITY)

const toEndOf = (followed: readonly Followed[]): Spans =>
  latenciesOf(followed.filter(({ end }) => end?.millis !== undefined).map(timeToEnd)).spans()

const stepsOf = (terms: LoadTerms, followed: readonly Followed[], outcomes: readonly Outcome[]): LoadStep[] => {
  const legs = legsOf(terms.profile, terms.rate, terms.millis)
  if (legs.length === 1) return []
  return legs.map(({ begin, end, expected }) => {
    const within = ({ request: { at } }: Outcome) => at >= begin && at < end
    const ours = followed.filter(({ outcome }) => within(outcome))
    const here = outcomes.filter(within)
    return {
      from: begin / 1_000,
      to: end / 1_000,
      rate: perSecond(expected, end - begin),
      goodput: perSecond(ordersOf(ours, terms.objective).good, end - begin),
      answers: answersOf(here),
      acceptance: latenciesOf(here.filter(({ is }) => is === 'admitted').map(latencyOf)).spans(),
      toEnd: toEndOf(ours),
      ...passing(followed, begin, end),
    }
  })
}

/** What passed in a stretch of time, by the orders whose times were read, carried over to all that ended. */
const passing = (followed: readonly Followed[], begin: number, end: number): Pick<LoadStep, 'ended' | 'underWay'> => {
  const measured = followed.filter((one) => one.end?.millis !== undefined)
  const all = followed.filter((one) => one.end !== undefined && one.end.status !== 'placed').length
  const each = measured.length === 0 ? 0 : all / measured.length
  const spans = measured.map((one) => [one.outcome.request.at, one.outcome.request.at + timeToEnd(one)] as const)
  const ended = spans.filter(([, over]) => over >= begin && over < end).length
  const inside = spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, begin)), 0)
  return { ended: Math.round(ended * each), underWay: Math.round((inside * each * 100) / (end - begin)) / 100 }
}

const reasonsOf = (outcomes: readonly Outcome[]) =>
  [...Map.groupBy(outcomes, ({ why }) => why)]
    .flatMap(([why, all]) => (why === undefined ? [] : [{ why, times: all.length }]))
    .toSorted((a, b) => b.times - a.times)
    .slice(0, 5)

const perSecond = (count: number, millis: number): number =>
  millis <= 0 ? 0 : Math.round((count * 100_000) / millis) / 100
