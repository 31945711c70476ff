import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What modules came out as, stripped and compiled: a hunt lasts less than loading the code that it is for. */
export const compileCache = fileURLToPath(new URL('../.neverstop/compile-cache', import.meta.url))

/**
 * Plants a bug in a process of its own, where `hunt` looks for it, and answers what that printed.
 *
 * @throws what went wrong instead, when it printed nothing.
 */
export const hunted = (plant: string, hunt: string, bug: string, ...words: readonly string[]): unknown => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', plant, hunt, ...words], {
    encoding: 'utf8',
    env: { ...process.env, NEVERSTOP_BUG: bug, NODE_COMPILE_CACHE: compileCache },
  })
  if (stdout === '') throw new Error(`The hunt for ${bug} ended without a word: ${stderr}`)
  return JSON.parse(stdout)
}
