import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { quick, thorough } from './configurations.ts'
import { type Explored, explore, type Finding } from './search.ts'

/**
 * `npm run explore`: every world that two coordinators, the participants and their partners can come to, within a bounded
 * number of disturbances, each visited once. `--quick` takes only the configurations of the tests; `--most N` stops each
 * after N worlds. Exit code 1 when one is unsafe or dead.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    most: { type: 'string', default: '3000000' },
    json: { type: 'boolean', default: false },
  },
})
const most = Number(values.most)
if (!Number.isInteger(most) || most < 1) throw new Error(`--most takes a number of worlds, not ${values.most}.`)

const results: Explored[] = []
for (const configuration of values.quick ? quick : [...quick, ...thorough]) {
  if (!values.json) process.stderr.write(`${configuration.name} …\n`)
  results.push(explore(configuration, most))
}

const findings = results.flatMap(({ name, unsafe, dead }) =>
  [...unsafe, ...dead].map((finding) => ({ name, ...finding })),
)
if (values.json) console.log(JSON.stringify({ results, findings }, null, 2))
else {
  const table = new Table({
    head: ['searched', 'worlds', 'steps', 'to the end', 'ways to end', 'unsafe', 'dead', 'seconds'],
    style: { head: [], border: [] },
  })
  for (const { name, states, steps, exhausted, settled, unsafe, dead, seconds } of results)
    table.push([name, states, steps, exhausted ? 'yes' : 'no', settled, unsafe.length, dead.length, seconds.toFixed(1)])
  console.log(table.toString())
  for (const { name, what, path } of findings as (Finding & { name: string })[])
    console.log(`\n${name}: ${what}\n${path.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`)
  const states = results.reduce((sum, its) => sum + its.states, 0)
  console.log(
    `\n${states} worlds, ${findings.length === 0 ? 'none unsafe, none dead' : `${findings.length} findings`}.`,
  )
}
process.exitCode = findings.length === 0 ? 0 : 1
