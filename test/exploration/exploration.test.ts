import { describe, expect, test } from 'vitest'
import { hunted } from '../hunted.ts'
import { bugs } from './bugs.ts'
import { quick } from './configurations.ts'
import { explore } from './search.ts'

describe('every world that can be reached is safe, and leads to an end', { timeout: 300_000 }, () => {
  test.each(quick.map((configuration) => [configuration.name, configuration] as const))('%s', (_, configuration) => {
    const { exhausted, unsafe, dead, states, settled } = explore(configuration, 1_000_000)
    expect([...unsafe, ...dead]).toEqual([])
    expect(exhausted).toBe(true)
    expect(states).toBeGreaterThan(50)
    expect(settled).toBeGreaterThan(0)
  })
})

describe('the search is proved: it finds', { timeout: 300_000 }, () => {
  test.each(bugs.map(({ name, breaks, foundIn }) => [name, breaks, foundIn] as const))(
    '%s (%s)',
    async (name, _, foundIn) => {
      const found = await hunted('./test/exploration/plant.ts', 'test/exploration/hunt.ts', name, foundIn)
      expect(found).toMatchObject({ found: { what: expect.any(String) } })
    },
  )

  test('a bug for each of the eleven rules', () => {
    const rules = bugs.flatMap(({ rule }) => (rule ? [rule] : []))
    expect(rules.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(bugs.length - rules.length).toBeGreaterThanOrEqual(13)
  })
})
