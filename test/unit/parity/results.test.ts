import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkout } from '../../../local/settings.ts'
import { madeOf } from '../../../parity/made-of.ts'
import { committedResults, compare, fileNameOf, type Results, unagreed, writeResults } from '../../../parity/results.ts'

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

describe('a change for the worse', () => {
  const { worse } = compare({ 'a.one': holds, 'a.on': holds }, { 'a.one': differs(), 'a.on': differs() })

  test('is not recorded while nobody agrees to it', () => {
    expect(unagreed({ worse }, [])).toEqual(worse)
  })

  test('is recorded when its check is named, and only that one', () => {
    expect(unagreed({ worse }, ['a.one'])).toEqual(['a.on: held before, now it is lost'])
  })
})

describe('what a cloud is made of', () => {
  const root = mkdtempSync(join(tmpdir(), 'neverstop-made-'))
  const folder = join(root, 'local', 'embedded')
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  afterAll(() => rmSync(root, { recursive: true }))

  test('is another when a pinned package or a setting is', () => {
    write('requirements.txt', 'ministack==1.5.33')
    write('environment.ts', 'AUTH')
    const before = madeOf('ministack', root)
    write('README.md', 'words')
    expect(madeOf('ministack', root)).toBe(before)
    write('environment.ts', 'NO AUTH')
    const without = madeOf('ministack', root)
    write('requirements.txt', 'ministack==1.5.34')

    expect(new Set([before, without, madeOf('ministack', root)]).size).toBe(3)
  })

  test.each([
    'neverstop_localstack/worker.py',
    'neverstop_localstack/runtime.mjs',
    'neverstop_localstack-1.0.dist-info/entry_points.txt',
    'neverstop_localstack-1.0.dist-info/METADATA',
  ])('is another when %s of our plugin is', (name) => {
    const copy = join(root, 'copy')
    const from = join(checkout, 'local', 'localstack')
    cpSync(from, join(copy, 'local', 'localstack'), { recursive: true })
    expect(madeOf('localstack-host', copy)).toBe(madeOf('localstack-host'))

    appendFileSync(join(copy, 'local', 'localstack', 'plugin', name), '# other')

    expect(madeOf('localstack-host', copy)).not.toBe(madeOf('localstack-host'))
    rmSync(copy, { recursive: true })
  })

  test('counts our plugin for LocalStack', () => {
    expect(madeOf('localstack-host')).toMatch(/^[0-9a-f]{12}$/)
  })

  test('is not known of a cloud that somebody else makes', () => {
    expect(madeOf('localstack-licensed')).toBeUndefined()
  })
})

describe('a file of results', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-parity-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    ['ministack', 'ministack 1.5.33', 'ministack-1.5.33.json'],
    ['localstack-host', 'LocalStack 2026.3.0 (open edition, host mode)', 'localstack-host-2026.3.0.json'],
    ['unknown', 'endpoint http://localhost:9000', 'unknown.json'],
    ['unknown', 'endpoint http://127.0.0.1:4566', 'unknown.json'],
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
