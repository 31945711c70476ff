import { cpus } from 'node:os'
import { expect, test } from 'vitest'
import { processorTimes, usedBetween } from '../../../../cli/cost/processors.ts'

test('the share of processors in use is what they did of all that they could', () => {
  expect(usedBetween({ used: 100, idle: 100 }, { used: 130, idle: 170 })).toBeCloseTo(0.3)
  expect(usedBetween({ used: 100, idle: 100 }, { used: 100, idle: 100 })).toBe(0)
})

test('whoever counts for a while has used some', () => {
  const before = processorTimes()
  const end = performance.now() + 200
  while (performance.now() < end);
  const share = usedBetween(before, processorTimes())
  // One of them was busy all the time, give or take a tick of the clock.
  expect(share).toBeGreaterThan(0.5 / cpus().length)
  expect(share).toBeLessThanOrEqual(1)
})
