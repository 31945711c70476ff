import { expect, test } from 'vitest'
import { cells, failures, played, wordOf } from './cells.ts'
import { theatre } from './theatre.ts'
import { statesSeen, verbRows, words } from './verbs.ts'

const { definitions } = theatre().stage

test('every step of every saga survives every failure, on the way forward and back', { timeout: 900_000 }, async () => {
  const rows = await cells(definitions)
  const table = rows.map(({ saga, step, direction, cells: its }) => [saga, step, direction, ...its.map(wordOf)])
  expect(table.flat().filter((word) => word.startsWith('✗'))).toEqual([])
  // A cell without a verdict would be a failure that nobody tried.
  for (const { cells: its } of rows) expect(its.length).toBe(failures.length)
  expect(rows.flatMap(({ cells: its }) => its).filter((cell) => 'outcome' in cell).length).toBeGreaterThan(200)
})

test('every saga is played', () => {
  const names = new Set(played(definitions).map(({ name }) => name))
  const left = new Set(definitions.map(({ name }) => name).filter((name) => !names.has(name)))
  // A return waits for people at two of its steps, and is played in the integration tests.
  expect([...left].filter((name) => name !== 'return-order')).toEqual([])
})

test('every word of an operator has an answer in every state, and breaks nothing', { timeout: 300_000 }, async () => {
  const rows = verbRows(definitions, await statesSeen(60))
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
