import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FailedSummary } from '../../events/http/recovery.ts'
import { paceOf } from '../../local/pace.ts'
import { iso } from '../../reactive/time.ts'
import { type Api, everyItem, Refusal } from '../api.ts'
import { audit, settle } from '../audit.ts'
import { catalogue, fragileSku, shelf } from '../catalogue.ts'
import { untilLetIn } from '../let-in.ts'
import { seed as seedCatalogue } from '../seed.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost } from '../wait.ts'
import { damage } from './damage.ts'
import { mixOf, type PlannedOrder } from './mix.ts'
import { type DemoResult, outcomeOf } from './outcome.ts'

export type DemoOptions = {
  readonly orders: number
  /** Chooses the mix; the same seed places the same orders. */
  readonly seed: number
  /** Placements a second; what the cloud keeps up with when nobody says: 6 on the embedded one. */
  readonly rate?: number
  /** Told what happens, a line at a time. */
  readonly note?: (line: string) => void
}

/** What an embedded cloud on two cores keeps up with; above it the demonstration would show a queue. */
const defaultRate = 6

/** Placements under way at once; more would measure the client's queue. */
const concurrency = 16
/** How long the orders may take to end after the last was placed, on the embedded cloud. Milliseconds. */
const patience = 180_000
const settling = 60_000
/** Looking at the orders costs the system something, too, and what is shown must not be what slows it. Milliseconds. */
const lookEvery = 2_000
/** How far the system's clock may be behind ours. */
const clockSkew = 60_000

/**
 * Runs the demonstration against a deployed system, through its public API: places the mix, damages a stock record so
 * that one order's command is dead-lettered, repairs it, puts the message back, waits for every order to end, and has
 * money and stock audited. What it resolves to is counted from the system.
 *
 * @throws Failure when the API cannot be reached, or the demonstration could not be carried out.
 *
 * @example
 * const { unexpected } = await demo(system, { orders: 50, seed: 1, note: console.error })
 */
export const demo = async (system: System, options: DemoOptions): Promise<DemoResult> => {
  const pace = paceOf(system.backend)
  const { orders, seed, rate = defaultRate / pace, note = () => {} } = options
  const operator = signIn(system, { role: 'operator', subject: 'demo' })
  const plan = mixOf({ orders, seed, shelf })
  const poison = plan.find(({ kind }) => kind === 'poison')

  await seedCatalogue(system)
  note(`${catalogue.length} products can be ordered`)
  if (poison) {
    await damage(system, fragileSku)
    note(`the stock record of ${fragileSku} is damaged on purpose: one order will not get past it`)
  }

  const placed = new Map<string, PlannedOrder>()
  const since = iso(Date.now() - clockSkew)
  const given = new AbortController()
  const run: Run = { system, operator, plan, placed, since, rate, pace, note, signal: given.signal }
  try {
    const placing = placeAll(run)
    const following = follow(run, placing)
    await Promise.all([placing, following, tend(run, following)])
  } finally {
    given.abort()
  }

  // A message may run out of receives after its order has ended: what it asked had been done by another.
  for (let round = 0; round < 3; round++) {
    await settle(system, settling * pace)
    if ((await putBack(run)) === 0) break
  }
  const followed = await atMost(8, [...placed], async ([orderId, planned]) => ({
    planned,
    order: await operator.order(orderId),
  }))
  note('auditing money and stock')
  const audited = await audit(system, { settleWithin: settling * pace })
  return outcomeOf({ followed, failures: await failuresSince(operator, since), audit: audited, asked: orders })
}

/** One run of the demonstration, for the three who work on it side by side. */
type Run = {
  readonly system: System
  readonly operator: Api
  readonly plan: readonly PlannedOrder[]
  /** By order id, as the API gave them. */
  readonly placed: Map<string, PlannedOrder>
  /** ISO time before everything that the run does. */
  readonly since: string
  readonly rate: number
  readonly pace: number
  readonly note: (line: string) => void
  /** Fires when one of the three has failed, so that the others need not go on. */
  readonly signal: AbortSignal
}

