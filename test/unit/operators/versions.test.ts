import { describe, expect, test } from 'vitest'
import type { Definition } from '../../../sagas/engine/definition.ts'
import { versionsOf } from '../../../sagas/operators/documents.ts'
import { ends, little, one, pivot } from '../../support/little-saga.ts'

const version = (number: number): Definition => little(number).pivot('one', pivot(one)).endsWith(ends)
const instance = (
  number: number,
  state: 'forward' | 'case' | 'early' = 'forward',
  startedAt = '2026-01-02T00:00:00.000Z',
) => ({
  definition: 'little',
  version: number,
  state,
  startedAt,
})
const of = (definitions: readonly Definition[], ...instances: ReturnType<typeof instance>[]) =>
  versionsOf(definitions, instances).items

describe('a version', () => {
  test('may go when it is not the newest and nothing runs on it', () => {
    const items = of([version(2), version(1)], instance(2))
    expect(
      items.map(({ version, newest, unfinished, removable }) => ({ version, newest, unfinished, removable })),
    ).toEqual([
      { version: 1, newest: false, unfinished: 0, removable: true },
      { version: 2, newest: true, unfinished: 1, removable: false },
    ])
  })

  test('stays while something runs on it, and tells since when and what waits for a person', () => {
    const [first] = of([version(1), version(2)], instance(1), instance(1, 'case', '2026-01-01T00:00:00.000Z'))
    expect(first).toMatchObject({
      unfinished: 2,
      cases: 1,
      oldestStartedAt: '2026-01-01T00:00:00.000Z',
      removable: false,
      because: '2 instances still run on it',
    })
  })

  test('that is the newest stays even when nothing runs on it', () => {
    expect(of([version(3)])).toMatchObject([{ newest: true, unfinished: 0, removable: false }])
  })

  test('is not kept by what came before a start, which goes over to a newer one', () => {
    expect(of([version(1), version(2)], instance(1, 'early'))).toMatchObject([
      { version: 1, unfinished: 0, removable: true },
      { version: 2, unfinished: 0 },
    ])
    expect(of([version(2)], instance(1, 'early'))).toHaveLength(1)
    // Never to an older one: what a newer deployment heard waits for it.
    expect(of([version(1)], instance(2, 'early'))).toMatchObject([{ version: 1 }, { version: 2, deployed: false }])
  })

  test('that went too early is told, with those who wait for it', () => {
    const items = of([version(2)], instance(1), instance(1))
    expect(items).toMatchObject([
      {
        version: 1,
        deployed: false,
        newest: false,
        unfinished: 2,
        removable: false,
        because: '2 instances wait for it to be deployed again',
      },
      { version: 2, deployed: true },
    ])
    expect(items[0]).not.toHaveProperty('hash')
  })
})
