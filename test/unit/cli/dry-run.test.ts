import { describe, expect, test } from 'vitest'
import { describeCheck, describeDiscard, describeEdit, describeGroupCheck } from '../../../cli/failures.ts'
import type { ConsumerWord, FailedCheck } from '../../../events/http/recovery.ts'

const id = 'f_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const checked = (says: ConsumerWord['says'], because: string): FailedCheck => ({
  id,
  passes: says !== 'refuses',
  because: says === 'refuses' ? [because] : [],
  consumer: { says, because },
})

describe('a dry run reads', () => {
  test.each([
    ['passes', 'the units would be held', `${id} would be taken: the units would be held`],
    [
      'repeats',
      'it would be answered StockReserved from its record',
      `${id} would be repeated, for it is done already: it would be answered StockReserved from its record`,
    ],
    ['refuses', 'out-of-stock', `${id} would be refused: out-of-stock`],
    ['not-asked', 'nobody can tell', `${id} fits its contract; its consumer was not asked: nobody can tell`],
  ] as const)('of a message whose consumer %s', (says, because, text) => {
    expect(describeCheck(checked(says, because))).toBe(text)
  })

  test('why it would not even be sent, before anything else', () => {
    const check = { ...checked('not-asked', 'it would not be sent'), passes: false, because: ['contract-violation: x'] }
    expect(describeCheck(check)).toBe(`${id} would be refused: contract-violation: x`)
  })

  test('of a group: how many, which of them are done already, who was not asked, and each refusal', () => {
    const text = describeGroupCheck({
      fingerprint: 'aaaaaaaaaaaa',
      checked: 6,
      passing: 5,
      repeating: 2,
      unasked: 1,
      refused: [checked('refuses', 'expired')],
    })
    expect(text.split('\n')).toEqual([
      '5 of 6 would be taken',
      '  2 of them are done already and would be answered from their record',
      '  1 of them fit their contract; their consumer was not asked',
      `  ${id} would be refused: expired`,
    ])
  })

  test('of an edit: the difference, then what would come of the message as it would be', () => {
    const edit = { id, dryRun: true, difference: [{ path: '/data/x', before: 1, after: 2 }] }
    expect(describeEdit({ ...edit, check: checked('refuses', 'out-of-stock') }).split('\n')).toEqual([
      `${id} would be changed:`,
      '  /data/x: 1 → 2',
      `put back so, ${id} would be refused: out-of-stock`,
    ])
    expect(describeEdit({ ...edit, check: checked('passes', 'fine') })).toContain(`failed redrive ${id}`)
  })

  test('of a discard: what would come of putting it back instead, and what its saga would make of it', () => {
    const discarded = { id, status: 'open', dryRun: true, erased: false, answer: 'refused' } as const
    const saga = { says: 'passes', because: 'its saga would go on' } as const
    expect(describeDiscard({ ...discarded, check: checked('repeats', 'done'), saga }).split('\n')).toEqual([
      `  put back instead, ${id} would be repeated, for it is done already: done`,
      '  its saga would be told that it is refused: passes: its saga would go on',
    ])
    expect(describeDiscard(discarded)).toBe(`  ${id}`)
  })
})
