import { existsSync, globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricNames, termsOfMetric } from '../../../reactive/metrics.ts'
import { measuredIn, reachable } from '../../support/reachable.ts'

const handlers = globSync('{functions/*,sagas/engine,sagas/operators}/*.handler.ts')
const deployed = new Set(handlers.flatMap((handler) => [...reachable(handler)]))
const measures = new Map([...deployed].map((path) => [path, measuredIn(path)]))

test.each(metricNames)('%s is measured where the catalogue says, in code that a handler runs', (name) => {
  const { emittedBy } = termsOfMetric(name)
  expect(existsSync(emittedBy), `${emittedBy} does not exist`).toBe(true)
  const by = [...measures].filter(([, names]) => names.includes(name)).map(([path]) => path)
  expect(by, `nothing that a handler runs measures ${name}`).not.toEqual([])
  expect(by).toContain(emittedBy)
})
