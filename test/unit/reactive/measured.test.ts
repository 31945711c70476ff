import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { metricNames, termsOfMetric } from '../../../reactive/metrics.ts'

/** A module and everything of ours that it imports to run, directly or by a detour. */
const reachable = (from: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(from)) return seen
  seen.add(from)
  const text = readFileSync(from, 'utf8')
  for (const [, path] of text.matchAll(/^(?:import|export) (?!type )[^']*from '(\.[^']+)'/gm))
    reachable(join(dirname(from), path!), seen)
  return seen
}

const handlers = globSync('{functions/*,sagas/engine,sagas/operators}/*.handler.ts')
const deployed = new Set(handlers.flatMap((handler) => [...reachable(handler)]))
const measures = new Map(
  [...deployed].map((path) => [
    path,
    [...readFileSync(path, 'utf8').matchAll(/measure\(\s*'(\w+)'/g)].map(([, name]) => name!),
  ]),
)

test.each(metricNames)('%s is measured where the catalogue says, in code that a handler runs', (name) => {
  const { emittedBy } = termsOfMetric(name)
  expect(existsSync(emittedBy), `${emittedBy} does not exist`).toBe(true)
  const by = [...measures].filter(([, names]) => names.includes(name)).map(([path]) => path)
  expect(by, `nothing that a handler runs measures ${name}`).not.toEqual([])
  expect(by).toContain(emittedBy)
})
