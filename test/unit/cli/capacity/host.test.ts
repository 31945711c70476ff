import { describe, expect, test } from 'vitest'
import { type Host, stretchAt, usedAt } from '../../../../cli/capacity/host.ts'

const host: Host = { processors: 2, rate: 2, atRest: 0.1, busy: 0.5 }

describe('processors that everybody shares', () => {
  test('make work wait half as long as M/M/c says when it comes evenly and takes exponential times', () => {
    expect(stretchAt(1, 0.5, 1)).toBeCloseTo(1 + 1 / 2)
    // Two servers: work waits ρ² / (1 − ρ²) of a service in M/M/2.
    expect(stretchAt(2, 0.5, 1)).toBeCloseTo(1 + 0.25 / 0.75 / 2)
    expect(stretchAt(2, 0.8, 1)).toBeCloseTo(1 + 0.64 / 0.36 / 2)
  })

  test('cost nothing while they are idle, and everything once they are used up', () => {
    expect(stretchAt(2, 0, 1)).toBe(1)
    expect(stretchAt(2, 1, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('make work wait the longer the more it differs, and not at all when it is all alike', () => {
    expect(stretchAt(2, 0.8, 2)).toBeGreaterThan(stretchAt(2, 0.8, 1))
    expect(stretchAt(2, 0.8, 0)).toBe(1)
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
