import { setTimeout as sleep } from 'node:timers/promises'
import type { FailedGroup, FailedSummary } from '../../events/http/recovery.ts'
import { Failure } from '../../local/failure.ts'
import { paceOf } from '../../local/pace.ts'
import { iso } from '../../reactive/time.ts'
import { type Api, everyItem, Refusal } from '../api.ts'
import { audit, settle } from '../audit.ts'
import { settledLedger } from '../ledger.ts'
import { turnPartner } from '../partner-faults.ts'
import { seed as seedCatalogue } from '../seed.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost, until } from '../wait.ts'
import { deployDefect, takeBackDefect } from './defect.ts'
import { killWorkers } from './kill.ts'
import { type End, type StormResult, stormOutcome } from './outcome.ts'
import { place } from './place.ts'
import { actsOf, type StormAct, stormOrders } from './plan.ts'

export type StormOptions = {
  readonly orders: number
  readonly seed: number
  /** How often every function process is killed in the middle of it. */
  readonly kills?: number
  /** Placements a second at most; what the cloud keeps up with when nobody says: 6 on the embedded one. */
  readonly rate?: number
  /** Each fault lasts at least so long, however few the orders: shorter ones are retried away. Milliseconds. */
  readonly shortestFault?: number
  readonly note?: (line: string) => void
}

const defaultRate = 6
/** How long so many orders may take to end after the last was placed, and the desk to be empty. Milliseconds. */
const patienceWith = (orders: number): number => 600_000 + 500 * orders
/** Looking costs: the more orders there are, the less often. Milliseconds. */
const lookEvery = (orders: number): number => Math.max(2_000, 4 * orders)
const usualFault = 20_000
const clockSkew = 60_000

/**
 * Places the same orders twice, in calm weather and in a storm: payments rejects everything for a while, then inventory
 * is deployed poisoned, then both are repaired and what failed is put back by the desk; `kills` ends every function
 * process in the middle. Resolves to how both compare.
 *
 * @throws Failure when the API cannot be reached or the storm could not be made. What it broke is repaired all the same.
 *
 * @example
 * const { unexpected } = await storm(system, { orders: 60, seed: 1 })
 */
export const storm = async (system: System, options: StormOptions): Promise<StormResult> => {
  const pace = paceOf(system.backend)
  const { seed, kills = 0, rate = defaultRate / pace, shortestFault = usualFault, note = () => {} } = options
  const operator = signIn(system, { role: 'operator', subject: 'storm' })
  const orders = stormOrders(options)
  await seedCatalogue(system)

  note(`calm weather: ${orders.length} orders`)
  const calmBegan = Date.now()
  const calm = await followed(operator, await place({ system, orders, rate }), note)
  const seconds = { calm: secondsSince(calmBegan), storm: 0 }

  const since = iso(Date.now() - clockSkew)
  const stormBegan = Date.now()
  const weather = weatherOf(system, { acts: actsOf(orders.length, kills), shortestFault, note })
  const desk = deskAt(operator, since, note)
  const given = new AbortController()
  let ended: ReadonlyMap<number, End>
  try {
    note('the storm begins')
    const placed = await place({ system, orders, rate, placed: weather.placed })
    await weather.over()
    ended = await desk.tend(followed(operator, placed, note, given.signal))
  } finally {
    given.abort()
    await weather.repair()
  }
  const ours = new Set([...ended.values()].map(({ orderId }) => orderId))
  await desk.empty(ours)
  seconds.storm = secondsSince(stormBegan)

  note('auditing money and stock, and looking for what is missing')
  await settle(system, 120_000 * pace)
  const audited = await audit(system, { settleWithin: 60_000 * pace })
  // At rest nothing is on its way any more, so nothing needs the grace that the ledger has otherwise.
  const { drift } = await settledLedger(system, 180_000 * pace, { graceMs: 1_000 })
  return stormOutcome({
    orders,
    seed,
    calm,
    storm: ended,
    records: (await recordsSince(operator, since)).filter(({ subject }) => ours.has(subject ?? '')),
    redrives: desk.redrives(),
    kills: weather.kills,
    drift: drift.filter(({ subject }) => ours.has(subject)),
    audit: audited,
    seconds,
  })
}

