import { describe, expect, test } from 'vitest'
import { inSample } from '../../../reactive/sample.ts'

const ids = Array.from({ length: 20_000 }, (_, index) => `ord_${index.toString(36).padStart(16, '0')}`)
const shareOf = (share: number) => ids.filter((id) => inSample(id, share)).length / ids.length

describe('a sample', () => {
  test.each([0.01, 0.1, 0.5, 0.9])('of %d takes about that share of ids that differ in their ends only', (share) => {
    expect(shareOf(share)).toBeGreaterThan(share * 0.9)
    expect(shareOf(share)).toBeLessThan(share * 1.1)
  })

  test('of everything takes everything, and of nothing nothing', () => {
    expect(shareOf(1)).toBe(1)
    expect(shareOf(0)).toBe(0)
  })

  test('takes the same ids every time', () => {
    expect(ids.filter((id) => inSample(id, 0.3))).toEqual(ids.filter((id) => inSample(id, 0.3)))
    // Written down, so that no other version of the code or of Node chooses others in silence.
    const chosen = [0, 2, 5, 6, 8].map((index) => ids[index])
    expect(ids.slice(0, 12).filter((id) => inSample(id, 0.5))).toEqual(chosen)
  })

  test('that grows keeps whom it has', () => {
    const few = ids.filter((id) => inSample(id, 0.05))
    for (const id of few) expect(inSample(id, 0.2)).toBe(true)
    expect(few.length).toBeGreaterThan(0)
  })
})
