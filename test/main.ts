import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refusalOf } from '../local/nearest.ts'
import { check } from './check.ts'

/**
 * Every test level that exists, the quick ones first: `npm test`, or `npm test -- unit infra` for some of them.
 * Closes with `N passed, N failed`; exit code 1 when anything failed or a level that was asked for ran nothing.
 */
const known = ['check', 'unit', 'simulation', 'infra', 'integration'] as const
type Level = (typeof known)[number]

const isLevel = (word: string): word is Level => (known as readonly string[]).includes(word)
const asked = process.argv.slice(2)
for (const word of asked.filter((it) => !isLevel(it))) {
  console.error(refusalOf('test level', word, known))
  process.exit(2)
}
const levels = asked.length > 0 ? known.filter((level) => asked.includes(level)) : known

const run = (level: Exclude<Level, 'check'>): { passed: number; failed: number } => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-test-'))
  const report = join(folder, 'report.json')
  const { status } = spawnSync(
    'node_modules/.bin/vitest',
    ['run', '--project', level, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const counted =
    readdirSync(folder).length > 0 ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 }
  rmSync(folder, { recursive: true })
  const passed = counted.numPassedTests as number
  const failed = counted.numFailedTests as number
  // A level that broke before its first test, or had none, has failed too.
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed }
}

let passed = 0
let failed = 0
for (const level of levels) {
  const started = performance.now()
  console.log(`\n── ${level}`)
  const counts = level === 'check' ? check() : run(level)
  passed += counts.passed
  failed += counts.failed
  console.log(
    `── ${level}: ${counts.passed} passed, ${counts.failed} failed in ${((performance.now() - started) / 1_000).toFixed(0)} s`,
  )
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
