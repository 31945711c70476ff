import { type EpochMs, iso, type Millis, seconds } from '../../reactive/time.ts'

export type Stage = 'one' | 'ten' | 'rest'

/**
 * A staged redrive of a group: one message, then ten, then the rest at a rate, each stage only when what was sent before
 * has come out well. The counts are committed with the records that they count; everything else is written by whoever
 * holds the lease, under the condition of the version.
 */
export type Plan = {
  readonly planId: string
  readonly fingerprint: string
  readonly status: 'running' | 'done' | 'stopped'
  readonly stage: Stage
  readonly by: string
  readonly reason: string
  readonly at: string
  /** Messages a second, in the last stage. */
  readonly rate: number
  /** The share of bad outcomes above which it stops. */
  readonly stopAt: number
  readonly sent: number
  readonly handled: number
  readonly failed: number
  readonly unobserved: number
  /** What had come out, and come out badly, when it was last judged. */
  readonly judged: { readonly all: number; readonly bad: number }
  /** Position of the last member that was looked at; members are taken in the order of their positions. */
  readonly cursor?: string
  readonly version: number
  /** When it must be looked at next; absent when it has ended. */
  readonly dueAt?: EpochMs
  readonly leaseUntil?: EpochMs
  /** When it last sent something. */
  readonly lastTick?: EpochMs
  readonly because?: string
  readonly endedAt?: string
}

/** What to do next with a plan. */
export type Step =
  | { readonly do: 'send'; readonly most: number; readonly plan: Plan }
  | { readonly do: 'wait'; readonly plan: Plan; readonly for: Millis }
  | { readonly do: 'end'; readonly plan: Plan }

/** How many may have been sent at the end of a stage. */
const quota: Readonly<Record<Stage, number>> = { one: 1, ten: 11, rest: Number.POSITIVE_INFINITY }
const next: Readonly<Record<Stage, Stage>> = { one: 'ten', ten: 'rest', rest: 'rest' }

/** In the last stage outcomes are judged in portions, so that a cause which comes back is seen among many good ones. */
const portion = 20
/** Sent in one go at most: what a function can send well within its time. */
const burst = 100
/** On their way at most, in seconds of the rate: what is not reported yet must not pile up behind a slow consumer. */
const pile = 30
const patience: Millis = seconds(1)

export const startOf = (
  terms: Pick<Plan, 'planId' | 'fingerprint' | 'by' | 'reason' | 'rate' | 'stopAt'>,
  now: EpochMs,
): Plan => ({
  ...terms,
  status: 'running',
  stage: 'one',
  at: iso(now),
  sent: 0,
  handled: 0,
  failed: 0,
  unobserved: 0,
  judged: { all: 0, bad: 0 },
  version: 1,
  dueAt: now,
})

/** Messages that were sent and of which nobody has said yet what became of them. */
export const onTheWay = ({ sent, handled, failed, unobserved }: Plan): number => sent - handled - failed - unobserved

/**
 * The next step of a staged redrive. Pure and total: whoever asks, as often as they ask, at the same time gets the same.
 *
 * `exhausted` says that the group has no member left which the plan has not looked at.
 *
 * @example
 * step({ ...plan, stage: 'one', sent: 1, failed: 1 }, now, false) // { do: 'end', plan: { status: 'stopped', … } }
 */
export const step = (plan: Plan, now: EpochMs, exhausted: boolean): Step => {
  if (plan.status !== 'running') return { do: 'end', plan }
  const waiting = onTheWay(plan)
  const all = plan.sent - waiting
  const bad = plan.failed + plan.unobserved
  const fresh = { all: all - plan.judged.all, bad: bad - plan.judged.bad }
  const stageIsOver = plan.stage !== 'rest' && waiting === 0 && plan.sent >= quota[plan.stage]
  const judging = fresh.all > 0 && (stageIsOver || fresh.all >= portion || (exhausted && waiting === 0))
  if (judging && fresh.bad / fresh.all > plan.stopAt)
    return end(plan, 'stopped', now, `${fresh.bad} of the last ${fresh.all} did not come out well`)
  const seen = judging ? { ...plan, judged: { all, bad } } : plan
  if (stageIsOver) return step({ ...seen, stage: next[seen.stage], lastTick: now }, now, exhausted)
  if (exhausted)
    return waiting === 0
      ? end(seen, 'done', now, `${plan.handled} handled, ${bad} not`)
      : { do: 'wait', plan: seen, for: patience }
  const most = seen.stage === 'rest' ? allowance(seen, now, waiting) : quota[seen.stage] - seen.sent
  return most > 0 ? { do: 'send', most, plan: seen } : { do: 'wait', plan: seen, for: patience }
}

/** The plan stopped by somebody. What is on its way stays on its way. */
export const stopped = (plan: Plan, now: EpochMs, because: string): Plan => end(plan, 'stopped', now, because).plan

const allowance = ({ rate, lastTick }: Plan, now: EpochMs, waiting: number): number => {
  const earned = Math.floor((rate * Math.max(0, now - (lastTick ?? now))) / 1_000)
  const room = Math.max(portion, Math.ceil(rate * pile)) - waiting
  return Math.max(0, Math.min(earned, room, burst))
}

const end = (plan: Plan, status: 'done' | 'stopped', now: EpochMs, because: string): Step & { do: 'end' } => {
  const { dueAt: _dueAt, leaseUntil: _lease, ...rest } = plan
  return { do: 'end', plan: { ...rest, status, because, endedAt: iso(now) } }
}
