import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isFirst, withFirst } from '../../sequence.ts'

const inOrder = (...files: string[]) =>
  withFirst(
    files,
    (file) => file.endsWith('!'),
    (file) => file[0]!,
  )

describe('the sequence of test files', () => {
  test('has first in its level what must be, and leaves the rest as it was', () => {
    expect(inOrder('a1', 'a2', 'a3!', 'a4')).toEqual(['a3!', 'a1', 'a2', 'a4'])
    expect(inOrder('a1', 'a2')).toEqual(['a1', 'a2'])
  })
  test('keeps levels apart: nothing overtakes the files of another one', () => {
    expect(inOrder('a1', 'a2', 'b1', 'b2!')).toEqual(['a1', 'a2', 'b2!', 'b1'])
  })
  test('knows the game day by its file, which is there', () => {
    const file = new URL('../../integration/gameday.test.ts', import.meta.url)
    expect(existsSync(file)).toBe(true)
    expect(isFirst(file.pathname)).toBe(true)
    expect(isFirst('/x/test/unit/cli/gameday.test.ts')).toBe(false)
  })
})
