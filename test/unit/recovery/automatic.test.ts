import { describe, expect, test } from 'vitest'
import { automatic } from '../../../functions/recovery/automatic.ts'
import type { AutoState } from '../../../functions/recovery/groups.ts'
import { policyOf } from '../../../functions/recovery/policies.ts'
import { hours, iso, minutes } from '../../../reactive/time.ts'

const failedAt = Date.parse('2026-11-01T12:00:00.000Z')
const messageType = 'inventory.ReserveStock.v1'
const policy = policyOf({ class: 'transient', messageType })!
const group = (auto?: AutoState) => ({
  class: 'transient' as const,
  messageType,
  queue: 'inventory-commands',
  open: 5,
  lastSeen: iso(failedAt),
  ...(auto ? { auto } : {}),
})
const tried = (tries: number, lastAt: number, since = failedAt): AutoState => ({
  tries,
  since: iso(since),
  lastAt: iso(lastAt),
})

describe('the desk by itself', () => {
  test.each(['poison', 'permanent', 'expired', 'unknown'] as const)('never puts back what is %s', (failureClass) => {
    expect(automatic({ ...group(), class: failureClass }, undefined, failedAt + hours(48), true)).toMatchObject({
      do: 'nothing',
    })
  })

  test('tries a transient group some time after its newest failure', () => {
    expect(automatic(group(), undefined, failedAt + policy.after - 1)).toMatchObject({ do: 'nothing' })
    expect(automatic(group(), undefined, failedAt + policy.after)).toMatchObject({
      do: 'try',
      state: { tries: 1, since: iso(failedAt + policy.after) },
    })
  })

  test('waits twice as long after each try that failed, up to a limit', () => {
    const last = failedAt + minutes(30)
    for (const [tries, pause] of [
      [1, minutes(2)],
      [2, minutes(4)],
      [5, minutes(32)],
      [9, hours(1)],
    ] as const) {
      const state = group(tried(tries, last))
      expect(automatic(state, { status: 'stopped', sent: 1 }, last + pause - 1)).toMatchObject({ do: 'nothing' })
      expect(automatic(state, { status: 'stopped', sent: 1 }, last + pause)).toMatchObject({
        do: 'try',
        state: { tries: tries + 1 },
      })
    }
  })

  test('gives up when its budget is spent, until that is long ago', () => {
    const spent = group(tried(policy.tries, failedAt + hours(6)))
    expect(automatic(spent, { status: 'stopped', sent: 1 }, failedAt + hours(20))).toMatchObject({
      do: 'nothing',
      because: `${policy.tries} tries have failed; a person decides`,
    })
    expect(automatic(spent, { status: 'stopped', sent: 1 }, failedAt + policy.within + 1)).toMatchObject({
      do: 'try',
      state: { tries: 1 },
    })
  })

  test('does not count a try that came out well', () => {
    const state = group(tried(4, failedAt - hours(1)))
    expect(automatic(state, { status: 'done', sent: 5 }, failedAt + policy.after)).toMatchObject({
      do: 'try',
      state: { tries: 1 },
    })
  })

  test('counts a try that has sent nothing: what cannot go back is not tried for ever', () => {
    const state = group(tried(4, failedAt))
    expect(automatic(state, { status: 'done', sent: 0 }, failedAt + hours(1))).toMatchObject({
      do: 'try',
      state: { tries: 5 },
    })
  })

  test('leaves alone what came from no queue', () => {
    const { queue: _, ...nowhere } = group()
    expect(automatic(nowhere, undefined, failedAt + hours(1), true)).toMatchObject({
      do: 'nothing',
      because: 'it came from no queue',
    })
  })

  test('tries at once when the cause is said to have cleared, within its budget', () => {
    expect(automatic(group(), undefined, failedAt, true)).toMatchObject({ do: 'try' })
    expect(automatic(group(tried(policy.tries, failedAt)), undefined, failedAt, true)).toMatchObject({ do: 'nothing' })
  })

  test.each([
    ['none is open', { ...group(), open: 0 }, undefined],
    ['somebody is at it', group(), { status: 'running' as const, sent: 1 }],
  ])('does nothing while %s', (_, state, plan) => {
    expect(automatic(state, plan, failedAt + hours(1), true)).toMatchObject({ do: 'nothing' })
  })

  test('is gentle with partners', () => {
    const rateOf = (type: string) => policyOf({ class: 'transient', messageType: type })!.rate
    expect(rateOf('payments.AuthorisePayment.v1')).toBeLessThan(rateOf(messageType))
  })
})
