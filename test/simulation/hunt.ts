import { isUnswept, run } from './run.ts'

/**
 * Runs seeds until one finds a violation, and prints it; the process that `simulation.test.ts` starts for each bug. What the
 * first do not find is most likely what a sweeper makes good for, so the seeds without one come next.
 */
const most = Number(process.argv[2] ?? 1_000)
// A process that dies with a planted bug must not take the hunt with it.
process.on('unhandledRejection', () => {})

let found: { readonly seed: number; readonly violation: string } | undefined
const first = 50
const seeds = Array.from({ length: most }, (_, index) => index + 1)
const [early, late] = [seeds.slice(0, first), seeds.slice(first)]
for (const seed of [...early, ...late.filter(isUnswept), ...late.filter((seed) => !isUnswept(seed))]) {
  if (found) break
  const { violations } = await run(seed)
  if (violations[0]) found = { seed, violation: violations[0] }
}
console.log(JSON.stringify(found ?? null))
