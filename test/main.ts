import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { loadBackend } from '../local/backend.ts'
import { type BackendName, backendNames } from '../local/backend-names.ts'
import { refusalOf } from '../local/nearest.ts'
import { readSettings } from '../local/settings.ts'
import { check } from './check.ts'
import { type Counts, inTurn, levels as known, type Level, withoutItsCloud } from './levels.ts'
import { machineShared } from './sharing.ts'

/**
 * Every test level that exists, the quick ones first: `npm test`, or `npm test -- unit infra` for some of them.
 * `npm test -- --cloud localstack` runs the integration level on another cloud; no other level needs one. The simulation
 * runs beside the integration level where both are wanted, and what it says is printed when that is done.
 * Closes with `N passed, N failed, N skipped`; exit code 1 when anything failed or a level that was asked for ran
 * nothing. A test is skipped where the cloud lacks what it tests, and in a plain `npm test` the integration level where
 * the machine lacks the cloud; either is said and counted. Where the level or the cloud was named, it has failed.
 */

const isLevel = (word: string): word is Level => (known as readonly string[]).includes(word)
const isBackend = (word: string | undefined): word is BackendName => backendNames.some((name) => name === word)
const refuse = (...refusal: Parameters<typeof refusalOf>): never => {
  console.error(refusalOf(...refusal))
  process.exit(2)
}

const words = process.argv.slice(2)
const at = words.indexOf('--cloud')
const word = at < 0 ? undefined : (words.splice(at, 2)[1] ?? '')
if (at >= 0 && !isBackend(word)) refuse('backend of this checkout', word!, backendNames)
const cloud = (word ?? 'embedded') as BackendName
const ofCloud: readonly Level[] = cloud === 'embedded' ? known : ['integration']
for (const one of words) if (!isLevel(one) || !ofCloud.includes(one)) refuse(`test level on ${cloud}`, one, ofCloud)
const named = { levels: known.filter((level) => words.includes(level)), cloud: word }
const levels = named.levels.length > 0 ? named.levels : ofCloud

type Outcome = Counts & { readonly seconds: number; readonly said: string }

type Manner = {
  /** Leaves the machine to whoever else wants it, and keeps what it says for later. */
  readonly aside?: boolean
  /** The file by which it says that others may use the machine, too. */
  readonly shares?: string
}

const run = async (level: Exclude<Level, 'check'>, { aside = false, shares }: Manner = {}): Promise<Outcome> => {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-test-'))
  const report = join(folder, 'report.json')
  const child = spawn(
    'node_modules/.bin/vitest',
    ['run', '--project', level, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    {
      stdio: ['ignore', ...(aside ? (['pipe', 'pipe'] as const) : (['inherit', 'inherit'] as const))],
      env: {
        ...process.env,
        NEVERSTOP_TEST_CLOUD: cloud,
        ...(shares === undefined ? {} : { NEVERSTOP_TEST_SHARED: shares }),
      },
    },
  )
  if (aside && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const [said, status] = await Promise.all([
    Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''))),
    new Promise<number | null>((resolve) => child.once('error', () => resolve(null)).once('close', resolve)),
  ])
  const counted =
    readdirSync(folder).length > 0
      ? JSON.parse(readFileSync(report, 'utf8'))
      : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
  rmSync(folder, { recursive: true })
  const passed = counted.numPassedTests as number
  const failed = counted.numFailedTests as number
  const skipped = counted.numPendingTests as number
  // A level that broke before its first test, or had none, has failed too.
  return {
    passed,
    failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed,
    skipped,
    seconds: (performance.now() - started) / 1_000,
    said: said.join(''),
  }
}

/** Why the cloud that was asked for cannot be had here, in one line. */
const whyNot = async (): Promise<string | undefined> => {
  const backend = await loadBackend(cloud)
  // The variables of the tests are none of the command line's, which refuses what it does not know.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('NEVERSTOP_TEST_'))
  const failure = await backend.whyNot?.(readSettings({ cloud }, Object.fromEntries(others)))
  return failure && [failure.message, failure.remedy].filter(Boolean).join('; ')
}

/** What a level comes to that has its turn. */
const play = async (level: Level, shares: string): Promise<Counts> => {
  if (level === 'check') return { ...check(), skipped: 0 }
  const lacking = level === 'integration' ? await whyNot() : undefined
  if (lacking === undefined) return run(level, { shares })
  console.log(`not on this machine: ${lacking}`)
  return withoutItsCloud(named)
}

const total = { passed: 0, failed: 0, skipped: 0 }
const add = (level: Level, { passed, failed, skipped }: Counts, seconds: number) => {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  console.log(`── ${level}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(0)} s`)
}

const folder = mkdtempSync(join(tmpdir(), 'neverstop-levels-'))
for (const { level, beside } of inTurn(levels)) {
  const started = performance.now()
  console.log(`\n── ${level}${beside ? `, and ${beside} beside it` : ''}`)
  const shares = join(folder, 'shared')
  const played = play(level, shares)
  const aside = beside && machineShared(shares, played).then(() => run(beside, { aside: true }))
  add(level, await played, (performance.now() - started) / 1_000)
  if (!aside) continue
  const outcome = await aside
  console.log(`\n── ${beside}\n${outcome.said}`)
  add(beside, outcome, outcome.seconds)
}
rmSync(folder, { recursive: true })
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
