import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { comparison } from '../../../labs/describe.ts'
import { labs } from '../../../labs/index.ts'
import { arms, type Lab, lab, runLab } from '../../../labs/lab.ts'

const small = (seed: number) => ({ seed, scale: 'small' }) as const

describe.each(labs.map((its) => [its.name, its] as const))('the lab %s', (_, its) => {
  test.each([1, 2, 3])('holds its claim with seed %i', (seed) => {
    const result = runLab(its, small(seed))
    expect(result.holds, JSON.stringify(result, null, 2)).toBe(true)
  })

  test('would not hold with its arms exchanged', () => {
    const { without, with: and } = runLab(its, small(1))
    expect(its.holds(and, without)).toBe(false)
  })

  test('comes out the same with the same seed, and otherwise with another', () => {
    const of = (seed: number) => arms.map((arm) => its.run(arm, small(seed)))
    expect(of(5)).toEqual(of(5))
    expect(of(5)).not.toEqual(of(6))
  })
})

describe('labs', () => {
  test('have names of their own', () => {
    expect(new Set(labs.map(({ name }) => name)).size).toBe(labs.length)
  })

  test('are about concepts that the patterns know', () => {
    const listed = readFileSync('docs/patterns/README.md', 'utf8').matchAll(/^\| ([A-Z]\d+) +\|/gm)
    const concepts = [...listed].map(([, id]) => id!)
    expect(labs.map(({ concept }) => concept).filter((concept) => !concepts.includes(concept))).toEqual([])
  })
})

describe('a run', () => {
  const counted: Lab = lab({
    name: 'counted',
    concept: 'A1',
    title: 'Counting',
    claim: 'With it there is less.',
    arms: { without: 'bare', with: 'dressed' },
    figures: {
      lost: { unit: 'count', meaning: 'what is lost' },
      took: { unit: 'ms', meaning: 'how long it took' },
    },
    run: (arm, { seed }) => (arm === 'with' ? { lost: 0, took: seed } : { lost: 3, took: 2 * seed }),
    holds: (without, and) => and.lost < without.lost,
  })

  test('compares both arms on the same terms', () => {
    expect(runLab(counted, small(8))).toMatchObject({
      holds: true,
      seed: 8,
      scale: 'small',
      without: { lost: 3, took: 16 },
      with: { lost: 0, took: 8 },
      ratio: { lost: 0, took: 0.5 },
    })
  })

  test('has no ratio to nothing', () => {
    const none = { ...counted, run: () => ({ lost: 0, took: 1 }) }
    expect(runLab(none, small(1)).ratio).toEqual({ lost: undefined, took: 1 })
  })

  test.each([
    ['is missing', { lost: 1 }, 'took is missing'],
    ['is strange', { lost: 1, took: 1, found: 2 }, 'found is not among its figures'],
    ['is no number', { lost: 1, took: Number.NaN }, 'took is NaN'],
  ])('with a figure that %s proves nothing, and says so', (_, figures, says) => {
    expect(() => runLab({ ...counted, run: () => figures }, small(1))).toThrow(says)
  })

  test('is shown with units, ratios and what each figure says', () => {
    const { head, rows } = comparison(counted, runLab(counted, small(8)))
    expect(head).toEqual(['', 'bare', 'dressed', 'ratio', ''])
    expect(rows).toEqual([
      ['lost', '3', '0', '× 0', 'what is lost'],
      ['took', '16 ms', '8 ms', '× 0.5', 'how long it took'],
    ])
  })
})
