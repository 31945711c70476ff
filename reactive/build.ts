import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

let known: string | undefined

/**
 * Which code this is: a hash of the file that runs, which for a function is its whole bundle. Read at the first failure
 * that wants to say it, so that it costs nothing before, and true also where code is exchanged under a running stage.
 */
export const build = (): string => {
  known ??= createHash('sha256')
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex')
    .slice(0, 12)
  return known
}
