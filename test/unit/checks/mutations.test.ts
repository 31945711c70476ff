import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { scoresOf, tooLow } from '../../mutations.ts'

const mutants = (counts: Readonly<Record<string, number>>) => ({
  mutants: Object.entries(counts).flatMap(([status, count]) => Array.from({ length: count }, () => ({ status }))),
})
const files = {
  'good.ts': mutants({ Killed: 95, Survived: 5 }),
  'bad.ts': mutants({ Killed: 89, Survived: 7, NoCoverage: 4, Ignored: 50, CompileError: 3 }),
  'hangs.ts': mutants({ Killed: 8, Timeout: 1, Survived: 1 }),
  'empty.ts': mutants({ Ignored: 2 }),
}

const { mutate } = JSON.parse(readFileSync('stryker.config.json', 'utf8')) as { mutate: string[] }

describe('the scores of mutants', () => {
  test('are of each file, the worst first', () => {
    expect(scoresOf({ files })).toEqual([
      { file: 'bad.ts', killed: 89, lived: 11, score: 89 },
      { file: 'hangs.ts', killed: 9, lived: 1, score: 90 },
      { file: 'good.ts', killed: 95, lived: 5, score: 95 },
      { file: 'empty.ts', killed: 0, lived: 0, score: 100 },
    ])
  })

  test('are too low for a file below the floor, though all of them together are not', () => {
    const many = { ...files, 'large.ts': mutants({ Killed: 10_000 }) }
    expect(tooLow(scoresOf({ files: many }))).toEqual(['bad.ts: 89.0 % of its mutants were noticed, 11 lived'])
  })

  test('are asked for of everything in the engine that decides what is said and to whom', () => {
    for (const file of ['transition', 'advance', 'silence', 'acts', 'coordinator', 'outstanding', 'address', 'known'])
      expect(mutate.join()).toContain(file)
  })

  test('are asked for of what decides which definitions are sound', () => {
    expect(mutate.join()).toContain('definition')
  })
})
