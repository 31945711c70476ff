import { expect, test } from 'vitest'
import { matrix, otherWays, pairs, play, scenarios, singleFaults } from './matrix.ts'

test.each(scenarios().map((scenario) => [scenario.name, scenario] as const))(
  '%s: the clean way ends as it must',
  async (_, scenario) => {
    expect((await play(scenario)).violations).toEqual([])
  },
)

test('one fault, of any kind and anywhere, changes nothing', { timeout: 600_000 }, async () => {
  const { rows, tried, broken } = await matrix()
  expect(broken).toEqual([])
  expect(tried).toBeGreaterThan(1_000)
  // No kind of fault without a verdict on some way of an order.
  const verdicts = singleFaults.filter((_, column) => rows.some((cells) => cells[column + 1]!.endsWith('✓')))
  expect(verdicts).toEqual(singleFaults)
})

test.each(scenarios().map((scenario) => [scenario.name, scenario] as const))(
  '%s: two faults change nothing either',
  { timeout: 600_000 },
  async (_, scenario) => {
    const { tried, broken } = await pairs(scenario, 101)
    expect(broken).toEqual([])
    expect(tried).toBeGreaterThan(100)
  },
)

test('nor does one fault change the ways of other sagas, or of an order that waits for its approval', async () => {
  const ways = otherWays()
  for (const saga of ['fulfil-order', 'refund-order', 'return-order'])
    expect(ways.map(({ name }) => name)).toContain(`${saga}: clean`)
  const { rows, tried, broken } = await matrix(ways, 97)
  expect(broken).toEqual([])
  expect(rows.length).toBe(ways.length)
  expect(tried).toBeGreaterThan(ways.length * 12)
})
