import { stockItem } from '../../functions/inventory/stock.ts'
import { orderIdFor } from '../../functions/ordering/identity.ts'
import { type EpochMs, hours, minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import { brokenAtRest, brokenByCommit } from './invariants.ts'
import { seeded } from './random.ts'
import { type System, system } from './system.ts'
import { type Fault, faultKinds, world } from './world.ts'

export type Result = {
  readonly seed: number
  readonly sagas: number
  readonly ended: { readonly done: number; readonly undone: number }
  readonly faults: Readonly<Record<Fault, number>>
  readonly violations: readonly string[]
  readonly redriven: number
  readonly virtualSeconds: number
  readonly writeUnits: number
  readonly readUnits: number
  /** What happened, one line each; only when asked for. */
  readonly transcript: readonly string[]
}

const products = ['SKU-A', 'SKU-B', 'SKU-C']

const none = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>

type Odds = Readonly<Record<Fault, number>>

/** How often each fault strikes at the places where it can; a seed scales them, from a quiet day to a bad one. */
const usual: Odds = {
  'crash-before': 0.01,
  'crash-after': 0.01,
  throttled: 0.01,
  'ambiguous-write': 0.01,
  conflict: 0.02,
  slow: 0.02,
  duplicate: 0.03,
  'unseen-receive': 0.01,
  'malformed-response': 0.01,
  'entry-refused': 0.02,
  vanished: 0.01,
  'damaged-stock': 0.15,
  'lost-timer': 0.05,
  'lost-stream': 0.02,
  'stale-index': 0.1,
  'partner-timeout-before': 0.02,
  'partner-timeout-after': 0.04,
  'partner-late-effect': 0.04,
  'partner-error': 0.04,
  'skewed-clock': 0.1,
}

export type Options = { readonly orders?: number; readonly transcript?: boolean }

/**
 * One run: customers place orders and change their minds, faults strike for some minutes of virtual time, then they end,
 * operators redrive what was parked, and everything must come to rest with money and stock conserved.
 *
 * The seed decides everything; the same seed gives the same run to the letter.
 */
export const run = async (seed: number, { orders = 8, transcript = false }: Options = {}): Promise<Result> => {
  const random = seeded(seed)
  const timing = timings.brief
  const start = Date.UTC(2026, 0, 1)
  const lines: string[] = []
  const violations: string[] = []
  const severity = random.pick([0.3, 1, 1, 3])
  // Every fourth seed does without timers, sweeper and reconciler, and so without the losses that only they make good.
  const sleepless = seed % 4 === 0
  const madeGoodByWaking: readonly Fault[] = ['vanished', 'lost-stream', 'lost-timer']
  const oddsOf = (kind: Fault) => (sleepless && madeGoodByWaking.includes(kind) ? 0 : usual[kind] * severity)
  let odds: Odds = Object.fromEntries(faultKinds.map((kind) => [kind, oddsOf(kind)])) as Odds
  const sim = world(
    random,
    (fault) => random.chance(odds[fault]),
    start,
    transcript ? (line) => lines.push(line) : () => {},
  )
  const { now } = sim
  const stage = system(sim, fulfilOrder, timing, { sleepless })
  stage.sagas.watch.push((before, after) => {
    violations.push(...brokenByCommit(before, after))
    if (transcript)
      lines.push(
        `${String(now() - start).padStart(8)} ${after.sagaId} #${after.revision} ${after.phase} ${after.mode ?? ''} ${after.steps?.map(([its]) => its).join(' ') ?? ''} ${after.end?.command ?? ''}`,
      )
  })

  // Scarce, so that some are refused for want of stock.
  for (const sku of products) stockUp(stage, sku, 3 + random.upTo(orders * 2), start)
  // A record that makes no sense parks whoever meets it, until somebody repairs it.
  const { stock } = stage.participants.stock
  const damaged: (() => void)[] = []
  for (const sku of products) {
    if (!sim.strikes('damaged-stock')) continue
    const damage = () => {
      const { available } = stock.get(sku)!
      stock.set(sku, { ...stock.get(sku)!, available: 'twelve' as never })
      damaged.push(() => stock.set(sku, { ...stock.get(sku)!, available }))
    }
    sim.after(random.upTo(seconds(15)), damage)
  }
  for (let index = 0; index < orders; index += 1) {
    const customer = `customer-${index}`
    const orderId = orderIdFor(customer, 'key')
    const lines = [...new Set([random.pick(products), random.pick(products)])].map((sku) => ({
      sku,
      quantity: 1 + random.upTo(2),
    }))
    const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE' }
    const placedAfter = random.upTo(seconds(20))
    sim.after(placedAfter, () =>
      stage.place({ customer, key: 'key', body: { lines, payment: { token: 'tok_ok' }, shipTo } }),
    )
    if (random.chance(0.4)) {
      // Some in the same instant, some while it runs, some too late.
      const patience = random.pick([0, 100, 500, 1_000, 5_000, 60_000])
      sim.after(placedAfter + random.upTo(patience + 1), () => stage.cancel(customer, orderId))
    }
  }

  await sim.run(start + minutes(2 + random.upTo(6)))
  odds = none
  for (const repair of damaged) repair()
  let redriven = 0
  const atRest = () => stage.orders.streams.size === orders && restless(stage) === 0
  const giveUp = now() + hours(6)
  while (!atRest() && now() < giveUp && violations.length === 0) {
    await sim.run(now() + seconds(30))
    redriven += stage.redrive()
  }
  if (violations.length === 0)
    violations.push(...(atRest() ? [] : [`not at rest after ${(now() - start) / 1_000} s`]), ...brokenAtRest(stage))

  const ended = [...stage.sagas.items.values()].map((text) => JSON.parse(text) as { outcome?: string })
  const count = (outcome: string) => ended.filter((its) => its.outcome === outcome).length
  return {
    seed,
    sagas: orders,
    ended: { done: count('done'), undone: count('undone') },
    faults: sim.faults,
    violations,
    redriven,
    virtualSeconds: (now() - start) / 1_000,
    writeUnits: stage.sagas.units.write,
    readUnits: stage.sagas.units.read,
    transcript: lines,
  }
}

/** Puts units of a product on the shelves, as its catalogue entry would. */
export const stockUp = (stage: System, sku: string, stock: number, now: EpochMs) => {
  const price = { amount: 1_000, currency: 'EUR' }
  stage.participants.stock.stock.set(
    sku,
    stockItem({ sku, name: sku, price, revision: 1, changes: 1, stock, reserved: 0, sold: 0, now }),
  )
}

/** What has not come to rest yet: sagas, messages, dead letters, events that nobody is known to have heard. */
export const restless = (stage: System): number => {
  const unfinished = [...stage.sagas.items.values()].filter((text) => !text.includes('"phase":"ended"')).length
  const missing = stage.orders.streams.size - stage.sagas.items.size
  const unheard = stage.orders.unheard.size
  return unfinished + Math.max(0, missing) + stage.inFlight() + stage.parked().length + unheard
}
