import type { DataOf } from '../../events/contract.ts'
import type { TreatAlarm } from '../../events/support.ts'
import { TransientError } from '../../reactive/errors.ts'
import type { Log } from '../../reactive/log.ts'
import { type Clock, type EpochMs, type Millis, minutes } from '../../reactive/time.ts'
import { contextOf } from './context.ts'
import { type Decision, decide, nothingYet } from './decide.ts'
import { close, type Deployed, type Lease, lower, raise, wanted } from './lease.ts'
import { type News, newsOf, type Remedy } from './news.ts'
import type { Applied, Consumers, Entry, Operators, SupportStore, Tell } from './ports.ts'

export type SupportTools = {
  /** Whose alarms are treated. */
  readonly stage: string
  readonly store: SupportStore
  readonly consumers: Consumers
  readonly operators: Operators
  readonly tell: Tell
  readonly deployed: (queue: string) => Deployed
  /** Whether the partner that a queue's commands need answers again; false where nobody knows. */
  readonly isBack: (queue: string) => Promise<boolean>
  /** After so long a saga should have ended. */
  readonly sagaPatience: Millis
  readonly clock: Clock
  readonly log: Log
}

/** Alarms that page: whoever is woken by one gets its context. */
const pagingKinds = ['-service-unhealthy', '-platform-unhealthy']

/**
 * Treats the news of an alarm: decides, commits the decision, acts through operators' verbs, writes down what came of it.
 * A remedy that fails pages; so does one that was given up. Dying after the commit leaves the
 * decision pending, and the message, which comes again, carries it out: each remedy may be applied twice, and each page
 * come twice.
 *
 * @throws TransientError when somebody else treated the same alarm at the same time; the message comes again.
 */
export const treat =
  (tools: SupportTools) =>
  async (data: DataOf<typeof TreatAlarm>): Promise<Decision> => {
    const { store, clock, log } = tools
    const now = clock()
    const news = newsOf(data, now)
    // Names tell no stage for sure: those of `dev-anna` begin like those of `dev`.
    if (news.stage !== undefined && news.stage !== tools.stage)
      return { do: 'nothing', because: `it is an alarm of stage ${news.stage}`, memory: nothingYet }
    const { memory, version } = await store.memory(news.alarm)
    const decision = decide(news, memory, now)
    if (!(await store.remember(news.alarm, decision.memory, version)))
      throw new TransientError(`${news.alarm} is being treated by somebody else at this moment`)
    log.info('decided', { alarm: news.alarm, state: news.state, decision: decision.do })

    if (decision.do === 'apply') {
      await carryOut(news, decision.remedy, tools)
      const { pending: _, ...carriedOut } = decision.memory
      await store.remember(news.alarm, carriedOut, version + 1)
    }
    if (decision.do === 'page') {
      await page(news, decision.because, tools)
      const { untold: _, ...told } = decision.memory
      await store.remember(news.alarm, told, version + 1)
    }
    if (decision.do === 'recover') await recover(news, tools)
    if (news.state === 'ALARM' && pagingKinds.some((kind) => news.alarm.endsWith(kind)))
      await tools.tell(
        'context',
        `Context of ${news.alarm}`,
        await explain(news, decision.memory.onSince ?? now, tools),
        news,
      )
    return decision
  }

const carryOut = async (news: News, remedy: Remedy, tools: SupportTools) => {
  try {
    const { what, changed } = await apply(news, remedy, tools)
    await note(news, what, changed ? 'done' : 'not needed', tools)
  } catch (error) {
    const what = `${remedy.verb} failed: ${(error as Error).message}`
    await note(news, what, 'failed', tools)
    await page(news, what, tools)
  }
}

const apply = async (news: News, remedy: Remedy, tools: SupportTools): Promise<Applied> => {
  const { operators, clock, sagaPatience } = tools
  const because = news.state === 'ALARM' ? `${news.alarm} is on` : `${news.alarm} is ${news.state} again`
  if (remedy.verb === 'redrive') {
    const groups = await operators.redriveTransient(because)
    return { remedy, what: `${groups} groups of transient failures are put back in stages`, changed: groups > 0 }
  }
  if (remedy.verb === 'retry-sagas') {
    const sagas = await operators.retryStuck(because, clock() - sagaPatience)
    return { remedy, what: `${sagas} sagas ask again`, changed: sagas > 0 }
  }
  const { queue } = remedy
  if (queue === undefined) throw new Error(`${remedy.verb} names no queue`)
  const lease = await nextLease(news, remedy, queue, tools)
  if (!lease) return { remedy, what: `${queue} is at its limit already`, changed: false }
  await hold(lease, tools)
  const how = lease.kind === 'closed' ? 'takes nothing' : `takes ${lease.concurrency} at once`
  return { remedy, what: `${queue} ${how} until ${new Date(lease.until).toISOString()}`, changed: true }
}

const nextLease = async (
  news: News,
  { verb }: Remedy,
  queue: string,
  { store, deployed, clock }: SupportTools,
): Promise<Lease | undefined> => {
  const before = await store.lease(queue)
  const now = clock()
  if (verb === 'close-valve') return close(before, queue, news.alarm, now)
  const terms = { queue, alarm: news.alarm, deployed: deployed(queue), now }
  return verb === 'more-concurrency' ? raise(before, terms) : lower(before, terms)
}

/** Writes a lease down before it is put into force, so that whoever dies in between leaves something to reconcile. */
const hold = async (lease: Lease, { store, consumers, deployed }: SupportTools) => {
  await store.putLease(lease)
  await consumers.set(lease.queue, wanted(lease, deployed(lease.queue)))
}

const recover = async (news: News, tools: SupportTools) => {
  // A closed valve makes its own alarm fall silent: only a probe that went well is a recovery.
  const lease = news.remedy?.queue === undefined ? undefined : await tools.store.lease(news.remedy.queue)
  if (lease?.kind === 'closed') return
  await carryOut(news, { verb: 'redrive' }, tools)
}

const page = async (news: News, because: string, tools: SupportTools) => {
  const since = (await tools.store.memory(news.alarm)).memory.onSince ?? tools.clock()
  const text = [`The remedy of ${news.alarm} needs a person: ${because}.`, await explain(news, since, tools)].join('\n')
  await tools.tell('page', `Remedy of ${news.alarm}`, text, news)
}

const explain = async (news: News, since: EpochMs, { store, operators, clock }: SupportTools): Promise<string> => {
  const impact = await operators.impact().catch(() => undefined)
  return contextOf(news, { since, impact, tried: await store.notes(news.alarm, clock() - minutes(60)) })
}

const note = (news: News, what: string, outcome: Entry['outcome'], { store, clock, log }: SupportTools) => {
  log.info(what, { alarm: news.alarm, outcome })
  return store.note({ alarm: news.alarm, at: clock(), what, outcome })
}
