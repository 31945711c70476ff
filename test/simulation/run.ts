import { stockItem } from '../../functions/inventory/stock.ts'
import { type EpochMs, hours, minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { cast } from './cast.ts'
import { chance, none, type Odds, type Stroke, usual } from './chance.ts'
import { products } from './customers.ts'
import { paceOf } from './event-source.ts'
import { kept } from './kept.ts'
import { bySeed } from './participants.ts'
import { type Random, seeded } from './random.ts'
import { brokenAtRest, quietUntil, restless } from './rest.ts'
import { type System, system } from './system.ts'
import { type Fault, faultKinds, type Situation, type World, world } from './world.ts'

export type Result = {
  readonly seed: number
  /** Instances that began, of whatever definition. */
  readonly sagas: number
  readonly ended: { readonly done: number; readonly undone: number; readonly operator: number }
  readonly faults: Readonly<Record<Fault, number>>
  readonly situations: Readonly<Record<Situation, number>>
  readonly violations: readonly string[]
  readonly redriven: number
  readonly virtualSeconds: number
  readonly writeUnits: number
  readonly readUnits: number
  /** The faults that struck, in order, and everybody who took part: what can be left out of a replay. */
  readonly strokes: readonly Stroke[]
  readonly cast: readonly string[]
  /** What happened, one line each; only when asked for. */
  readonly transcript: readonly string[]
}

export type Options = {
  readonly orders?: number
  readonly trips?: number
  readonly transcript?: boolean
  /** Shown every committed image of a saga. */
  readonly watch?: (item: SagaItem) => void
  /** Of a schedule that is being shrunk: the strokes and the actors that are left. */
  readonly strokes?: ReadonlySet<string>
  readonly actors?: ReadonlySet<number>
}

/** Every eighth seed does without the sweeper. */
export const isUnswept = (seed: number): boolean => seed % 8 === 2

/**
 * One run: customers and travellers ask for things and change their minds, operators interfere, a deployment goes by,
 * faults strike for some minutes of virtual time; then all that ends, operators see to what is left to them, and
 * everything must come to rest with money, stock and every promise kept.
 *
 * The seed decides everything; the same seed gives the same run to the letter.
 */
export const run = async (seed: number, options: Options = {}): Promise<Result> => {
  const { orders = 5, trips = 3, transcript = false, watch, strokes, actors } = options
  const random = seeded(seed)
  const start = Date.UTC(2026, 0, 1)
  const lines: string[] = []
  const severity = random.pick([0.3, 1, 1, 3])
  const pace = paceOf(random)
  // Every fourth seed does without timers, sweeper and reconciler, and so without the losses that only they make good,
  // and without journeys, which wait for time to pass.
  const sleepless = seed % 4 === 0
  const madeGoodByWaking: readonly Fault[] = ['vanished', 'lost-stream', 'lost-timer', 'congested']
  // Every eighth does without the sweeper alone, and with those faults only by which no timer is lost; nobody is stopped for
  // being slow. A timer that was acknowledged and did nothing shows there: a sweeper makes good for it a minute later.
  const unswept = isUnswept(seed)
  const timing = unswept ? { ...timings.brief, handlerTimeout: timings.brief.visibility } : timings.brief
  const leaveTimers: readonly Fault[] = [
    ...([
      'conflict',
      'slow',
      'duplicate',
      'delayed',
      'stale-index',
      'damaged-stock',
      'partner-timeout-before',
    ] as const),
    ...(['partner-timeout-after', 'partner-late-effect', 'partner-error', 'partner-guarded', 'old-process'] as const),
    ...(['undo-refused', 'signal-twice', 'double-click', 'poison'] as const),
  ]
  const oddsOf = (kind: Fault) => {
    const strikes = unswept ? leaveTimers.includes(kind) : !sleepless || !madeGoodByWaking.includes(kind)
    // The slower its calls, the oftener a timer meets somebody else's commit.
    const often = unswept && kind === 'slow' ? 15 : 1
    return strikes ? usual[kind] * severity * often : 0
  }
  let odds: Odds = Object.fromEntries(faultKinds.map((kind) => [kind, oddsOf(kind)])) as Odds
  const fate = chance(seed, () => odds, strokes)
  const sim = world(random, fate.strike, start, transcript ? (line) => lines.push(line) : () => {})
  const { now } = sim
  const stage = system(sim, timing, { sleepless, unswept, refuses: bySeed(seed), pace })
  const { violations } = stage.witness
  if (transcript)
    stage.sagas.watch.push((_, after) => lines.push(`${String(now() - start).padStart(8)} ${told(after)}`))

  if (watch) stage.sagas.watch.push((_, after) => watch(after))

  // Scarce, so that some are refused for want of stock.
  for (const sku of products) stockUp(stage, sku, 3 + random.upTo(orders * 2), start)
  const repairs = damageStock(sim, stage)
  const lasts = minutes(2 + random.upTo(6))
  const everybody = cast(sim, stage, {
    seed,
    orders: sleepless ? orders + trips : orders,
    trips: sleepless ? 0 : trips,
    waking: !sleepless,
    lasts,
  })
  const present = everybody.filter((_, index) => !actors || actors.has(index))
  for (const { begin } of present) begin()

  await runUnlessBroken(sim, stage, start + lasts)
  odds = none
  for (const repair of repairs) repair()
  stage.deployed = 'new'
  let redriven = 0
  let awake = 0
  while ((restless(stage) > 0 || sim.nextPlan() < Number.POSITIVE_INFINITY) && awake < hours(8)) {
    if (violations.length > 0) break
    await sim.run(now() + seconds(30))
    awake += seconds(30)
    redriven += stage.redrive()
    seeToFailedUndos(stage, random)
    sim.sleep(quietUntil(stage, sim))
  }
  const found =
    violations.length > 0
      ? violations
      : restless(stage) > 0
        ? [`not at rest after ${(now() - start) / 1_000} s: ${unrest(stage)}`]
        : brokenAtRest(stage)

  const outcomes = { done: 0, undone: 0, operator: 0 }
  for (const text of stage.sagas.items.values()) {
    const outcome = /"outcome":"(\w+)"/.exec(text)?.[1]
    if (outcome) outcomes[outcome as keyof typeof outcomes] += 1
  }
  return {
    seed,
    sagas: begun(stage),
    ended: outcomes,
    faults: sim.faults,
    situations: sim.situations,
    violations: found,
    redriven,
    virtualSeconds: (now() - start) / 1_000,
    writeUnits: stage.sagas.units.write,
    readUnits: stage.sagas.units.read,
    strokes: fate.struck,
    cast: everybody.map(({ does }) => does),
    transcript: lines,
  }
}

/** Instances that began; a word that came for one that never did leaves an item, and no saga. */
const begun = ({ sagas }: System): number =>
  [...sagas.items.values()].filter((text) => !text.includes('"phase":"early-')).length

/** In slices, so that what was broken early is told early. */
const runUnlessBroken = async (sim: World, stage: System, until: EpochMs) => {
  while (sim.now() < until && stage.witness.violations.length === 0)
    await sim.run(Math.min(until, sim.now() + seconds(20)))
}

/**
 * A record that makes no sense parks whoever meets it, until somebody repairs it: most within a minute. Answers the
 * repairs that are left to the end.
 */
const damageStock = (sim: World, stage: System): readonly (() => void)[] => {
  const { stock } = stage.participants.stock
  const left: (() => void)[] = []
  for (const sku of products) {
    if (!sim.strikes('damaged-stock')) continue
    sim.after(sim.random.upTo(seconds(15)), () => {
      const { available } = stock.get(sku)!
      stock.set(sku, { ...stock.get(sku)!, available: 'twelve' as never })
      const repair = () => {
        stock.set(sku, { ...stock.get(sku)!, available })
        return false
      }
      if (sim.random.chance(0.25)) left.push(repair)
      else sim.after(seconds(10) + sim.random.upTo(seconds(40)), repair)
      return false
    })
  }
  return left
}

/** What nothing but a person can bring to its end: most undos are tried again, some are given up. */
const seeToFailedUndos = (stage: System, random: Random) => {
  for (const [sagaId, text] of stage.sagas.items) {
    if (!text.includes('"undo-failed"')) continue
    const { steps, version, revision } = JSON.parse(text) as SagaItem
    const definition = stage.definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === version)!
    const failed = definition.steps[steps!.findIndex(([status]) => status === 'undo-failed')]!
    const verb = random.chance(0.1) ? 'skip' : 'retry'
    stage.direct(
      { sagaId, verb, step: failed.name, by: 'eve', reason: 'The partner answers again.' },
      `${sagaId}/act/eve-${revision}`,
    )
  }
}

