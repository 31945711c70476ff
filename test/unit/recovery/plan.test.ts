import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onTheWay, type Plan, startOf, step, stopped } from '../../../functions/recovery/plan.ts'

const now = Date.parse('2026-11-01T12:00:00.000Z')
const terms = {
  planId: 'aaaaaaaaaaaa-1',
  fingerprint: 'aaaaaaaaaaaa',
  by: 'olga',
  reason: 'repaired',
  rate: 5,
  stopAt: 0.2,
}
const plan = (changes: Partial<Plan> = {}): Plan => ({ ...startOf(terms, now), ...changes })

describe('a staged redrive', () => {
  test('sends one first', () => {
    expect(step(plan(), now, false)).toMatchObject({ do: 'send', most: 1 })
  })

  test('waits until it knows what became of that one', () => {
    expect(step(plan({ sent: 1 }), now + 60_000, false)).toMatchObject({ do: 'wait' })
  })

  test('stops when that one comes back', () => {
    expect(step(plan({ sent: 1, failed: 1 }), now, false)).toMatchObject({
      do: 'end',
      plan: { status: 'stopped', because: '1 of the last 1 did not come out well' },
    })
  })

  test('stops when nobody ever says what became of that one', () => {
    expect(step(plan({ sent: 1, unobserved: 1 }), now, false)).toMatchObject({
      do: 'end',
      plan: { status: 'stopped' },
    })
  })

  test('sends ten when that one was handled', () => {
    expect(step(plan({ sent: 1, handled: 1 }), now, false)).toMatchObject({
      do: 'send',
      most: 10,
      plan: { stage: 'ten' },
    })
  })

  test('lets a few of the ten fail, and no more than its share', () => {
    const ten = { stage: 'ten', sent: 11, judged: { all: 1, bad: 0 } } as const
    expect(step(plan({ ...ten, handled: 9, failed: 2 }), now, false)).toMatchObject({ plan: { stage: 'rest' } })
    expect(step(plan({ ...ten, handled: 8, failed: 3 }), now, false)).toMatchObject({
      do: 'end',
      plan: { status: 'stopped' },
    })
  })

  test('sends the rest at its rate', () => {
    const rest = plan({ stage: 'rest', sent: 11, handled: 11, judged: { all: 11, bad: 0 }, lastTick: now })
    expect(step(rest, now, false)).toMatchObject({ do: 'wait' })
    expect(step(rest, now + 1_000, false)).toMatchObject({ do: 'send', most: 5 })
    expect(step(rest, now + 3_000, false)).toMatchObject({ do: 'send', most: 15 })
  })

  test('sends in the rest stage a limited number at a time, however long nobody looked', () => {
    const rest = plan({ stage: 'rest', rate: 200, sent: 11, handled: 11, judged: { all: 11, bad: 0 }, lastTick: now })
    expect(step(rest, now + 3_600_000, false)).toMatchObject({ do: 'send', most: 100 })
  })

  test('does not pile up what its consumers have not answered', () => {
    const rest = plan({ stage: 'rest', sent: 161, handled: 11, judged: { all: 11, bad: 0 }, lastTick: now })
    expect(onTheWay(rest)).toBe(150)
    expect(step(rest, now + 60_000, false)).toMatchObject({ do: 'wait' })
  })

  test('stops in the rest when the cause comes back, however much went well before', () => {
    const good = plan({ stage: 'rest', sent: 1_020, handled: 1_000, failed: 0, judged: { all: 1_000, bad: 0 } })
    expect(step({ ...good, handled: 1_015, failed: 5 }, now, false)).toMatchObject({
      do: 'end',
      plan: { status: 'stopped', because: '5 of the last 20 did not come out well' },
    })
    expect(step({ ...good, handled: 1_016, failed: 4 }, now, false)).toMatchObject({
      plan: { judged: { all: 1_020, bad: 4 } },
    })
  })

  test.each(['one', 'ten', 'rest'] as const)('ends in stage %s when no member is left and all is known', (stage) => {
    const sent = stage === 'one' ? 0 : 3
    expect(step(plan({ stage, sent, handled: sent }), now, true)).toMatchObject({
      do: 'end',
      plan: { status: 'done', because: `${sent} handled, 0 not` },
    })
    if (sent > 0) expect(step(plan({ stage, sent, handled: sent - 1 }), now, true)).toMatchObject({ do: 'wait' })
  })

  test('judges a small group at its end, too', () => {
    expect(step(plan({ stage: 'ten', sent: 3, handled: 1, failed: 2 }), now, true)).toMatchObject({
      do: 'end',
      plan: { status: 'stopped' },
    })
  })

  test('stopped by somebody sends nothing more, ever', () => {
    const over = stopped(plan(), now, 'stopped by oleg: wrong group')
    expect(over).toMatchObject({ status: 'stopped', because: 'stopped by oleg: wrong group' })
    expect(over).not.toHaveProperty('dueAt')
    expect(step(over, now + 60_000, false)).toEqual({ do: 'end', plan: over })
  })
})

/** Plays a plan against a group: each message is handled or comes back, some time after it was sent. */
const play = (bad: readonly boolean[], delays: readonly number[], rate: number) => {
  let state = plan({ rate })
  const underWay: { at: number; bad: boolean }[] = []
  const stages: { stage: string; sentBefore: number; unknown: number }[] = []
  let sent = 0
  for (let tick = 0; tick < 5_000; tick++) {
    const at = now + tick * 1_000
    for (const one of underWay.splice(0)) {
      if (one.at > at) underWay.push(one)
      else state = one.bad ? { ...state, failed: state.failed + 1 } : { ...state, handled: state.handled + 1 }
    }
    const decided = step(state, at, sent >= bad.length)
    if (decided.do === 'end') return { plan: decided.plan, sent, stages }
    state = decided.plan
    if (decided.do !== 'send') continue
    stages.push({ stage: state.stage, sentBefore: sent, unknown: onTheWay(state) })
    const some = bad.slice(sent, sent + decided.most)
    for (const [index, fails] of some.entries())
      underWay.push({ at: at + delays[(sent + index) % delays.length]!, bad: fails })
    sent += some.length
    state = { ...state, sent, lastTick: at }
  }
  throw new Error('it never ended')
}

describe('whatever the group, the outcomes and their delays', () => {
  const delays = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 7 })

  test('it ends, and sends nobody twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 120 }),
        delays,
        fc.integer({ min: 1, max: 50 }),
        (bad, wait, rate) => {
          const { plan: end, sent } = play(bad, wait, rate)
          expect(['done', 'stopped']).toContain(end.status)
          expect(sent).toBeLessThanOrEqual(bad.length)
          if (end.status === 'done') expect(end.handled + end.failed).toBe(bad.length)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('it begins with one, goes on with ten only when that is known, and with the rest only when those are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 200 }), delays, (size, wait) => {
        const { stages } = play(
          Array.from({ length: size }, () => false),
          wait,
          20,
        )
        expect(stages[0]).toEqual({ stage: 'one', sentBefore: 0, unknown: 0 })
        expect(stages[1]).toEqual({ stage: 'ten', sentBefore: 1, unknown: 0 })
        expect(stages[2]).toMatchObject({ stage: 'rest', sentBefore: 11 })
      }),
      { numRuns: 100 },
    )
  })

  test('a group whose cause is still there costs one message', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), delays, (size, wait) => {
        const { plan: end, sent } = play(
          Array.from({ length: size }, () => true),
          wait,
          20,
        )
        expect({ status: end.status, sent }).toEqual({ status: 'stopped', sent: 1 })
      }),
      { numRuns: 50 },
    )
  })
})
