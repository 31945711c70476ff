import { expect, test } from 'vitest'
import { shareOf } from '../../../bench/processor-share.ts'

test.each([
  [1_769, 1],
  [3_538, 1],
  [442.25, 0.25],
])('%d MB have %d of a processor', (memory, share) => {
  expect(shareOf(memory)).toBe(share)
})
