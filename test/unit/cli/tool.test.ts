import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { wordsOf } from '../../../cli/tool.ts'

const tool = {
  usage: 'npm run dig -- --deep',
  options: {
    deep: { type: 'boolean' },
    spade: { type: 'string' },
    place: { type: 'string', multiple: true },
    holes: { type: 'number', least: 1 },
    marks: { type: 'numbers' },
  },
} as const
const layers = { ...tool, words: { what: 'layer', valid: ['clay', 'sand'] } }

describe('the words of a tool', () => {
  test('are of the kinds that it names', () => {
    const args = ['--deep', '--spade', 'iron', '--place', 'a', '--place', 'b', '--holes', '3', '--marks', '0,2']
    expect(wordsOf(tool, args)).toEqual({
      values: { deep: true, spade: 'iron', place: ['a', 'b'], holes: 3, marks: [0, 2] },
      words: [],
      help: false,
    })
  })

  test('may be left out', () => {
    expect(wordsOf(tool, []).values).toEqual({ deep: false })
  })

  test('may name no number where several are taken', () => {
    expect(wordsOf(tool, ['--marks', '']).values).toEqual({ deep: false, marks: [] })
  })

  test('may be plain where it takes plain ones', () => {
    expect(wordsOf(layers, ['sand', 'clay']).words).toEqual(['sand', 'clay'])
  })

  test.each(['--help', '-h'])('may ask for help by %s', (word) => {
    expect(wordsOf(tool, [word]).help).toBe(true)
  })

  test.each([
    [['--sapde', 'x'], "'--sapde' is not an option; did you mean '--spade'? Valid: --deep, --spade"],
    [['--constructor'], "'--constructor' is not an option. Valid: --deep"],
    [['-d'], "'-d' is not an option"],
    [['deep'], "'deep' is not an option; did you mean '--deep'?"],
    [['--holes', 'x'], "--holes takes a whole number from 1 on, not 'x'"],
    [['--holes', ''], "--holes takes a whole number from 1 on, not ''"],
    [['--holes', '0'], "--holes takes a whole number from 1 on, not '0'"],
    [['--holes', '1.5'], "--holes takes a whole number from 1 on, not '1.5'"],
    [['--holes=1e3'], "--holes takes a whole number from 1 on, not '1e3'"],
    [['--holes=99999999999999999999'], '--holes takes a whole number from 1 on'],
    [['--marks', '1,x'], "--marks takes a whole number from 0 on, not 'x'"],
    [['--spade'], "Option '--spade <value>' argument missing"],
    [['--deep=yes'], "Option '--deep' does not take an argument"],
  ])('are refused when they are %j', (args, message) => {
    expect(() => wordsOf(tool, args)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    )
  })

  test('are refused with the nearest plain one', () => {
    expect(() => wordsOf(layers, ['snad'])).toThrow("'snad' is not a layer; did you mean 'sand'? Valid: clay, sand")
  })
})

describe.each(['test/simulation/main.ts', 'test/exploration/main.ts', 'parity/main.ts', 'bench/main.ts'])(
  '%s',
  (program) => {
    const run = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' })

    test('shows how it is used', () => {
      const { status, stdout, stderr } = run('--help')
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^npm run \w+/)
    })

    test('refuses what it does not know', () => {
      const { status, stdout, stderr } = run('--hepl')
      expect(stderr).toMatch(/^error: '--hepl' is not an option; did you mean '--help'\?[^\n]*\n$/)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    })
  },
)

test.each([
  [['--sagas', 'abc'], "--sagas takes a whole number from 1 on, not 'abc'"],
  [['--seed', 'x'], "--seed takes a whole number from 0 on, not 'x'"],
  [['--seed', '1', '--actors', 'x'], "--actors takes a whole number from 0 on, not 'x'"],
  [['--orders', '0', '--trips', '0'], 'no orders and no trips'],
])('the simulation plays nothing when it is told %j', (words, message) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/simulation/main.ts', ...words], {
    encoding: 'utf8',
  })
  expect(stderr).toContain(message)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})
