import { describe, expect, test } from 'vitest'
import { block, lines } from '../../../../cli/load/display.ts'

const terminal = (columns = 20) => {
  const written: string[] = []
  return { written, display: block({ write: (text) => void written.push(text), columns }) }
}

describe('a block on a terminal', () => {
  test('overwrites what it showed before', () => {
    const { written, display } = terminal()
    display.show(['one', 'two'])
    display.show(['three'])
    display.show(['four'])
    expect(written).toEqual(['one\ntwo\n', '\u001b[2A\u001b[Jthree\n', '\u001b[1A\u001b[Jfour\n'])
  })

  test('leaves standing what is kept', () => {
    const { written, display } = terminal()
    display.show(['one'])
    display.keep()
    display.show(['two'])
    expect(written).toEqual(['one\n', 'two\n'])
  })

  test('cuts a line that the terminal would wrap', () => {
    const { written, display } = terminal(10)
    display.show(['0123456789'])
    expect(written[0]).toBe('01234567…\n')
  })
})

describe('lines where nothing can be overwritten', () => {
  test('come only every so often', () => {
    const noted: string[] = []
    let now = 0
    const display = lines(
      (line) => void noted.push(line),
      5_000,
      () => now,
    )
    display.show(['one', 'two'])
    now = 4_999
    display.show(['three'])
    now = 5_000
    display.show(['four'])
    display.keep()
    display.show(['five'])
    expect(noted).toEqual(['one · two', 'four', 'five'])
  })
})
