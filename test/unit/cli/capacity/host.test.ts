import { describe, expect, test } from 'vitest'
import { type Host, stretchAt, usedAt } from '../../../../cli/capacity/host.ts'

const host: Host = { processors: 2, rate: 2, atRest: 0.1, busy: 0.5 }

describe('processors that everybody shares', () => {
  test('make work take as long as M/M/c says', () => {
    expect(stretchAt(1, 0.5)).toBeCloseTo(2)
    // Two servers: 1 / (1 − ρ²).
    expect(stretchAt(2, 0.5)).toBeCloseTo(1 / (1 - 0.25))
    expect(stretchAt(2, 0.8)).toBeCloseTo(1 / (1 - 0.64))
    expect(stretchAt(2, 0)).toBe(1)
    expect(stretchAt(2, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('are used by what runs anyway and by each order alike', () => {
    expect(usedAt(host, 2)).toBeCloseTo(0.5)
    expect(usedAt(host, 1)).toBeCloseTo(0.3)
    expect(usedAt(host, 4)).toBeCloseTo(0.9)
  })

  test('that somebody else let go of meanwhile are used by orders no less than by nothing', () => {
    expect(usedAt({ ...host, atRest: 0.6 }, 4)).toBeCloseTo(0.6)
  })
})
