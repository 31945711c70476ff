import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { entries } from '../../../parity/catalogue.ts'
import { documentOf } from '../../../parity/document.ts'
import { guarantees, onlyAnAccount } from '../../../parity/guarantees.ts'
import { madeOf } from '../../../parity/made-of.ts'
import { committedResults, type Results } from '../../../parity/results.ts'

const root = new URL('../../../', import.meta.url)
const results = committedResults()

describe('the ledger', () => {
  test('is as the checks and the committed results make it', () => {
    const page = readFileSync(new URL('docs/parity.md', root), 'utf8')

    expect(page, "make it anew with 'npm run parity -- --page'").toBe(documentOf(entries, results))
  })

  test('has the embedded cloud and LocalStack', () => {
    expect(results.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['ministack', 'localstack-host']))
  })

  test.each(results.map((one) => [one.description, one] as const))(
    'knows every check on %s, and no other',
    (_, one) => {
      expect(Object.keys(one.outcomes).sort()).toEqual(entries.map(({ id }) => id).sort())
    },
  )

  test.each(results.map((one) => [one.description, one] as const))(
    'was seen on %s as this checkout makes it',
    (_, one) => {
      const cloud = one.kind === 'ministack' ? 'embedded' : 'localstack'

      expect(one.madeOf, `see every check again: 'npm run parity -- --cloud ${cloud} --write'`).toBe(madeOf(one.kind))
    },
  )

  test.each(results.map((one) => [one.description, one] as const))(
    'tells differences of %s without names and moments',
    (_, { outcomes }) => {
      for (const outcome of Object.values(outcomes))
        if (!outcome.holds) expect(outcome.seen).not.toMatch(/parity-|\d{4}-\d\d-\d\d|localhost|arn:/)
    },
  )
})

describe('the checks', () => {
  test('are about eighty, each under a name of its own', () => {
    expect(entries.length).toBeGreaterThanOrEqual(70)
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
  })

  test.each(entries.map(({ id, behaviour }) => [id, behaviour]))(
    '%s says in a sentence what AWS does',
    (id, behaviour) => {
      expect(id).toMatch(/^[a-z]+\.[a-z-]+$/)
      expect(behaviour).toMatch(/^[A-Z].{15,}\.$/)
    },
  )

  test.each(Object.keys(guarantees))('of the guarantee %s there is one at least', (guarantee) => {
    expect(entries.some((entry) => entry.guarantee === guarantee)).toBe(true)
  })
})

describe('the guarantees', () => {
  test.each(Object.entries(guarantees))('%s is a sentence, and its proof exists', (_, { promise, simulator }) => {
    expect(promise).toMatch(/^[A-Z].*\.$/)
    if (simulator) expect(existsSync(new URL(simulator, root)), simulator).toBe(true)
  })

  test('that wait for an account say for what', () => {
    for (const { behaviour, guarantee } of onlyAnAccount) {
      expect(behaviour).toMatch(/\.$/)
      expect(guarantees).toHaveProperty(guarantee)
    }
  })
})

describe('a page', () => {
  const entry = { id: 'a.one', behaviour: 'It is kept | safe.', guarantee: 'nothing-lost' } as const
  const on = (kind: Results['kind'], outcome: Results['outcomes'][string] | undefined): Results => ({
    kind,
    description: `${kind} 1.0`,
    outcomes: outcome ? { 'a.one': outcome } : {},
  })

  test('shows for each cloud whether a behaviour holds, and what is seen instead', () => {
    const page = documentOf(
      [entry],
      [on('ministack', { holds: false, seen: 'it is lost' }), on('unknown', { holds: true })],
    )

    expect(page).toMatch(/\| It is kept \\\| safe\. `a\.one` \| \*\*no\*\*: it is lost \| yes +\|/)
    expect(page).toContain('ministack 1.0): 0 of 1 behaviours are as on AWS.')
  })

  test('leaves to an account what holds nowhere, and nothing else of it', () => {
    const nowhere = documentOf([entry], [on('ministack', { holds: false, seen: 'x' }), on('unknown', undefined)])
    const somewhere = documentOf(
      [entry],
      [on('ministack', { holds: false, seen: 'x' }), on('unknown', { holds: true })],
    )

    expect(nowhere).toContain('- It is kept | safe. (Every message')
    expect(somewhere).not.toContain('- It is kept | safe.')
  })

  test('says where nobody has looked', () => {
    expect(documentOf([entry], [on('ministack', undefined)])).toMatch(/\| not seen +\|/)
  })
})
