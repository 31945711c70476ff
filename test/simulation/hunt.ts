import { run } from './run.ts'

/** Runs seeds until one finds a violation, and prints it; the process that `planted.test.ts` starts for each bug. */
const most = Number(process.argv[2] ?? 1_000)
// A process that dies with a planted bug must not take the hunt with it.
process.on('unhandledRejection', () => {})

let found: { readonly seed: number; readonly violation: string } | undefined
for (let seed = 1; seed <= most && !found; seed += 1) {
  const { violations } = await run(seed)
  if (violations[0]) found = { seed, violation: violations[0] }
}
console.log(JSON.stringify(found ?? null))
