import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../../reactive/time.ts'
import { brokenRules, type Timing, timings } from '../../../reactive/timing.ts'

const { standard } = timings
const breaker = (over: Partial<Timing['breaker']>): Partial<Timing> => ({ breaker: { ...standard.breaker, ...over } })

describe('the table of times', () => {
  test.each(Object.entries(timings))('%s breaks no rule', (_, timing) => {
    expect(brokenRules(timing)).toEqual([])
  })

  test.each<[string, Partial<Timing>, string]>([
    ['a breaker that opens too late for a lone message', breaker({ least: 5 }), 'lone message'],
    ['a breaker that opens at no failure at all', breaker({ unanswered: 0 }), 'more than none'],
    ['a breaker that opens at more than all', breaker({ slow: 1.5 }), 'at most all'],
    ['a share that is no number', breaker({ unanswered: Number.NaN }), 'share of calls'],
    ['a breaker that needs no call', breaker({ least: 0 }), 'above nothing'],
    ['a negative window', breaker({ window: -1 }), 'above nothing'],
    ['half a probe', breaker({ probes: 0.5 }), 'whole numbers'],
    ['a first wait that is longer than the longest', breaker({ open: minutes(2) }), 'no longer at first'],
    ['a probe that outlives its lease', breaker({ probe: seconds(5) }), 'hold its lease'],
    ['a breaker that is probed after a step gave up', breaker({ longest: minutes(5) }), 'before a step'],
    ['a connection that uses up the call', { partnerConnect: seconds(2) }, 'time for a second try'],
    ['a call that outlives its handler', { partnerCall: seconds(5) }, 'before its handler is stopped'],
    ['a single receive', { receives: 1 }, 'receives must exceed one'],
  ])('refuses %s', (_, over, says) => {
    expect(brokenRules({ ...standard, ...over }).join('; ')).toContain(says)
  })
})
