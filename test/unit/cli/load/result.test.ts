import { describe, expect, test } from 'vitest'
import type { Audit } from '../../../../cli/audit/compare.ts'
import { describeLoad, describeProgress } from '../../../../cli/load/describe.ts'
import type { End } from '../../../../cli/load/ends.ts'
import type { Outcome, Verdict } from '../../../../cli/load/generate.ts'
import { latenciesOf } from '../../../../cli/load/latencies.ts'
import type { Planned, Wish } from '../../../../cli/load/mix.ts'
import { isSound, type LoadTerms, resultOf } from '../../../../cli/load/result.ts'

const terms: LoadTerms = {
  profile: 'steady',
  rate: 10,
  millis: 10_000,
  mix: 'usual',
  spacing: 'even',
  seed: 1,
  objective: 5_000,
}

/** A request meant for a moment, what it was answered and how long that took. */
const outcome = (is: Verdict, { at = 0, wish = 'plain' as Wish, took = 20, orderId = '', why = '' } = {}): Outcome => ({
  request: { index: 0, at, customer: 'alice', wish } as Planned,
  is,
  began: at,
  ended: at + took,
  ...(orderId ? { orderId } : {}),
  ...(why ? { why } : {}),
})
const admitted = (orderId: string, more: Parameters<typeof outcome>[1] = {}) =>
  outcome('admitted', { orderId, ...more })
const confirmed = (millis: number): End => ({ status: 'confirmed', millis })
const balanced = {
  ok: true,
  unfinishedSagas: 0,
  messagesInFlight: 0,
  failedMessages: 0,
  differences: [],
} as unknown as Audit

const resulting = (
  outcomes: readonly Outcome[],
  ends: Readonly<Record<string, End>> = {},
  given: { audit?: Audit | undefined; interrupted?: boolean; terms?: Partial<LoadTerms> } = {},
) =>
  resultOf({
    terms: { ...terms, ...given.terms },
    generated: { outcomes, mostUnderWay: 1, ended: 10_000 },
    ends: new Map(Object.entries(ends)),
    audit: 'audit' in given ? given.audit : balanced,
    interrupted: given.interrupted ?? false,
  })

describe('what a load came to', () => {
  test('is counted by what the edge answered', () => {
    const { offered, answers, reasons } = resulting([
      admitted('ord_1'),
      outcome('served', { wish: 'products' }),
      outcome('shed'),
      outcome('shed'),
      outcome('refused', { why: 'Invalid order' }),
      outcome('failed', { why: 'status 504' }),
      outcome('failed', { why: 'status 504' }),
      outcome('unsent'),
    ])
    expect(offered).toBe(8)
    expect(answers).toEqual({ admitted: 1, served: 1, shed: 2, refused: 1, failed: 2, unsent: 1 })
    expect(reasons).toEqual([
      { why: 'status 504', times: 2 },
      { why: 'Invalid order', times: 1 },
    ])
  })

  test('is counted by how the admitted orders ended', () => {
    const { orders, goodput } = resulting(
      [
        admitted('in-time'),
        admitted('late'),
        admitted('rightly', { wish: 'card declined' }),
        admitted('wrongly'),
        admitted('waiting'),
        admitted('gone'),
      ],
      {
        'in-time': confirmed(400),
        late: confirmed(4_990),
        rightly: { status: 'rejected', because: 'declined The card was declined', millis: 300 },
        wrongly: { status: 'rejected', because: 'timed-out It took too long', millis: 300 },
        waiting: { status: 'placed' },
      },
    )
    expect(orders).toEqual({
      admitted: 6,
      confirmed: 2,
      rejected: 2,
      cancelled: 0,
      underWay: 1,
      lost: 1,
      otherwise: 1,
      // One beyond the objective, one that has not ended, one that is not known.
      late: 3,
      good: 2,
      measured: 4,
    })
    expect(goodput).toBe(0.2)
  })

  test('counts the wait for the answer into the time to the end', () => {
    const { orders, toEnd } = resulting([admitted('ord_1', { took: 4_000 })], { ord_1: confirmed(1_500) })
    expect(Math.abs(toEnd.p50 - 5_500)).toBeLessThan(10)
    expect(orders).toMatchObject({ late: 1, good: 0 })
  })

  test('is carried over from the orders whose times were read to all', () => {
    const ids = Array.from({ length: 100 }, (_, n) => `ord_${n}`)
    // Of every second order the time is known, and of these every fifth is late.
    const ends = ids.map((id, n) => [
      id,
      n % 2 ? { status: 'confirmed' as const } : confirmed(n % 10 === 0 ? 9_000 : 100),
    ])
    const { orders } = resulting(
      ids.map((id) => admitted(id)),
      Object.fromEntries(ends),
    )
    expect(orders).toMatchObject({ confirmed: 100, measured: 50, late: 20, good: 80 })
  })

  test('knows a step of its profile from another', () => {
    const { steps } = resulting(
      [
        admitted('calm', { at: 100 }),
        admitted('crowded', { at: 4_500 }),
        outcome('shed', { at: 4_600 }),
        outcome('failed', { at: 9_000 }),
      ],
      { calm: confirmed(100), crowded: confirmed(20_000) },
      { terms: { profile: 'spike' } },
    )
    expect(steps.map(({ from, to, rate }) => [from, to, rate])).toEqual([
      [0, 4, 2.5],
      [4, 6, 10],
      [6, 10, 2.5],
    ])
    expect(steps.map(({ goodput }) => goodput)).toEqual([0.25, 0, 0])
    expect(steps[1]!.answers).toMatchObject({ admitted: 1, shed: 1 })
    expect(steps[2]!.answers).toMatchObject({ failed: 1 })
  })

  test('counts for a step what ended and was under way in its time, whenever it was placed', () => {
    const { steps } = resulting(
      [admitted('quick', { at: 1_000, took: 0 }), admitted('slow', { at: 3_000, took: 0 }), admitted('endless')],
      { quick: confirmed(1_000), slow: confirmed(4_000), endless: { status: 'placed' } },
      { terms: { profile: 'spike' } },
    )
    expect(steps.map(({ ended, underWay }) => [ended, underWay])).toEqual([
      [1, 0.5],
      [0, 1],
      [1, 0.25],
    ])
  })

  test('of a run that was ended early counts over the time that it had', () => {
    const { goodput, interrupted } = resulting(
      [admitted('one'), admitted('two', { at: 2_000 })],
      { one: confirmed(1), two: confirmed(1) },
      { interrupted: true },
    )
    expect({ goodput, interrupted }).toEqual({ goodput: 1, interrupted: true })
  })

  test('of nothing is nothing', () => {
    const result = resulting([], {}, { interrupted: true })
    expect(result).toMatchObject({ offered: 0, goodput: 0, toEnd: { count: 0 } })
    expect(isSound(result)).toBe(true)
  })
})

