import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import Table from 'cli-table3'
import { toldTo } from '../cli/tool.ts'
import { capacityFigures } from './capacity.ts'
import { cloudFigures } from './cloud.ts'
import { costFigures } from './cost.ts'
import { functionFigures } from './functions.ts'
import { goodputFigures } from './goodput.ts'
import { ledgerFigures } from './ledger.ts'
import { type Figure, machine } from './measure.ts'
import { observingFigures } from './observing.ts'
import { recoveryFigures } from './recovery.ts'
import { sagaFigures } from './sagas.ts'
import { scalingFigures } from './scaling.ts'
import { simulationFigures } from './simulation.ts'
import { synthFigures } from './synth.ts'

const target = new URL('./results.json', import.meta.url)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()

/** What is kept: the last figures of every part. */
type Results = Record<string, { at: string; commit: string; machine: ReturnType<typeof machine>; figures: Figure[] }>
const results = JSON.parse(readFileSync(target, 'utf8')) as Results

const parts = {
  sagas: sagaFigures,
  ledger: ledgerFigures,
  functions: functionFigures,
  scaling: scalingFigures,
  observing: observingFigures,
  simulation: simulationFigures,
  goodput: goodputFigures,
  synth: synthFigures,
  cloud: cloudFigures,
  cost: costFigures,
  capacity: capacityFigures,
  recovery: recoveryFigures,
}
const { words: asked } = toldTo({
  usage: `npm run bench -- …
        measure every budget that can be measured by now, print the figures, and keep those of each part in
        bench/results.json, with when, where and of which commit they are
  PART  only these parts: ${Object.keys(parts).join(', ')}
Exit code 1 when a part could not be measured.`,
  options: {},
  words: { what: 'part of the benchmark', valid: Object.keys(parts) },
})

const figures: Figure[] = []
const failed: string[] = []
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.error(`measuring ${name} …`)
  // What one part cannot measure is no reason to lose what the others took minutes for.
  try {
    const at = new Date().toISOString()
    const measured = await part()
    for (const { name: what, unit, median } of measured) console.error(`  ${what}: ${median} ${unit}`)
    figures.push(...measured)
    results[name] = { at, commit, machine: machine(), figures: measured }
    const inOrder = Object.fromEntries(Object.keys(parts).flatMap((it) => (results[it] ? [[it, results[it]]] : [])))
    writeFileSync(target, `${JSON.stringify(inOrder, null, 2)}\n`)
  } catch (error) {
    console.error(error)
    failed.push(name)
  }
}

const table = new Table({
  head: ['what', 'unit', 'min', 'median', 'max', 'budget', ''],
  style: { head: [], border: [] },
})
for (const { name, unit, min, median, max, budget, kept } of figures) {
  const allowed = budget ? ('atMost' in budget ? `≤ ${budget.atMost}` : `≥ ${budget.atLeast}`) : ''
  table.push([name, unit, min, median, max, allowed, kept === undefined ? '' : kept ? '✓' : '✗'])
}
console.log(table.toString())
console.log('Kept in bench/results.json.')
if (failed.length > 0) {
  console.error(`not measured, so that what is kept of it is older: ${failed.join(', ')}`)
  process.exitCode = 1
}
