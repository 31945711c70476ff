import { expect, test } from 'vitest'
import { definitions as platform } from '../../sagas/index.ts'
import { unplayed } from './beginnings.ts'
import { cells, failures, wordOf } from './cells.ts'
import { theatre } from './theatre.ts'
import { statesSeen, verbRows, words } from './verbs.ts'
import { manners, wordRows } from './words.ts'

const { definitions } = theatre().stage

test('every step of every saga survives every failure, on the way forward and back', { timeout: 900_000 }, async () => {
  const rows = await cells(definitions)
  const table = rows.map(({ saga, step, direction, cells: its }) => [saga, step, direction, ...its.map(wordOf)])
  expect(table.flat().filter((word) => word.startsWith('✗'))).toEqual([])
  // A cell without a verdict would be a failure that nobody tried.
  for (const { cells: its } of rows) expect(its.length).toBe(failures.length)
  expect(rows.flatMap(({ cells: its }) => its).filter((cell) => 'outcome' in cell).length).toBeGreaterThan(200)
})

test('every signal of every saga may be given in every manner, or not at all', { timeout: 300_000 }, async () => {
  const rows = await wordRows(definitions)
  const table = rows.map(({ saga, step, cells: its }) => [saga, step, ...its.map(wordOf)])
  expect(table.flat().filter((word) => word.startsWith('✗'))).toEqual([])
  expect(rows.length).toBeGreaterThanOrEqual(7)
  for (const { cells: its } of rows) expect(its.length).toBe(manners.length)
})

test('every definition has a beginning here, and every signal somebody who gives it', () => {
  expect(unplayed(definitions)).toEqual([])
  for (const definition of platform) expect(definitions).toContain(definition)
  const stranger = { ...platform[0]!, name: 'stranger' }
  expect(unplayed([stranger])).toEqual(['stranger has no beginning', 'nobody knows what to say to stranger/approval'])
})

test('every word of an operator has an answer in every state, and breaks nothing', { timeout: 300_000 }, async () => {
  const seen = await statesSeen(60)
  // Each version of each definition, on its way forward and back.
  const ways = new Set(seen.map(({ sagaId, version, mode }) => `${sagaId.split(':')[0]} v${version} ${mode}`))
  for (const { name, version } of platform)
    for (const mode of ['forward', 'compensating']) expect(ways).toContain(`${name} v${version} ${mode}`)
  const rows = verbRows(definitions, seen)
  expect(rows.flatMap(({ wrong }) => wrong)).toEqual([])
  expect(rows.length).toBeGreaterThan(30)
  for (const { state, verdicts } of rows) {
    expect(verdicts.length, state).toBe(words.length)
    expect(
      verdicts.filter((verdict) => verdict === ''),
      state,
    ).toEqual([])
  }
  // Each word is taken somewhere, and declined somewhere.
  words.forEach((word, column) => {
    const verdicts = rows.map(({ verdicts: its }) => its[column]!).join(' ')
    expect(verdicts, word.verb).toMatch(/applied/)
    expect(verdicts, word.verb).toMatch(/declined/)
  })
})
