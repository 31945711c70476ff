import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, type Lease, lower, pass, raise, terms, wanted } from '../../../functions/support/lease.ts'

const minutes = (n: number): number => n * 60_000

const queue = 'payments-commands'
const alarm = 'neverstop-dev-acquirer-partner-unanswered'
const deployed = { concurrency: 20 }
const at = (now: number) => ({ queue, alarm, deployed, now })

describe('a valve', () => {
  const closed = close(undefined, queue, alarm, 0)

  test('closes for a minute', () => {
    expect(closed).toMatchObject({ kind: 'closed', until: minutes(1), times: 1 })
    expect(wanted(closed, deployed)).toEqual({ enabled: false, concurrency: terms.least })
  })
  test('that is closed stays as it is', () => {
    expect(close(closed, queue, alarm, 30_000)).toBe(closed)
    expect(pass(closed, minutes(1) - 1)).toBe(closed)
  })
  test('opens to probe with the least concurrency when its time is over', () => {
    const probing = pass(closed, minutes(1))!
    expect(probing).toMatchObject({ kind: 'probing', until: minutes(1) + terms.probing, times: 1 })
    expect(wanted(probing, deployed)).toEqual({ enabled: true, concurrency: terms.least })
  })
  test('opens to probe before its time when what it was closed for is back, and a probe does not end by that', () => {
    const probing = pass(closed, 5_000, true)!
    expect(probing).toMatchObject({ kind: 'probing', until: 5_000 + terms.probing, times: 1 })
    expect(pass(probing, 6_000, true)).toBe(probing)
  })
  test('whose probe fails closes for twice as long, up to fifteen minutes', () => {
    let lease: Lease | undefined
    const spans: number[] = []
    let now = 0
    for (let probe = 0; probe < 6; probe++) {
      lease = close(lease, queue, alarm, now)
      spans.push((lease.until - now) / minutes(1))
      now = lease.until
      lease = pass(lease, now)
    }
    expect(spans).toEqual([1, 2, 4, 8, 15, 15])
  })
  test('whose probe goes well is as it was deployed, and begins anew', () => {
    const probing = pass(closed, minutes(1))!
    expect(pass(probing, probing.until)).toBeUndefined()
    expect(wanted(undefined, deployed)).toEqual({ enabled: true, concurrency: 20 })
    expect(close(undefined, queue, alarm, minutes(60)).until).toBe(minutes(61))
  })
})

describe('concurrency', () => {
  test('is doubled, up to four times what is deployed', () => {
    const once = raise(undefined, at(0))!
    const twice = raise(once, at(1))!
    expect([once.concurrency, twice.concurrency, raise(twice, at(2))]).toEqual([40, 80, undefined])
  })
  test('is halved, down to the least', () => {
    const halves: number[] = []
    for (let lease = lower(undefined, at(0)); lease; lease = lower(lease, at(0))) halves.push(lease.concurrency)
    expect(halves).toEqual([10, 5, 2])
  })
  test('of a closed or probing valve is left alone', () => {
    const closed = close(undefined, queue, alarm, 0)
    for (const lease of [closed, pass(closed, minutes(1))!]) {
      expect(raise(lease, at(0))).toBeUndefined()
      expect(lower(lease, at(0))).toBeUndefined()
    }
  })
  test('that was lowered is not raised: it was held back for a reason', () => {
    expect(raise(lower(undefined, at(0)), at(1))).toBeUndefined()
  })
  test('is given back after a quarter of an hour', () => {
    const raised = raise(undefined, at(0))!
    expect(pass(raised, minutes(15) - 1)).toBe(raised)
    expect(pass(raised, minutes(15))).toBeUndefined()
  })
})

test('every lease ends by itself, and nothing is ever set below the least or above the most', () => {
  const acts = fc.array(fc.constantFrom('close', 'raise', 'lower', 'pass'), { maxLength: 40 })
  fc.assert(
    fc.property(acts, fc.integer({ min: 2, max: 50 }), (words, concurrency) => {
      let lease: Lease | undefined
      let now = 0
      const own = { queue, alarm, deployed: { concurrency }, now }
      for (const word of words) {
        now += minutes(1)
        if (word === 'close') lease = close(lease, queue, alarm, now)
        if (word === 'raise') lease = raise(lease, { ...own, now }) ?? lease
        if (word === 'lower') lease = lower(lease, { ...own, now }) ?? lease
        if (word === 'pass') lease = lease && pass(lease, now)
        const set = wanted(lease, { concurrency })
        expect(set.concurrency).toBeGreaterThanOrEqual(terms.least)
        expect(set.concurrency).toBeLessThanOrEqual(terms.most * concurrency)
      }
      for (let passed = 0; passed < 3; passed++) lease = lease && pass(lease, lease.until)
      expect(lease).toBeUndefined()
    }),
  )
})
