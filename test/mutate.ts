import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { table } from '../cli/table.ts'
import { checkout } from '../local/settings.ts'
import { floor, type Report, scoresOf, tooLow } from './mutations.ts'

/**
 * `npm run mutate`: changes the saga engine line by line (Stryker) and says which of its tests notice, file by file. What
 * follows goes to Stryker: `npm run mutate -- --mutate sagas/engine/known.ts`. Exit code 1 when a file is below the floor
 * of 90 %, however good the others are; 2 when Stryker came to no report.
 */
const report = join(checkout, '.neverstop', 'mutation.json')
rmSync(report, { force: true })
const stryker = join(checkout, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
spawnSync(process.execPath, [stryker, 'run', ...process.argv.slice(2)], { cwd: checkout, stdio: 'inherit' })
if (!existsSync(report)) {
  console.error(`Stryker has left no report in ${report}; what it says above is why.`)
  process.exit(2)
}
const scores = scoresOf(JSON.parse(readFileSync(report, 'utf8')) as Report)
const rows = scores.map(({ file, killed, lived, score }) => [file, killed, lived, score.toFixed(1)])
console.log(table(['file', 'noticed', 'lived', '%'], rows))
const low = tooLow(scores)
for (const line of low) console.error(line)
if (low.length > 0) console.error(`Each file must have ${floor} %.`)
process.exitCode = low.length > 0 ? 1 : 0
