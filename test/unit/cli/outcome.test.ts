import { describe, expect, test } from 'vitest'
import type { Audit } from '../../../cli/audit/compare.ts'
import type { Kind } from '../../../cli/demo/mix.ts'
import { type Followed, outcomeOf } from '../../../cli/demo/outcome.ts'
import type { OrderDocument } from '../../../events/http/ordering.ts'
import type { FailedSummary } from '../../../events/http/recovery.ts'

const begun = Date.parse('2026-11-01T12:00:00.000Z')
const audit: Audit = {
  ok: true,
  money: { authorised: 0, captured: 0, voided: 0, refunded: 0, open: 0, currency: 'EUR' },
  stock: [],
  orders: { placed: 0, confirmed: 0, rejected: 0, cancelled: 0 },
  unfinishedSagas: 0,
  messagesInFlight: 0,
  failedMessages: 0,
  differences: [],
}
let numbered = 0
/** An order that was placed `at` milliseconds into the run and ended after `took`. */
const followed = (
  kind: Kind,
  status: OrderDocument['status'],
  { at = 0, took = 400, because = '' } = {},
): Followed => ({
  planned: { index: numbered, kind, customer: 'alice', body: {} as never },
  order: {
    orderId: `ord_${numbered++}`,
    customerId: 'alice',
    status,
    placedAt: new Date(begun + at).toISOString(),
    ...(status === 'placed' ? {} : { endedAt: new Date(begun + at + took).toISOString() }),
    ...(because ? { reason: { code: 'c', message: because } } : {}),
    lines: [],
    total: { amount: 1, currency: 'EUR' },
    shipTo: {} as never,
    timeline: [],
  },
})
const failure = (one: Followed, status: FailedSummary['status']): FailedSummary => ({
  id: `f_${one.order.orderId}`,
  status,
  class: 'permanent',
  code: 'damaged-stock-record',
  reason: 'cannot be read',
  fingerprint: 'x',
  subject: one.order.orderId,
  deadLetterQueue: 'q-dead',
  count: 1,
  firstSeen: new Date(begun).toISOString(),
  lastSeen: new Date(begun).toISOString(),
})
const outcome = (all: readonly Followed[], rest: Partial<Parameters<typeof outcomeOf>[0]> = {}) =>
  outcomeOf({ followed: all, failures: [], audit, asked: all.length, ...rest })

describe('the outcome of a demonstration', () => {
  test('counts how the orders ended', () => {
    const all = [
      followed('plain', 'confirmed'),
      followed('slow card', 'confirmed'),
      followed('card declined', 'rejected', { because: 'The card was declined.' }),
      followed('cancelled', 'cancelled'),
    ]
    expect(outcome(all)).toMatchObject({ placed: 4, confirmed: 2, rejected: 1, cancelled: 1, unexpected: [] })
  })

  test('tells how each order ended in the order of the mix, and nothing of a race', () => {
    const [first, second, third] = [
      followed('plain', 'confirmed'),
      followed('card declined', 'rejected', { because: 'The card was declined.' }),
      followed('cancelled', 'confirmed'),
    ]
    expect(outcome([third, first, second]).outcomes).toEqual([
      { kind: 'plain', ended: ['confirmed'], total: 1 },
      { kind: 'card declined', ended: ['rejected'], code: 'c', total: 1 },
      { kind: 'cancelled', ended: ['cancelled', 'confirmed'], total: 1 },
    ])
  })

  test('tells an ending that no race allows as it is', () => {
    expect(outcome([followed('cancelled', 'placed')]).outcomes).toMatchObject([{ ended: ['placed'] }])
  })

  test('counts a message of the run that came to the desk, and one that was put right', () => {
    const poison = followed('poison', 'confirmed')
    expect(outcome([poison], { failures: [failure(poison, 'redriven')] })).toMatchObject({
      parked: 1,
      recovered: 1,
      unexpected: [],
    })
  })

  test('does not count failures of other orders', () => {
    const other = followed('plain', 'confirmed')
    expect(outcome([followed('plain', 'confirmed')], { failures: [failure(other, 'open')] }).parked).toBe(0)
  })

  test('takes times from the system’s own records', () => {
    const all = Array.from({ length: 100 }, (_, i) => followed('plain', 'confirmed', { at: i * 10, took: 100 + i }))
    expect(outcome(all).seconds).toEqual({ p50: 0.149, p99: 0.198, total: 1.189 })
  })

  test('of nothing has no times and complains of nothing but itself', () => {
    expect(outcome([], { asked: 1 })).toMatchObject({
      placed: 0,
      seconds: { p50: 0, p99: 0, total: 0 },
      unexpected: ['1 orders were asked for, the system knows 0'],
    })
  })

  test('lists the kinds in the order in which they are explained', () => {
    const all = [followed('cancelled', 'confirmed'), followed('plain', 'confirmed'), followed('plain', 'confirmed')]
    expect(outcome(all).kinds).toEqual([
      { kind: 'plain', orders: 2, ended: { confirmed: 2 } },
      { kind: 'cancelled', orders: 1, ended: { confirmed: 1 } },
    ])
  })
})

