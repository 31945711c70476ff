import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** What is checked before any test runs: types, lint, the house rules, released shapes, unused code. */
const rooms = [
  'events',
  'reactive',
  'sagas',
  'functions',
  'infra',
  'cli',
  'local',
  'labs',
  'bench',
  'parity',
  'test',
].filter((room) => existsSync(room))

/** A cruise over nothing passes; fewer modules than this means that the tool could not read the sources. */
const fewestModules = 100

type Check = {
  readonly name: string
  readonly command: readonly string[]
  readonly proves?: (output: string) => string | undefined
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'rules',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', ...rooms],
    proves: (output) => {
      const modules = Number(/([\d,]+) modules/.exec(output)?.[1]?.replace(',', '') ?? 0)
      return modules >= fewestModules
        ? undefined
        : `only ${modules} modules were read, at least ${fewestModules} expected`
    },
  },
  { name: 'released', command: ['node', 'test/released.ts'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
]

/** Runs every check and prints what each found. Answers how many passed and failed. */
export const check = (): { passed: number; failed: number } => {
  let failed = 0
  for (const { name, command, proves } of checks) {
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command[0]}`, command.slice(1), {
      encoding: 'utf8',
    })
    const problem = status === 0 ? proves?.(stdout) : 'failed'
    const took = ((performance.now() - started) / 1_000).toFixed(1)
    console.log(`${problem ? '✗' : '✓'} ${name} (${took} s)${problem && problem !== 'failed' ? `: ${problem}` : ''}`)
    if (problem) {
      failed += 1
      console.log(`${stdout}${stderr}`.trim())
    }
  }
  return { passed: checks.length - failed, failed }
}

if (import.meta.main) process.exitCode = check().failed > 0 ? 1 : 0
