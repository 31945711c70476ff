import { orderIdFor } from '../../functions/ordering/identity.ts'
import { hours, type Millis, minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { type Definition, isCommand } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import { definitions } from '../../sagas/index.ts'
import { begin, everybodySays, say } from './beginnings.ts'
import { seeded } from './random.ts'
import { brokenAtRest, restless } from './rest.ts'
import { stockUp } from './run.ts'
import { system } from './system.ts'
import { theatre } from './theatre.ts'
import { outcomes } from './words.ts'
import { type Fault, faultKinds, world } from './world.ts'

/** One order's way through its saga, and how it must end whatever single fault meets it. */
export type Scenario = {
  readonly name: string
  readonly stock: number
  /** The step that its partner refuses. */
  readonly refused?: string
  /** When the customer changes their mind, after placing. */
  readonly cancelledAfter?: Millis
  readonly ends: readonly ('done' | 'undone')[]
  /** Of another saga than the order's: which, and the signal whose word is another one, or is never said. */
  readonly plays?: {
    readonly definition: Definition
    readonly signal?: string
    readonly says?: 'another word' | 'never'
  }
}

/** Generated from the definition: the clean way, a refusal of each step, a cancellation at each moment of the clean way. */
export const scenarios = (): Scenario[] => [
  { name: 'forward', stock: 5, ends: ['done'] },
  ...fulfilOrder.steps
    .filter(isCommand)
    .map(({ name }, index) =>
      index === 0
        ? { name: `${name} refused`, stock: 0, ends: ['undone' as const] }
        : { name: `${name} refused`, stock: 5, refused: name, ends: ['undone' as const] },
    ),
  ...[0, 150, 300, 450, 600, 900].map((after) => ({
    name: `cancelled after ${after} ms`,
    stock: 5,
    cancelledAfter: after,
    ends: ['done' as const, 'undone' as const],
  })),
]

/**
 * The ways of every other definition, and of an order that waits for its approval: the clean one, a refusal of each step
 * that may be refused, another word for each signal, and none.
 */
export const otherWays = (): Scenario[] =>
  definitions
    .filter(({ name, version }) => !definitions.some((other) => other.name === name && other.version > version))
    .flatMap((definition) => {
      const { name, steps, quorums } = definition
      const way = (what: string, ends: Scenario['ends'], more: Partial<Scenario> = {}): Scenario => ({
        name: `${name}: ${what}`,
        stock: 1_000,
        ends,
        plays: { definition },
        ...more,
      })
      const refusals = steps.flatMap((step, index) => {
        // The order's own are among its ways; a check asks no partner.
        if (!isCommand(step) || !step.refused || step.kind === 'check' || name === fulfilOrder.name) return []
        const called = definitions.find((it) => it.name === step.calls)?.steps.find(({ kind }) => kind === 'pivot')
        const spare = quorums.some(({ of }) => of.includes(index))
        return [way(`${step.name} refused`, [spare ? 'done' : 'undone'], { refused: (called ?? step).name })]
      })
      const words = steps.flatMap((step) =>
        step.kind !== 'signal'
          ? []
          : (['another word', 'never'] as const).map((says) =>
              way(`${step.name}, ${says}`, outcomes(step, says), { plays: { definition, signal: step.name, says } }),
            ),
      )
      return [way('clean', ['done']), ...refusals, ...words]
    })

/** Faults that are a world's weather and not a single stroke, or that have a test of their own. */
const weather: readonly Fault[] = [
  'skewed-clock',
  'damaged-stock',
  'stale-index',
  'slow',
  'congested',
  'old-process',
  'undo-refused',
  'signal-twice',
  'double-click',
  'poison',
]
export const singleFaults = faultKinds.filter((kind) => !weather.includes(kind))

export type Stroke = { readonly fault: Fault; readonly place: number }
export type Verdict = {
  readonly places: Readonly<Record<Fault, number>>
  readonly outcome: string
  readonly violations: readonly string[]
}

/** Plays a scenario with no faults but the given ones, each at the given of the places where it could strike. */
export const play = async (scenario: Scenario, ...strokes: readonly Stroke[]): Promise<Verdict> =>
  scenario.plays ? playOther(scenario, scenario.plays, strokes) : playOrder(scenario, strokes)

/** The faults strike once the saga is begun: how it came to be able to begin is another way. */
const playOther = async (
  { refused, stock, ends }: Scenario,
  { definition, signal, says }: NonNullable<Scenario['plays']>,
  strokes: readonly Stroke[],
): Promise<Verdict> => {
  const places = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>
  let sagaId = ''
  const stage = theatre({
    strike: (fault) => {
      if (sagaId === '') return false
      const place = places[fault]
      places[fault] += 1
      return strokes.some((stroke) => stroke.fault === fault && stroke.place === place)
    },
    refuses: (key) => refused !== undefined && key.includes(`/${refused}/`),
    stock,
  })
  everybodySays(stage, definitions, signal)
  let said = says === 'never' || signal === undefined
  stage.stage.sagas.watch.push((_, { sagaId: id, steps }: SagaItem) => {
    const index = definition.steps.findIndex(({ name }) => name === signal)
    if (said || id !== sagaId || steps?.[index]?.[0] !== 'sent') return
    said = true
    say(stage, sagaId, signal!, false)
  })
  await begin(stage, definition, (id) => {
    sagaId = id
  })
  const violations = [...(await stage.rest())]
  const outcome = stage.saga(sagaId)?.outcome ?? 'none'
  if (!ends.some((end) => end === outcome)) violations.push(`ended ${outcome}, expected ${ends.join(' or ')}`)
  return { places, outcome, violations }
}

const playOrder = async (scenario: Scenario, strokes: readonly Stroke[]): Promise<Verdict> => {
  const places = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>
  const strike = (fault: Fault) => {
    const place = places[fault]
    places[fault] += 1
    return strokes.some((stroke) => stroke.fault === fault && stroke.place === place)
  }
  const timing = timings.brief
  const start = Date.UTC(2026, 0, 1)
  const sim = world(seeded(1), strike, start, () => {})
  const refuses = (key: string) => scenario.refused !== undefined && key.includes(`/${scenario.refused}/`)
  const stage = system(sim, timing, { sleepless: false, refuses })
  const { violations } = stage.witness
  stockUp(stage, 'SKU-A', scenario.stock, start)

  const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE' }
  const body = { lines: [{ sku: 'SKU-A', quantity: 2 }], payment: { token: 'tok_ok' }, shipTo }
  sim.after(1, () => stage.place({ customer: 'alice', key: 'key', body }))
  const { cancelledAfter } = scenario
  if (cancelledAfter !== undefined)
    sim.after(1 + cancelledAfter, () => stage.cancel('alice', orderIdFor('alice', 'key')))

  const atRest = () => stage.orders.streams.size === 1 && restless(stage) === 0
  await sim.run(start + seconds(5))
  while (!atRest() && sim.now() < start + hours(2) && violations.length === 0) {
    await sim.run(sim.now() + minutes(1))
    stage.redrive()
  }
  violations.push(...(atRest() ? brokenAtRest(stage) : ['not at rest after two hours']))
  const [text] = stage.sagas.items.values()
  const { outcome = 'none' } = JSON.parse(text ?? '{}') as { outcome?: string }
  if (!scenario.ends.some((end) => end === outcome))
    violations.push(`ended ${outcome}, expected ${scenario.ends.join(' or ')}`)
  return { places, outcome, violations }
}

/**
 * Plays a scenario with every pair of strokes, or with every `stride`-th of them. One fault hides what only two together
 * bring about: a crash after a commit, and then the race for what the crash left undone.
 */
export const pairs = async (
  scenario: Scenario,
  stride = 1,
): Promise<{ readonly tried: number; readonly broken: readonly string[] }> => {
  const { places } = await play(scenario)
  const strokes = singleFaults.flatMap((fault) =>
    Array.from({ length: places[fault] }, (_, place): Stroke => ({ fault, place })),
  )
  const broken: string[] = []
  let tried = 0
  for (let first = 0; first < strokes.length; first += 1) {
    for (let second = first + 1 + (first % stride); second < strokes.length; second += stride) {
      const both = [strokes[first]!, strokes[second]!] as const
      const { violations } = await play(scenario, ...both)
      tried += 1
      if (violations[0])
        broken.push(
          `${scenario.name}, ${both.map(({ fault, place }) => `${fault} at place ${place}`).join(' and ')}: ${violations[0]}`,
        )
    }
  }
  return { tried, broken }
}

/** How many places of each fault were tried in each way, every one or each `stride`-th, and what went wrong: rows for a table. */
export const matrix = async (
  ways: readonly Scenario[] = scenarios(),
  stride = 1,
): Promise<{
  readonly rows: readonly (readonly string[])[]
  readonly tried: number
  readonly broken: readonly string[]
}> => {
  const broken: string[] = []
  let tried = 0
  const rows: string[][] = []
  for (const scenario of ways) {
    const clean = await play(scenario)
    if (clean.violations[0]) broken.push(`${scenario.name}, and no fault: ${clean.violations[0]}`)
    const cells: string[] = []
    for (const fault of singleFaults) {
      let wrong = 0
      for (let place = 0; place < clean.places[fault]; place += stride) {
        const { violations } = await play(scenario, { fault, place })
        tried += 1
        if (violations[0]) broken.push(`${scenario.name}, ${fault} at place ${place}: ${violations[0]}`)
        wrong += Math.min(1, violations.length)
      }
      cells.push(
        wrong > 0 ? `${wrong} ✗` : clean.places[fault] > 0 ? `${Math.ceil(clean.places[fault] / stride)} ✓` : '–',
      )
    }
    rows.push([scenario.name, ...cells])
  }
  return { rows, tried, broken }
}