describe('what the desk held', () => {
  test('is told with its cause and how its order ended', () => {
    const poison = followed('poison', 'confirmed')
    const { desk } = outcome([poison], { failures: [failure(poison, 'redriven')] })
    expect(desk).toMatchObject([
      { order: poison.order.orderId, ended: 'confirmed', code: expect.any(String), reason: expect.any(String) },
    ])
  })
})

describe('a demonstration that went wrong', () => {
  test.each<[string, Followed, RegExp]>([
    ['an order that never ended', followed('plain', 'placed'), /\(plain\) is placed, not confirmed/],
    ['a refused card that was confirmed', followed('card declined', 'confirmed'), /\(card declined\) is confirmed/],
    [
      'a rejection that says why though it should have been confirmed',
      followed('flaky card', 'rejected', { because: 'Time ran out.' }),
      /is rejected \(Time ran out\.\)/,
    ],
    [
      'a rejection for another reason',
      followed('sold out', 'rejected', { because: 'The card was declined.' }),
      /another reason: The card was declined/,
    ],
    ['a rejection without a reason', followed('no funds', 'rejected'), /another reason: none given/],
    ['a cancelled order that was rejected', followed('cancelled', 'rejected'), /not cancelled or confirmed/],
    ['a poison that nothing parked', followed('poison', 'confirmed'), /never reached the desk/],
  ])('complains of %s', (_what, one, complaint) => {
    expect(outcome([one]).unexpected).toEqual([expect.stringMatching(complaint)])
  })

  test.each(['open', 'redriving'] as const)('complains of a message that is still %s', (status) => {
    const poison = followed('poison', 'confirmed')
    const { recovered, unexpected } = outcome([poison], { failures: [failure(poison, status)] })
    expect(recovered).toBe(0)
    expect(unexpected).toEqual([expect.stringContaining(`is ${status} and not recovered`)])
  })

  test('complains of a message that was put back while its order ended badly', () => {
    const poison = followed('poison', 'rejected', { because: 'Time ran out.' })
    expect(outcome([poison], { failures: [failure(poison, 'redriven')] })).toMatchObject({
      parked: 1,
      recovered: 0,
      unexpected: [expect.stringContaining('is rejected'), expect.stringContaining('not recovered')],
    })
  })

  test('is not conserved when the audit finds a difference, and says which', () => {
    const differences = [{ code: 'charged-twice', about: 'ord_x', detail: 'two captures' }]
    expect(outcome([], { audit: { ...audit, ok: false, differences } })).toMatchObject({
      conserved: false,
      unexpected: ['ord_x: charged-twice: two captures'],
    })
  })

  test('is not conserved while something is under way', () => {
    expect(outcome([], { audit: { ...audit, messagesInFlight: 2 } })).toMatchObject({
      conserved: false,
      unexpected: ['0 sagas are unfinished and 2 messages in flight'],
    })
  })
})
