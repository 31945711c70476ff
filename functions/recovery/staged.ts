import type { Message } from '../../events/envelope.ts'
import { seal } from '../../events/envelope.ts'
import { AdvanceRedrive } from '../../events/recovery.ts'
import type { Log } from '../../reactive/log.ts'
import { type EpochMs, iso, type Millis, seconds } from '../../reactive/time.ts'
import type { Plan } from './plan.ts'
import { startOf, step, stopped } from './plan.ts'
import { type PlanStore, planIdAfter } from './plan-store.ts'
import { type RedriveTools, redriveAll } from './redrive.ts'
import { type DeskStore, perCommit } from './store.ts'

export type StagedTools = RedriveTools & {
  readonly desk: Pick<DeskStore, 'updateAll' | 'members' | 'group'>
  readonly plans: PlanStore
  /** Puts a message on the desk's own queue. */
  readonly remind: (message: Message, delay: Millis) => Promise<void>
  readonly log: Log
}

export type Terms = Pick<Plan, 'by' | 'reason' | 'rate' | 'stopAt'>
export type StartRefusal = {
  readonly refused: 'unknown-group' | 'nothing-open' | 'under-way'
  readonly detail: string
}

/** Begins a staged redrive of a group, unless one is under way: two operators at once begin one. */
export const startStaged = async (
  fingerprint: string,
  terms: Terms,
  tools: Pick<StagedTools, 'desk' | 'plans' | 'remind' | 'clock' | 'log'>,
): Promise<Plan | StartRefusal> => {
  const { desk, plans, remind, clock, log } = tools
  const group = await desk.group(fingerprint)
  if (!group)
    return { refused: 'unknown-group', detail: `There is no group ${fingerprint}. GET /failed/groups lists them.` }
  const newest = await plans.newest(fingerprint)
  if (newest?.status === 'running') return underWay(newest)
  if (group.open === 0) return { refused: 'nothing-open', detail: `No message of the group ${fingerprint} is open.` }
  const plan = startOf({ ...terms, fingerprint, planId: planIdAfter(fingerprint, newest) }, clock())
  if (!(await plans.start(plan, newest))) {
    const winner = await plans.newest(fingerprint)
    return winner
      ? underWay(winner)
      : { refused: 'under-way', detail: `Somebody else is at ${fingerprint}; try again.` }
  }
  log.info('a staged redrive begins', { group: fingerprint, plan: plan.planId, by: plan.by, reason: plan.reason })
  // Lost, it is found by the schedule.
  await remind(reminderOf(plan, clock()), 0)
  return plan
}

const underWay = ({ planId, fingerprint, by }: Plan): StartRefusal => ({
  refused: 'under-way',
  detail: `The staged redrive ${planId} of ${fingerprint}, begun by ${by}, is under way: watch it, or stop it first.`,
})

/** Stops a staged redrive for good; what is on its way stays on its way. Undefined when none is under way. */
export const stopStaged = async (
  fingerprint: string,
  because: string,
  { plans, clock }: Pick<StagedTools, 'plans' | 'clock'>,
): Promise<Plan | undefined> => {
  for (;;) {
    const plan = await plans.newest(fingerprint)
    if (plan?.status !== 'running') return undefined
    const ended = stopped(plan, clock(), because)
    if (await plans.save(ended)) return ended
  }
}

/** Time that must be left for another commit of messages. */
const margin: Millis = 1_000

/**
 * One step of a staged redrive, taken by whoever claims it: sends what `step` allows, in the order of the members'
 * positions, and asks to be reminded. Dying on any line loses nothing: the claim expires, what was sent is counted by
 * the records themselves, and what was begun and not sent is taken over by the desk's sweep.
 */
export const advanceStaged = async (
  planId: string,
  tools: StagedTools,
  remainingMs: () => number = () => Number.POSITIVE_INFINITY,
): Promise<Plan | undefined> => {
  const { plans, clock, remind, log } = tools
  const plan = await plans.claim(planId, clock())
  if (!plan) return undefined
  const decided = step(plan, clock(), false)
  const after = decided.do === 'send' ? await sendSome(decided.plan, decided.most, tools, remainingMs) : decided
  const wait: Millis = after.do === 'wait' ? after.for : seconds(1)
  const { leaseUntil: _, ...left } = after.plan
  const saved: Plan = after.do === 'end' ? after.plan : { ...left, dueAt: clock() + wait }
  if (!(await plans.save(saved))) return undefined
  if (after.do === 'end') log.info(`a staged redrive is ${saved.status}: ${saved.because}`, { plan: planId })
  else await remind(reminderOf({ ...saved, version: saved.version + 1 }, clock()), wait)
  return saved
}

type Sent =
  | { readonly do: 'wait'; readonly plan: Plan; readonly for: Millis }
  | { readonly do: 'end'; readonly plan: Plan }

const sendSome = async (plan: Plan, most: number, tools: StagedTools, remainingMs: () => number): Promise<Sent> => {
  const { desk, clock } = tools
  const { planId, fingerprint, by, reason, at } = plan
  const members = await desk.members(fingerprint, { after: plan.cursor ?? '', before: at, limit: most })
  if (members.length === 0) {
    const decided = step(plan, clock(), true)
    return decided.do === 'send' ? { do: 'wait', plan, for: seconds(1) } : decided
  }
  const begun = clock()
  let { cursor } = plan
  for (let from = 0; from < members.length && remainingMs() > margin; from += perCommit) {
    const some = members.slice(from, from + perCommit)
    await redriveAll(
      some.map(({ recordId }) => ({ recordId, actId: planId, by, reason, plan: planId, group: fingerprint })),
      tools,
    )
    cursor = some.at(-1)!.position
  }
  return { do: 'wait', plan: { ...plan, ...(cursor ? { cursor } : {}), lastTick: begun }, for: seconds(1) }
}

const reminderOf = ({ planId, fingerprint, version }: Plan, now: EpochMs): Message =>
  seal(AdvanceRedrive({ fingerprint, plan: planId }), {
    id: `${planId}/advance/${version}`,
    source: '/recovery',
    subject: fingerprint,
    time: iso(now),
    correlationid: planId,
  })

/** What reminds of a plan whose own reminder was lost. */
export const reminder = (plan: Plan, now: EpochMs): Message => reminderOf(plan, now)
