import { expect, test } from 'vitest'
import { parkEach, waysToPark } from './parked.ts'

test('whatever is parked and redriven, the end is that of the clean run', { timeout: 120_000 }, async () => {
  let tried = 0
  const wrong: string[] = []
  for (const way of waysToPark()) {
    const parked = await parkEach(way)
    tried += parked.tried
    wrong.push(...parked.wrong)
  }
  expect(wrong).toEqual([])
  expect(tried).toBeGreaterThan(300)
})
