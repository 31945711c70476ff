import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { committedResults, compare, fileNameOf, type Results, writeResults } from '../../../parity/results.ts'

const holds = { holds: true } as const
const differs = (seen = 'it is lost') => ({ holds: false, seen }) as const

describe('results held against those before', () => {
  test('are the same when nothing changed, in whatever words a difference is told', () => {
    const before = { 'a.one': holds, 'a.two': differs('it is lost') }

    expect(compare(before, { 'a.one': holds, 'a.two': differs('it comes twice') })).toEqual({
      worse: [],
      better: [],
      unrecorded: [],
    })
  })

  test('are worse when something that held does not', () => {
    expect(compare({ 'a.one': holds }, { 'a.one': differs() }).worse).toEqual(['a.one: held before, now it is lost'])
  })

  test('are better when something that did not hold does', () => {
    expect(compare({ 'a.one': differs() }, { 'a.one': holds }).better).toEqual(['a.one: holds now, before it is lost'])
  })

  test('are new where nothing is recorded', () => {
    expect(compare(undefined, { 'a.one': holds, 'a.two': differs() }).unrecorded).toEqual([
      'a.one: holds',
      'a.two: it is lost',
    ])
  })

  test('say nothing of what was not looked at', () => {
    expect(compare({ 'a.one': holds, 'a.two': holds }, { 'a.one': holds })).toEqual({
      worse: [],
      better: [],
      unrecorded: [],
    })
  })
})

describe('a file of results', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-parity-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    ['ministack', 'ministack 1.5.33', 'ministack-1.5.33.json'],
    ['localstack-host', 'LocalStack 2026.3.0 (open edition, host mode)', 'localstack-host-2026.3.0.json'],
    ['unknown', 'endpoint http://localhost:9000', 'unknown.json'],
  ] as const)('is named by kind and version: %s', (kind, description, name) => {
    expect(fileNameOf({ kind, description })).toBe(name)
  })

  test('is read back as it was written, and is text that a person can compare', async () => {
    const results: Results = { kind: 'ministack', description: 'ministack 1.0.0', outcomes: { 'a.one': differs() } }

    await writeResults(results, folder)

    expect(committedResults(folder)).toEqual([results])
    expect(readFileSync(join(folder, 'ministack-1.0.0.json'), 'utf8').split('\n').length).toBeGreaterThan(5)
  })
})
