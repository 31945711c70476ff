import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { run } from './run.ts'
import { shrink } from './shrink.ts'

test.each(['surplus-kept', 'no-resend-when-known', 'undo-blind-to-intent'])(
  'of a schedule that finds %s only what it needs is left, and that fails again to the letter',
  { timeout: 300_000 },
  (bug) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', './test/simulation/plant.ts', 'test/simulation/shrunk.ts'],
      { encoding: 'utf8', env: { ...process.env, NEVERSTOP_BUG: bug } },
    )
    expect(stdout, stderr).not.toBe('')
    const { violation, violations, before, after, same, superfluous } = JSON.parse(stdout)
    expect(violations[0]).toBe(violation)
    expect(same).toBe(true)
    expect(superfluous).toEqual([])
    expect(after).toBeLessThan(before / 2)
  },
)

test('of a schedule that finds nothing there is nothing to shrink', async () => {
  const size = { orders: 1, trips: 0 }
  expect((await run(1, size)).violations).toEqual([])
  expect(await shrink(1, size)).toBeUndefined()
})