describe('a sound run', () => {
  const one = [admitted('ord_1')]
  const well = { ord_1: confirmed(1) }

  test('may be slow, and may say no', () => {
    expect(isSound(resulting([...one, outcome('shed')], { ord_1: confirmed(60_000) }))).toBe(true)
  })

  test('has lost no order, left none under way, and its books are right', () => {
    expect(isSound(resulting(one, {}))).toBe(false)
    expect(isSound(resulting(one, { ord_1: { status: 'placed' } }))).toBe(false)
    expect(isSound(resulting(one, well, { audit: { ...balanced, ok: false } }))).toBe(false)
    expect(isSound(resulting(one, well, { audit: { ...balanced, unfinishedSagas: 1 } }))).toBe(false)
  })

  test('need not be audited', () => {
    const result = resulting(one, well, { audit: undefined })
    expect(result.conserved).toBeUndefined()
    expect(isSound(result)).toBe(true)
  })
})

describe('the words of a run', () => {
  test('say what was asked, what came of it and whether it adds up', () => {
    const text = describeLoad(
      resulting([admitted('ord_1'), outcome('failed', { why: 'status 504' })], { ord_1: confirmed(400) }),
    )
    expect(text).toContain('steady, up to 10 a second for 10 s, mix usual, even arrivals, seed 1')
    expect(text).toContain('1 × status 504')
    expect(text).toContain('goodput 0.1 a second')
    expect(text).toContain('money and stock are conserved')
  })

  test('name what has not ended', () => {
    const text = describeLoad(resulting([admitted('ord_1')], {}, { interrupted: true }))
    expect(text).toContain('; interrupted')
    expect(text).toContain('0 admitted orders have not ended, 1 are not known to the system')
  })

  test('show the steps of a profile that has some', () => {
    const text = describeLoad(
      resulting([admitted('ord_1')], { ord_1: confirmed(1) }, { terms: { profile: 'stress', millis: 80_000 } }),
    )
    expect(text).toContain('0–10')
    expect(text).toContain('70–80')
  })

  test('on the way say how far it is', () => {
    const lines = describeProgress(
      {
        progress: { offered: 91, underWay: 3 },
        answers: { admitted: 80, shed: 8, failed: 0 },
        passed: 9_000,
        acceptance: latenciesOf([20]).spans(),
      },
      { planned: 300, millis: 30_000 },
    )
    expect(lines[0]).toBe('[######--------------] 9.0 s of 30 s · 91 of 300 offered · 3 under way')
    expect(lines[1]).toBe('80 admitted · 8 shed')
  })
})
