import { expect, test } from 'vitest'
import { isOutdated } from '../../../reactive/worth.ts'

const time = '2026-11-21T14:00:00.000Z'
const said = Date.parse(time)

test.each([
  ['within its worth', 1_000, 1_000, false],
  ['a moment later', 1_000, 1_001, true],
  ['of a contract without one, after a year', undefined, 31_536_000_000, false],
  ['from a clock that is ahead', 1_000, -5_000, false],
])('a message %s', (_, worth, age, outdated) => expect(isOutdated({ worth }, { time }, said + age)).toBe(outdated))

test('a message whose time cannot be read is not set aside', () => {
  expect(isOutdated({ worth: 1_000 }, { time: 'yesterday' }, said)).toBe(false)
})
