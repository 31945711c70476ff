import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { iso } from '../../reactive/time.ts'
import type { Api } from '../api.ts'
import { audit } from '../audit.ts'
import { seed as seedCatalogue } from '../seed.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost } from '../wait.ts'
import { agreementsOf } from './agreement.ts'
import { arrivalsOf } from './arrivals.ts'
import { metricsFromNow } from './collect.ts'
import { describeProgress } from './describe.ts'
import type { Display } from './display.ts'
import { learnEnds } from './ends.ts'
import { generate, latencyOf, type Progress } from './generate.ts'
import { latenciesOf } from './latencies.ts'
import { customers, planOf } from './mix.ts'
import { type LoadResult, type LoadTerms, resultOf } from './result.ts'
import { senderOf } from './send.ts'

export type LoadOptions = LoadTerms & {
  /** How long admitted orders may still take after the last request. Milliseconds. */
  readonly patience: number
  /** Hold the stage's golden metrics against what is counted here. */
  readonly metrics?: boolean
  /** Audit money and stock when all has ended. */
  readonly audited: boolean
  /** Ends the load; what has been done by then is counted all the same. */
  readonly signal: AbortSignal
  readonly display: Display
  readonly note: (line: string) => void
}

/** Requests under way at once; beyond it one would measure this process. */
const mostUnderWay = 2_000
const showEvery = 250
const clockSkew = 60_000
/** How long the system may take to stand still before the books are compared. Milliseconds. */
const settling = 60_000
/** How long the ends are awaited when somebody has ended the load. Milliseconds. */
const hastily = 30_000

/**
 * Loads a system through its public API as its customers would, and counts what came of it.
 *
 * @throws Failure when the API cannot be reached at all.
 *
 * @example
 * const { goodput, orders } = await load(system, { ...terms, patience: 180_000, audited: true, signal, display, note })
 */
export const load = async (system: System, options: LoadOptions): Promise<LoadResult> => {
  const { patience, metrics = false, audited, signal, display, note, ...terms } = options
  const plan = planOf(arrivalsOf(terms), terms.mix, terms.seed)
  const operator = signIn(system, { role: 'operator', subject: 'load' })
  const apis = new Map<string, Api>(
    customers.map((subject) => [subject, signIn(system, { role: 'customer', subject })]),
  )

  await seedCatalogue(system)
  // Everybody has signed in and the edge knows their tokens: what is measured is ordering, not signing in.
  // A system that is busy already may turn that away; it has seen the token all the same.
  await atMost(4, [...apis.values()], (api) => api.request('GET', '/orders?limit=1'))
  note(`${plan.length} requests are planned`)

  const collecting = metrics ? await metricsFromNow(system) : undefined
  const since = iso(Date.now() - clockSkew)
  const counting = counted()
  const began = performance.now()
  const shown = () =>
    display.show(
      describeProgress(
        { ...counting.now(), passed: performance.now() - began },
        { planned: plan.length, millis: terms.millis },
      ),
    )
  const timer = setInterval(shown, showEvery)
  const generated = await generate(
    plan,
    {
      send: senderOf((customer) => apis.get(customer)!, randomUUID()),
      clock: () => performance.now(),
      sleep: (millis, until) => wait(millis, undefined, { signal: until }).catch(() => undefined),
    },
    { mostUnderWay, signal, told: counting.told },
  ).finally(() => clearInterval(timer))
  shown()
  display.keep()

  const answered = await collecting?.look()
  const interrupted = signal.aborted
  const orderIds = generated.outcomes.flatMap(({ orderId }) => orderId ?? [])
  const ends = await learnEnds(operator, orderIds, {
    since,
    within: interrupted ? Math.min(patience, hastily) : patience,
    signal: interrupted ? new AbortController().signal : signal,
    told: (ended) => display.show([`${ended} of ${orderIds.length} admitted orders have ended`]),
  })
  display.keep()
  if (audited) note('auditing money and stock')
  const result = resultOf({
    terms,
    generated,
    ends,
    audit: audited ? await audit(system, { settleWithin: settling }) : undefined,
    interrupted,
  })
  if (!collecting || !answered) return result
  const ended = await collecting.look()
  collecting.close()
  return { ...result, agreements: agreementsOf(result, { answered, ended }, system.stage) }
}

/** Counts answers as they come, for the display. */
const counted = () => {
  const answers: Record<string, number> = {}
  const acceptance = latenciesOf()
  let progress: Progress = { offered: 0, underWay: 0 }
  return {
    told: (told: Progress) => {
      progress = told
      if (!told.last) return
      answers[told.last.is] = (answers[told.last.is] ?? 0) + 1
      if (told.last.is === 'admitted') acceptance.record(latencyOf(told.last))
    },
    now: () => ({ progress, answers, acceptance: acceptance.spans() }),
  }
}