/** A commit in one line. */
const told = ({ sagaId, revision, phase, mode, steps = [], end }: SagaItem): string =>
  `${sagaId} #${revision} ${phase} ${mode ?? ''} ${steps.map(([its, attempt]) => (attempt > 1 ? `${its}/${attempt}` : its)).join(' ')} ${end?.command ?? ''}`

/** What keeps everything from coming to rest. */
const unrest = (stage: System): string => {
  const open = [...stage.sagas.items].filter(([, text]) => text.includes('"phase":"running"')).map(([id]) => id)
  const absent = [...stage.expected].filter((id) => !stage.sagas.items.has(id))
  const parked = stage.parked().map(({ queue, body }) => `${queue}: ${body.slice(0, 120)}`)
  return [
    ...open.map((id) => `${id} runs`),
    ...absent.map((id) => `${id} never started`),
    ...parked,
    `${stage.inFlight()} messages in flight`,
    `${stage.orders.unheard.size} events unheard`,
  ]
    .slice(0, 5)
    .join('; ')
}

/** Puts units of a product on the shelves, as its catalogue entry would. */
export const stockUp = (stage: System, sku: string, stock: number, now: EpochMs) => {
  const price = { amount: 1_000, currency: 'EUR' }
  stage.participants.stock.stock.set(
    sku,
    kept(stockItem({ sku, name: sku, price, revision: 1, changes: 1, stock, committed: 0, now })),
  )
}