/** What is broken at the moment, and how it is mended. Acts are done one after the other, whoever places the order. */
const weatherOf = (
  system: System,
  run: {
    readonly acts: readonly (readonly [number, StormAct])[]
    readonly shortestFault: number
    readonly note: (line: string) => void
  },
) => {
  const { acts, shortestFault, note } = run
  const kills: number[] = []
  const since = new Map<string, number>()
  const open = [...acts]
  let doing: Promise<void> = Promise.resolve()
  const perform: Readonly<Record<StormAct, () => Promise<void>>> = {
    'payments down': () => turnPartner(system, 'acquirer', { down: true }),
    'payments up': () => turnPartner(system, 'acquirer', {}),
    'poison deployed': () => deployDefect(system),
    'poison taken back': () => takeBackDefect(system),
    kill: async () => void kills.push(await killWorkers(system)),
  }
  const lasting: Partial<Record<StormAct, StormAct>> = {
    'payments up': 'payments down',
    'poison taken back': 'poison deployed',
  }
  const act = async (what: StormAct) => {
    const begun = lasting[what] && since.get(lasting[what])
    if (begun !== undefined) await sleep(Math.max(0, begun + shortestFault - Date.now()))
    await perform[what]()
    since.set(what, Date.now())
    note(what === 'kill' ? `all ${kills.at(-1)} function processes are killed` : what)
  }
  const due = (count: number): Promise<void> => {
    while (open.length > 0 && open[0]![0] <= count) {
      const [, what] = open.shift()!
      doing = doing.then(() => act(what))
    }
    return doing
  }
  return {
    kills,
    /** Placing waits for what is due, so that every fault meets the orders that are meant for it, however quick they are. */
    placed: due,
    over: () => due(Number.POSITIVE_INFINITY),
    repair: async () => {
      await turnPartner(system, 'acquirer', {})
      if (since.has('poison deployed') && !since.has('poison taken back')) await takeBackDefect(system)
    },
  }
}

/** An operator at the desk: once the causes are gone, every group of failures is put back in stages, until none is open. */
const deskAt = (operator: Api, since: string, note: (line: string) => void) => {
  let redrives = 0
  const putBack = async ({ fingerprint, open, class: failureClass, code, plan }: FailedGroup): Promise<void> => {
    if (open === 0 || plan?.status === 'running') return
    try {
      await operator.redriveGroup(fingerprint, { reason: 'the cause is gone', rate: 20, stopAt: 1 })
      redrives += 1
      note(`redriving ${open} messages: ${failureClass}, ${code}`)
    } catch (error) {
      // Somebody else is at it, nothing is open any more, or the desk is too busy just now: the next round sees.
      const passes =
        error instanceof Refusal && (error.problem.status >= 500 || [404, 409, 429].includes(error.problem.status))
      if (!passes) throw error
    }
  }
  const round = async (): Promise<void> => {
    const { items } = await operator.failedGroups()
    for (const group of items.filter(({ lastSeen }) => lastSeen >= since)) await putBack(group)
  }
  const openOf = async (ours: ReadonlySet<string>): Promise<number> =>
    (await recordsSince(operator, since)).filter(
      ({ status, subject }) => ours.has(subject ?? '') && status !== 'handled' && status !== 'discarded',
    ).length
  return {
    redrives: () => redrives,
    /** Puts back what fails, for as long as `work` goes on. */
    tend: async <T>(work: Promise<T>): Promise<T> => {
      let over = false
      const watched = work.finally(() => {
        over = true
      })
      while (!over) {
        await patiently(round)
        await Promise.race([sleep(3_000), watched.catch(() => {})])
      }
      return watched
    },
    /** The same until nothing of these orders is open any more, or patience ends. */
    empty: async (ours: ReadonlySet<string>): Promise<void> => {
      await until(
        () =>
          patiently(async () => {
            if ((await openOf(ours)) === 0) return true
            await round()
            return undefined
          }),
        { within: patienceWith(ours.size), every: Math.max(3_000, lookEvery(ours.size)) },
      )
    },
  }
}

/** Waits until all orders have ended, or patience with them has, and tells how each did. */
const followed = async (
  operator: Api,
  placed: ReadonlyMap<number, string>,
  note: (line: string) => void,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, End>> => {
  const waiting = new Set(placed.values())
  let last = -1
  await until(
    () =>
      patiently(async () => {
        const unseen = new Set(waiting)
        for await (const { orderId, status } of everyItem((cursor) => operator.orders({ cursor, limit: 100 }))) {
          if (unseen.delete(orderId) && status !== 'placed') waiting.delete(orderId)
          if (unseen.size === 0) break
        }
        if (waiting.size !== last) note(`${placed.size - waiting.size} of ${placed.size} orders have ended`)
        last = waiting.size
        return waiting.size === 0 ? true : undefined
      }),
    { within: patienceWith(placed.size), every: lookEvery(placed.size), ...(signal ? { signal } : {}) },
  )
  const ends = await atMost(4, [...placed], async ([index, orderId]) => {
    const { status, reason } = await operator.order(orderId)
    return [index, { orderId, status, ...(reason ? { code: reason.code } : {}) }] as const
  })
  return new Map(ends)
}

/** A look that came to nothing because the system is busy, as it may be in a storm: the next one sees. */
const patiently = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await look()
  } catch (error) {
    const busy = error instanceof Refusal ? error.problem.status >= 500 : error instanceof Failure
    if (busy) return undefined
    throw error
  }
}

const recordsSince = async (operator: Api, since: string): Promise<FailedSummary[]> => {
  const records: FailedSummary[] = []
  for await (const record of everyItem((cursor) => operator.failed({ cursor, limit: 100 }))) {
    if (record.lastSeen < since) break
    records.push(record)
  }
  return records
}

const secondsSince = (began: number): number => Math.round((Date.now() - began) / 100) / 10
