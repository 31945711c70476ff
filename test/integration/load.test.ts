import { describe, expect, test } from 'vitest'
import { load } from '../../cli/load/run.ts'
import { expectConservation, system } from './world.ts'

describe('a load', () => {
  test('comes as it was planned, every order of it ends, and the golden metrics counted the same', async () => {
    const shown: string[] = []
    const result = await load(system, {
      profile: 'steady',
      rate: 3,
      millis: 3_000,
      mix: 'plain',
      spacing: 'even',
      seed: 1,
      objective: 60_000,
      patience: 60_000,
      metrics: true,
      audited: false,
      signal: new AbortController().signal,
      display: { show: (lines) => void shown.push(...lines), keep: () => undefined },
      note: () => undefined,
    })
    expect(result).toMatchObject({
      interrupted: false,
      offered: 9,
      answers: { admitted: 9, shed: 0, refused: 0, failed: 0, unsent: 0 },
      orders: { admitted: 9, confirmed: 9, lost: 0, underWay: 0, otherwise: 0, measured: 9 },
    })
    expect(result.acceptance.count).toBe(9)
    expect(result.toEnd.p50).toBeGreaterThan(result.acceptance.p50)
    expect(result.agreements).toEqual([
      { metric: 'requests that were answered well', generator: 9, metrics: 9, difference: 0 },
      { metric: 'orders placed', generator: 9, metrics: 9, difference: 0 },
      { metric: 'orders confirmed', generator: 9, metrics: 9, difference: 0 },
      { metric: 'orders rejected', generator: 0, metrics: 0, difference: 0 },
      { metric: 'orders cancelled', generator: 0, metrics: 0, difference: 0 },
    ])
    expect(shown.at(-1)).toBe('9 of 9 admitted orders have ended')
  })

  test('leaves money and stock as they should be', expectConservation)
})