/** Places orders at a rate of their own, whatever the system's pace: an open loop, which does not hide slowness. */
const placeAll = async ({ system, operator, plan, rate, placed, note, signal }: Run): Promise<void> => {
  const key = randomUUID()
  const customers = new Map<string, Api>()
  const apiOf = (subject: string): Api => {
    const api = customers.get(subject) ?? signIn(system, { role: 'customer', subject })
    customers.set(subject, api)
    return api
  }
  const begun = performance.now()
  await atMost(concurrency, plan, async (planned) => {
    await sleep(Math.max(0, begun + (planned.index * 1_000) / rate - performance.now()))
    if (signal.aborted) return
    const api = apiOf(planned.customer)
    const { orderId } = await untilLetIn(() => api.placeOrder(planned.body, `demo-${key}-${planned.index}`))
    placed.set(orderId, planned)
    if (planned.approved) {
      const { approval } = await operator.review(orderId, { approved: true, reason: 'a good customer' })
      note(`a large order waits for a person: ${orderId} is ${approval}`)
    }
    if (planned.cancelAfterMs === undefined) return
    await sleep(planned.cancelAfterMs)
    await api.cancel(orderId).catch((error: unknown) => {
      // Too late is an answer: the order had ended.
      if (!(error instanceof Refusal && error.problem.status === 409)) throw error
    })
  })
}

/**
 * Stands at the desk while the orders are under way, as an operator would: shows why the poisoned order's message
 * failed, removes the cause and puts it back; puts back what merely ran out of receives, as it does on a machine that is
 * too busy. What failed for another reason stays, and is told at the end.
 */
const tend = async (run: Run, following: Promise<void>): Promise<void> => {
  let over = false
  const watched = following.finally(() => {
    over = true
  })
  while (!over && !run.signal.aborted) {
    await putBack(run)
    await Promise.race([sleep(1_000), watched])
  }
}

/** Puts back what can be put back, and tells how many messages that were. */
const putBack = async ({ operator, placed, note }: Run): Promise<number> => {
  const ours: FailedSummary[] = []
  for await (const failure of everyItem((cursor) => operator.failed({ status: 'open', cursor, limit: 100 })))
    if (placed.has(failure.subject ?? '')) ours.push(failure)
  let count = 0
  for (const failure of ours) {
    const poisoned = placed.get(failure.subject!)?.kind === 'poison' && failure.class === 'permanent'
    if (!poisoned && failure.class !== 'transient') continue
    note(`parked: ${failure.messageType} of ${failure.subject}: ${failure.class}, ${failure.code}: ${failure.reason}`)
    if (poisoned) {
      const { sku, ...entry } = catalogue.find((product) => product.sku === fragileSku)!
      await operator.putProduct(sku, entry)
      note(`the cause is removed: PUT /products/${sku} has repaired the record`)
    }
    const because = poisoned ? `the stock record of ${fragileSku} is repaired` : 'its receives had run out; once more'
    try {
      const { queue } = await operator.redrive(failure.id, because)
      note(`redriven: ${failure.id} is back on ${queue}`)
      count++
    } catch (error) {
      // Another operator was quicker.
      if (!(error instanceof Refusal && error.problem.status === 409)) throw error
    }
  }
  return count
}

/** Shows how the orders get on, every other second, until all have ended or patience with them has. */
const follow = async (
  { operator, plan, placed, since, pace, note, signal }: Run,
  placing: Promise<void>,
): Promise<void> => {
  let deadline = Number.POSITIVE_INFINITY
  const timed = placing.then(() => {
    deadline = Date.now() + patience * pace
  })
  for (
    let last = '';
    Date.now() < deadline && !signal.aborted;
    await Promise.race([sleep(lookEvery), failing(timed)])
  ) {
    const statuses: string[] = []
    for await (const { orderId, status, placedAt } of everyItem((cursor) => operator.orders({ cursor, limit: 100 }))) {
      if (placedAt < since) break
      if (placed.has(orderId)) statuses.push(status)
    }
    const count = (word: string) => statuses.filter((status) => status === word).length
    const line = `${placed.size} of ${plan.length} placed · ${count('confirmed')} confirmed · ${count('rejected')} rejected · ${count('cancelled')} cancelled · ${count('placed')} under way`
    if (line !== last) note(line)
    last = line
    if (statuses.length === plan.length && count('placed') === 0) return
  }
}

/** Never resolves; rejects when the work does. */
const failing = (work: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject)
  })

const failuresSince = async (operator: Api, since: string): Promise<FailedSummary[]> => {
  const failures: FailedSummary[] = []
  for await (const failure of everyItem((cursor) => operator.failed({ cursor, limit: 100 }))) {
    if (failure.lastSeen < since) break
    failures.push(failure)
  }
  return failures
}
