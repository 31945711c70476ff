import { describe, expect, test } from 'vitest'
import { load } from '../../cli/load/run.ts'
import { where } from './capability.ts'
import { patience } from './patience.ts'
import { expectConservation, system } from './world.ts'

describe('a load', () => {
  where('watched')(
    'comes as it was planned, every order of it ends, and the golden metrics counted the same',
    async () => {
      const shown: string[] = []
      const result = await load(system, {
        profile: 'steady',
        rate: 3,
        millis: 3_000,
        mix: 'plain',
        spacing: 'even',
        seed: 1,
        objective: 60_000,
        patience: patience(60_000),
        metrics: true,
        audited: false,
        signal: new AbortController().signal,
        display: { show: (lines) => void shown.push(...lines), keep: () => undefined },
        note: () => undefined,
      })
      const { admitted, shed } = result.answers
      // A busy machine may have been told to let fewer in; whoever was let in is followed to the end.
      expect(admitted + shed).toBe(9)
      expect(admitted).toBeGreaterThan(0)
      expect(result).toMatchObject({
        interrupted: false,
        offered: 9,
        answers: { served: 0, refused: 0, failed: 0, unsent: 0 },
        orders: { admitted, confirmed: admitted, lost: 0, underWay: 0, otherwise: 0, measured: admitted },
      })
      expect(result.acceptance.count).toBe(admitted)
      expect(result.toEnd.p50).toBeGreaterThan(result.acceptance.p50)
      expect(result.agreements).toEqual([
        { metric: 'requests that were answered well', generator: admitted, metrics: admitted, difference: 0 },
        { metric: 'orders placed', generator: admitted, metrics: admitted, difference: 0 },
        { metric: 'orders confirmed', generator: admitted, metrics: admitted, difference: 0 },
        { metric: 'orders rejected', generator: 0, metrics: 0, difference: 0 },
        { metric: 'orders cancelled', generator: 0, metrics: 0, difference: 0 },
      ])
      expect(shown.at(-1)).toBe(`${admitted} of ${admitted} admitted orders have ended`)
    },
  )

  test('leaves money and stock as they should be', expectConservation)
})
