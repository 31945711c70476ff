import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { compileCache } from '../../local/compile-cache.ts'
import { roomy } from '../hunted.ts'
import { type Result, run } from './run.ts'
import { faultKinds, situationKinds } from './world.ts'

type Counts = Readonly<Record<string, number>>

/** What many runs came to. */
export type Summary = {
  readonly sagas: number
  readonly schedules: number
  readonly faults: Counts
  readonly situations: Counts
  readonly violations: readonly { readonly seed: number; readonly violation: string }[]
  readonly done: number
  readonly undone: number
  readonly operator: number
  readonly redriven: number
  readonly writeUnits: number
  readonly readUnits: number
}
export type Size = { readonly orders: number; readonly trips: number }

const zeros = (kinds: readonly string[]): Counts => Object.fromEntries(kinds.map((kind) => [kind, 0]))

const empty: Summary = {
  sagas: 0,
  schedules: 0,
  faults: zeros(faultKinds),
  situations: zeros(situationKinds),
  violations: [],
  done: 0,
  undone: 0,
  operator: 0,
  redriven: 0,
  writeUnits: 0,
  readUnits: 0,
}

const added = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(Object.entries(a).map(([kind, count]) => [kind, count + (b[kind] ?? 0)]))

const add = (sum: Summary, more: Summary): Summary => ({
  sagas: sum.sagas + more.sagas,
  schedules: sum.schedules + more.schedules,
  faults: added(sum.faults, more.faults),
  situations: added(sum.situations, more.situations),
  violations: [...sum.violations, ...more.violations],
  done: sum.done + more.done,
  undone: sum.undone + more.undone,
  operator: sum.operator + more.operator,
  redriven: sum.redriven + more.redriven,
  writeUnits: sum.writeUnits + more.writeUnits,
  readUnits: sum.readUnits + more.readUnits,
})

const summaryOf = (result: Result): Summary => {
  const { seed, sagas, faults, situations, violations, ended, redriven, writeUnits, readUnits } = result
  return {
    sagas,
    schedules: 1,
    faults,
    situations,
    violations: violations.map((violation) => ({ seed, violation })),
    ...ended,
    redriven,
    writeUnits,
    readUnits,
  }
}

/** Faults and situations that these runs never met. A search that never met one proves nothing about it. */
export const missedIn = ({ faults, situations }: Summary): string[] =>
  Object.entries({ ...faults, ...situations }).flatMap(([kind, count]) => (count === 0 ? [kind] : []))

/** Runs the seeds from `first` on, in this process. */
export const runs = async (first: number, count: number, size: Size): Promise<Summary> => {
  let sum = empty
  for (let seed = first; seed < first + count; seed += 1) sum = add(sum, summaryOf(await run(seed, size)))
  return sum
}

/** The same over all cores: a run is one thread, and shares nothing. */
export const runsInParallel = async (first: number, count: number, size: Size): Promise<Summary> => {
  const parts = Math.min(availableParallelism(), count)
  const each = Math.ceil(count / parts)
  const sums = await Promise.all(
    Array.from({ length: parts }, (_, part) => {
      const from = first + part * each
      const many = Math.min(each, first + count - from)
      return many > 0 ? apart(from, many, size) : empty
    }),
  )
  return sums.reduce(add)
}

const apart = (from: number, many: number, { orders, trips }: Size): Promise<Summary> =>
  new Promise((resolve, reject) => {
    const main = new URL('main.ts', import.meta.url).pathname
    const args = [main, '--part', `${from}:${many}`, '--orders', String(orders), '--trips', String(trips)]
    const child = spawn(process.execPath, [...roomy, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    })
    let text = ''
    child.stdout.on('data', (more) => {
      text += more
    })
    child.on('close', (code) =>
      code === 0
        ? resolve(JSON.parse(text) as Summary)
        : reject(new Error(`A part of the simulation ended with ${code}.`)),
    )
  })
