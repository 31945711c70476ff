import { describe, expect, test } from 'vitest'
import { bugs, flags, harmless } from './bugs.ts'
import { quick } from './configurations.ts'
import { huntFor } from './hunting.ts'
import { explore } from './search.ts'
import { exitCode, told } from './told.ts'

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
  test.each(bugs.map(({ name, breaks }) => [name, breaks] as const))('%s (%s)', async (name) => {
    const found = await huntFor(bugs.find((bug) => bug.name === name)!)
    expect(found).toMatchObject({ found: { what: expect.any(String) } })
  })

  test.each(harmless.map(({ name, breaks }) => [name, breaks] as const))('nothing in %s (%s)', async (name) => {
    const searched = await huntFor(harmless.find((change) => change.name === name)!)
    expect(searched).toMatchObject({ found: null })
    expect(searched.states).toBeGreaterThan(1_000)
  })

  test('a bug for each of the eleven rules', () => {
    const rules = bugs.flatMap(({ rule }) => (rule ? [rule] : []))
    expect(rules.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('a bug for each switch that breaks the model, and none twice', () => {
    expect(bugs.flatMap(({ flag }) => (flag ? [flag] : [])).sort()).toEqual([...flags].sort())
    const names = [...bugs, ...harmless].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('what is said of a search', () => {
  const whole = explore(quick.find(({ name }) => name === 'one of two')!, 1_000_000)
  const cut = explore(quick.find(({ name }) => name === 'one of two')!, 60)

  test('that came to its end: none unsafe, none dead', () => {
    expect(told([whole])).toBe(`${whole.states} worlds, none unsafe, none dead.`)
    expect(exitCode([whole])).toBe(0)
  })

  test('that was cut: that dead worlds were not looked for there, and the exit code is none of success', () => {
    expect(cut.exhausted).toBe(false)
    expect(told([whole, cut])).toBe(
      `${whole.states + cut.states} worlds, none unsafe, none dead in those that were searched to the end. 1 not searched to the end, dead not looked for there: one of two.`,
    )
    expect(exitCode([whole, cut])).toBe(2)
  })

  test('that found something: how much', () => {
    const found = { ...cut, unsafe: [{ what: 'lost', path: [] }] }
    expect(told([found])).toBe(`${cut.states} worlds, 1 unsafe or dead.`)
    expect(exitCode([found, cut])).toBe(1)
  })
})
