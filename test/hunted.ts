import { spawn } from 'node:child_process'
import { compileCache } from '../local/compile-cache.ts'

/** Nearly all that a simulation allocates is of no use a moment later: with room enough, little of it is ever looked at. */
export const roomy = ['--min-semi-space-size=64', '--max-semi-space-size=64']

/**
 * Plants a bug in a process of its own, where `hunt` looks for it, and answers what that printed. Several may hunt at once.
 *
 * @throws what went wrong instead, when it printed nothing.
 */
export const hunted = (plant: string, hunt: string, bug: string, ...words: readonly string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...roomy, '--import', plant, hunt, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NEVERSTOP_BUG: bug, NODE_COMPILE_CACHE: compileCache },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', () => {
      if (stdout === '') reject(new Error(`The hunt for ${bug} ended without a word: ${stderr}`))
      else resolve(JSON.parse(stdout))
    })
  })
