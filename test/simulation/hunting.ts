import { spawnSync } from 'node:child_process'

export type Found = { readonly seed: number; readonly violation: string }

/** Plants a bug in a process of its own and runs seeds there until one finds a violation; `undefined` when none does. */
export const huntFor = (bug: string, most: number): Found | undefined => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './test/simulation/plant.ts', 'test/simulation/hunt.ts', String(most)],
    { encoding: 'utf8', env: { ...process.env, NEVERSTOP_BUG: bug } },
  )
  if (stdout === '') throw new Error(`The hunt for ${bug} ended without a word: ${stderr}`)
  return (JSON.parse(stdout) as Found | null) ?? undefined
}
