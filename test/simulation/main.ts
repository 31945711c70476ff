import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { refusalOf } from '../../local/nearest.ts'
import { matrix, pairs, scenarios, singleFaults } from './matrix.ts'
import { type Result, run } from './run.ts'
import { faultKinds } from './world.ts'

/**
 * `npm run simulate -- --sagas 100000 --seed 7 --json`: many runs over all cores, or with `--seed S` alone one run with
 * its transcript, exactly as it was. `--matrix` tries every single fault at every place, `--pairs forward` every
 * pair of them on one way of an order. Exit code 1 on a violation, 2 on a fault that never struck in a long run.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    sagas: { type: 'string' },
    orders: { type: 'string' },
    json: { type: 'boolean', default: false },
    part: { type: 'string' },
    matrix: { type: 'boolean', default: false },
    pairs: { type: 'string' },
  },
})

const seed = Number(values.seed ?? 1)
const orders = Number(values.orders ?? 8)

type Summary = {
  sagas: number
  schedules: number
  faults: Record<string, number>
  violations: { seed: number; violation: string }[]
  done: number
  undone: number
  redriven: number
  writeUnits: number
  readUnits: number
}

const empty = (): Summary => ({
  sagas: 0,
  schedules: 0,
  faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])),
  violations: [],
  done: 0,
  undone: 0,
  redriven: 0,
  writeUnits: 0,
  readUnits: 0,
})

const add = (sum: Summary, more: Summary): Summary => ({
  sagas: sum.sagas + more.sagas,
  schedules: sum.schedules + more.schedules,
  faults: Object.fromEntries(faultKinds.map((kind) => [kind, (sum.faults[kind] ?? 0) + (more.faults[kind] ?? 0)])),
  violations: [...sum.violations, ...more.violations],
  done: sum.done + more.done,
  undone: sum.undone + more.undone,
  redriven: sum.redriven + more.redriven,
  writeUnits: sum.writeUnits + more.writeUnits,
  readUnits: sum.readUnits + more.readUnits,
})

const summaryOf = ({ seed, sagas, faults, violations, ended, redriven, writeUnits, readUnits }: Result): Summary => ({
  sagas,
  schedules: 1,
  faults: { ...faults },
  violations: violations.map((violation) => ({ seed, violation })),
  ...ended,
  redriven,
  writeUnits,
  readUnits,
})

/** Runs the seeds from `first` on, in this process. */
const runs = async (first: number, count: number): Promise<Summary> => {
  let sum = empty()
  for (let at = first; at < first + count; at += 1) sum = add(sum, summaryOf(await run(at, { orders })))
  return sum
}

const inParallel = async (first: number, count: number): Promise<Summary> => {
  const parts = Math.min(availableParallelism(), count)
  const each = Math.ceil(count / parts)
  const sums = await Promise.all(
    Array.from({ length: parts }, (_, part) => {
      const from = first + part * each
      const many = Math.min(each, first + count - from)
      return many > 0 ? apart(from, many) : empty()
    }),
  )
  return sums.reduce(add)
}

/** One part in a process of its own: a run is one thread, and shares nothing. */
const apart = (from: number, many: number): Promise<Summary> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [import.meta.filename, '--part', `${from}:${many}`, '--orders', String(orders)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
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

if (values.matrix) {
  const { rows, tried, broken } = await matrix()
  const table = new Table({ head: ['', ...singleFaults], style: { head: [], border: [] } })
  table.push(...rows.map((row) => [...row]))
  console.log(values.json ? JSON.stringify({ faults: singleFaults, rows, tried, broken }) : table.toString())
  if (!values.json) console.log(`${tried} single faults, ${broken.length} with a violation`)
  process.exitCode = broken.length > 0 ? 1 : 0
} else if (values.pairs !== undefined) {
  const known = scenarios()
  const scenario = known.find(({ name }) => name === values.pairs)
  if (!scenario) {
    console.error(
      refusalOf(
        'way of an order',
        values.pairs,
        known.map(({ name }) => name),
      ),
    )
    process.exit(2)
  }
  const { tried, broken } = await pairs(scenario)
  console.log(
    values.json
      ? JSON.stringify({ scenario: scenario.name, tried, broken })
      : `${scenario.name}: ${tried} pairs of faults, ${broken.length} with a violation`,
  )
  if (!values.json) for (const line of broken) console.log(line)
  process.exitCode = broken.length > 0 ? 1 : 0
} else if (values.part) {
  const [from, many] = values.part.split(':').map(Number)
  console.log(JSON.stringify(await runs(from!, many!)))
} else if (values.sagas === undefined) {
  const { transcript, violations, faults, ...rest } = await run(seed, { orders, transcript: true })
  if (values.json) console.log(JSON.stringify({ ...rest, faults, violations, transcript }))
  else {
    console.log(transcript.join('\n'))
    console.log(
      `\nseed ${seed}: ${rest.ended.done} done, ${rest.ended.undone} undone in ${rest.virtualSeconds} s of virtual time`,
    )
    console.log(violations.length > 0 ? violations.join('\n') : 'no violation')
  }
  process.exitCode = violations.length > 0 ? 1 : 0
} else {
  const schedules = Math.ceil(Number(values.sagas) / orders)
  const started = performance.now()
  const sum = await inParallel(seed, schedules)
  const perSecond = Math.round(sum.sagas / ((performance.now() - started) / 1_000))
  const missed = faultKinds.filter((kind) => sum.faults[kind] === 0)
  if (values.json) console.log(JSON.stringify({ ...sum, perSecond }))
  else {
    console.log(
      `${sum.sagas} sagas in ${sum.schedules} schedules, ${perSecond}/s: ${sum.done} done, ${sum.undone} undone, ${sum.redriven} redriven`,
    )
    console.log(faultKinds.map((kind) => `${kind} ${sum.faults[kind]}`).join(', '))
    for (const { seed: at, violation } of sum.violations)
      console.log(`seed ${at}: ${violation}\n  npm run simulate -- --seed ${at}`)
    console.log(sum.violations.length > 0 ? `${sum.violations.length} violations` : 'no violation')
  }
  if (missed.length > 0)
    console.error(`Never struck: ${missed.join(', ')}. A run that never met a fault proves nothing about it.`)
  process.exitCode = sum.violations.length > 0 ? 1 : missed.length > 0 && schedules >= 200 ? 2 : 0
}
