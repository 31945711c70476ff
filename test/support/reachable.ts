import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A module and everything of ours that it imports to run, directly or by a detour. Paths are relative to the checkout.
 *
 * @example
 * reachable('sagas/engine/sweeper.handler.ts').has('sagas/engine/census.ts') // true
 */
export const reachable = (from: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(from)) return seen
  seen.add(from)
  const text = readFileSync(from, 'utf8')
  for (const [, path] of text.matchAll(/^(?:import|export) (?!type )[^']*from '(\.[^']+)'/gm))
    reachable(join(dirname(from), path!), seen)
  return seen
}

/** The names of the metrics that the text of a module measures. */
export const measuredIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/measure\(\s*'(\w+)'/g)].map(([, name]) => name!)
