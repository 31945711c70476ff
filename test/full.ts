import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { toldTo } from '../cli/tool.ts'
import { labs } from '../labs/index.ts'
import { refusalOf } from '../local/nearest.ts'
import { checkout } from '../local/settings.ts'

/**
 * `npm run test:full`: what `npm test` has no time for; it takes hours. Every alarm made to fire, a storm with its
 * processes killed, the long simulation and every planted bug, every world of the exploration, every lab in full, and the
 * integration level on LocalStack. One after the other, since each wants the machine for itself; what fails does not stop
 * the rest. `--only alarms --only storm` runs some, `--list` names them. Exit code 1 when any failed.
 */
const port = '4586'
const state = join(checkout, '.neverstop', 'full')
const node = process.execPath
const cli = join(checkout, 'cli', 'main.ts')
/** A command on a cloud of its own, which begins with nothing. */
const onItsOwnCloud = (...words: readonly string[]): readonly (readonly string[])[] => [
  [node, cli, 'down', '--purge'],
  [node, cli, 'up'],
  [node, cli, 'seed'],
  [node, cli, ...words],
  [node, cli, 'down', '--purge'],
]

type Part = { readonly name: string; readonly commands: readonly (readonly string[])[] }

const parts: readonly Part[] = [
  { name: 'levels', commands: [[node, 'test/main.ts']] },
  { name: 'alarms', commands: onItsOwnCloud('gameday', '--except', 'objective-burn', '--scale', '20') },
  // Their longest windows are days: they are over sooner where minutes pass in half a second, which no drill could follow.
  {
    name: 'objectives',
    commands: onItsOwnCloud('gameday', '--only', 'objective-burn', '--scale', '120', '--patience', '0'),
  },
  {
    name: 'one-cause',
    commands: onItsOwnCloud('gameday', '--only', 'breaker-open', '--one-each', '--scale', '60'),
  },
  { name: 'storm', commands: onItsOwnCloud('storm', '--orders', '2000', '--kill', '5') },
  { name: 'simulation', commands: [[node, 'test/simulation/main.ts', '--sagas', '100000']] },
  { name: 'definitions', commands: [[node, 'test/simulation/main.ts', '--definitions', '500000']] },
  { name: 'bugs', commands: [[node, 'test/simulation/main.ts', '--bugs']] },
  {
    name: 'cells',
    commands: [
      [node, 'test/simulation/main.ts', '--matrix'],
      [node, 'test/simulation/main.ts', '--steps'],
      [node, 'test/simulation/main.ts', '--verbs'],
    ],
  },
  { name: 'labs', commands: labs.map(({ name }) => [node, cli, 'lab', name]) },
  // The largest of its searches keeps tens of millions of worlds.
  {
    name: 'exploration',
    commands: [
      [node, '--max-old-space-size=12000', 'test/exploration/main.ts'],
      [node, 'test/exploration/main.ts', '--bugs'],
    ],
  },
  { name: 'localstack', commands: [[node, 'test/main.ts', '--cloud', 'localstack']] },
]

const { values } = toldTo({
  usage: `npm run test:full -- …   what npm test has no time for; it takes hours
  --only alarms            some of it; may be said several times
  --list                   the names of its parts
Exit code 1 when any failed.`,
  options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' } },
})
const names = parts.map(({ name }) => name)
const wrong = values.only?.find((name) => !names.includes(name))
if (wrong !== undefined) {
  console.error(refusalOf('part', wrong, names))
  process.exit(2)
}
if (values.list) {
  console.log(names.join('\n'))
  process.exit(0)
}

/** A part has passed when each of its commands has; what follows one that failed is cleaning up, and is run all the same. */
const passes = ({ name, commands }: Part): boolean => {
  const failed = commands.filter((command) => {
    console.log(
      `\n── ${name}: ${command
        .map((word) => word.replace(`${checkout}/`, ''))
        .slice(1)
        .join(' ')}`,
    )
    const { status } = spawnSync(command[0]!, command.slice(1), {
      cwd: checkout,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(command[1] === cli ? { env: { ...process.env, NEVERSTOP_PORT: port, NEVERSTOP_STATE: state } } : {}),
    })
    return status !== 0
  })
  return failed.length === 0
}

const lines: string[] = []
for (const part of parts.filter(({ name }) => values.only === undefined || values.only.includes(name))) {
  const began = performance.now()
  const passed = passes(part)
  lines.push(`${passed ? 'passed' : 'FAILED'}  ${part.name}, ${((performance.now() - began) / 60_000).toFixed(1)} min`)
  if (!passed) process.exitCode = 1
}
console.log(`\n${lines.join('\n')}`)
