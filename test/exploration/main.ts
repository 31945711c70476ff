import { availableParallelism } from 'node:os'
import { table } from '../../cli/table.ts'
import { toldTo } from '../../cli/tool.ts'
import { refusalOf } from '../../local/nearest.ts'
import { bugs, harmless } from './bugs.ts'
import { quick, thorough } from './configurations.ts'
import { type Hunted, huntFor } from './hunting.ts'
import { type Explored, explore, type Finding } from './search.ts'
import { exitCode, told } from './told.ts'

const usage = `npm run explore -- …
                 every world that two coordinators, the participants and their partners can come to, within a bounded
                 number of disturbances, each visited once
  --quick        only the configurations of the tests
  --only NAME    only this configuration; may be repeated
  --most N       stop each after N worlds
  --bugs         plant every known bug, one at a time, and say what was found
  --json         for machines
Exit code 1 when a world is unsafe or dead, or a bug was not found; 2 when a search was cut, so that nobody knows.`

const { values } = toldTo({
  usage,
  options: {
    quick: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    most: { type: 'number', least: 1 },
    bugs: { type: 'boolean' },
    json: { type: 'boolean' },
  },
})

const search = (): number => {
  const all = [...quick, ...thorough]
  const names = all.map(({ name }) => name)
  const stranger = values.only?.find((name) => !names.includes(name))
  if (stranger !== undefined) {
    console.error(refusalOf('configuration', stranger, names))
    return 2
  }
  const results: Explored[] = []
  for (const configuration of values.only
    ? all.filter(({ name }) => values.only!.includes(name))
    : values.quick
      ? quick
      : all) {
    if (!values.json) process.stderr.write(`${configuration.name} …\n`)
    let worlds = 0
    // The largest take a quarter of an hour; who waits for them sees how far they have come.
    const look = () => {
      worlds += 1
      if (!values.json && worlds % 1_000_000 === 0) process.stderr.write(`  ${worlds / 1_000_000} million worlds\n`)
    }
    results.push(explore(configuration, values.most ?? configuration.most ?? 3_000_000, look))
  }
  const findings = results.flatMap(({ name, unsafe, dead }) =>
    [...unsafe, ...dead].map((finding) => ({ name, ...finding })),
  )
  if (values.json) console.log(JSON.stringify({ results, findings }, null, 2))
  else {
    const rows = results.map(({ name, states, steps, exhausted, settled, unsafe, dead, seconds }) => [
      name,
      states,
      steps,
      exhausted ? 'yes' : 'no',
      settled,
      unsafe.length,
      exhausted ? dead.length : '?',
      seconds.toFixed(1),
    ])
    console.log(table(['searched', 'worlds', 'steps', 'to the end', 'ways to end', 'unsafe', 'dead', 'seconds'], rows))
    for (const { name, what, path } of findings as (Finding & { name: string })[])
      console.log(`\n${name}: ${what}\n${path.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`)
    console.log(`\n${told(results)}`)
  }
  return exitCode(results)
}

const hunt = async (): Promise<number> => {
  const cases = [...bugs, ...harmless]
  const hunted: Hunted[] = []
  const next = cases.entries()
  // As many at once as there are cores: each hunts in a process of its own.
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (const [index, its] of next) hunted[index] = await huntFor(its)
    }),
  )
  const results = cases.map((its, index) => ({ ...its, ...hunted[index]!, mustBeFound: bugs.includes(its) }))
  const wrong = results.filter(({ found, mustBeFound }) => (found !== null) !== mustBeFound)
  const rows = results.map(({ name, flag = '', rule = '', breaks, foundIn, found, states }) => [
    ...[name, flag, rule, breaks, foundIn, found ? `${found.what}, after ${found.path.length} steps` : 'nothing'],
    states,
  ])
  if (values.json) console.log(JSON.stringify(results, null, 2))
  else
    console.log(
      `${table(['bug', 'switch', 'rule', 'what it breaks', 'searched', 'found', 'worlds'], rows)}\n` +
        `${bugs.length} bugs and ${harmless.length} harmless, ${wrong.length} judged wrongly`,
    )
  return wrong.length > 0 ? 1 : 0
}

process.exitCode = values.bugs ? await hunt() : search()
