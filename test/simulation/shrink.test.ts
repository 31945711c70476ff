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

test('many runs tell of the first that fails: its seed, its schedule and its messages', { timeout: 300_000 }, () => {
  const runs = (...words: string[]) =>
    spawnSync(process.execPath, ['test/simulation/main.ts', ...words], {
      encoding: 'utf8',
      // Those who run a part of it are to have the bug as well.
      env: {
        ...process.env,
        NEVERSTOP_BUG: 'steps-run-ahead',
        NODE_OPTIONS: '--import ./test/simulation/plant.ts',
      },
    })
  const { stdout, status } = runs('--schedules', '4', '--seed', '1', '--orders', '1', '--trips', '0')
  expect(status).toBe(1)
  const [, replay] =
    /^npm run simulate -- (--orders 1 --trips 0 --seed \d+ --actors [\d,]* --strokes .*)$/m.exec(stdout) ?? []
  expect(replay, stdout).toBeDefined()
  expect(stdout).toMatch(/ fulfil-order:ord_\w+ #1 running forward /)
  expect(stdout).toMatch(/seed \d+ still fails with \d+ faults and \d+ actors/)
  const again = runs(...replay!.split(' '))
  expect(again.status, again.stdout).toBe(1)
})
