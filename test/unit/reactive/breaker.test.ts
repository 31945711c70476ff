import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Breaker,
  type BreakerTerms,
  closed,
  conclude,
  enter,
  holdsBack,
  isWatching,
  type Tally,
  witness,
} from '../../../reactive/breaker.ts'
import { minutes, seconds } from '../../../reactive/time.ts'

const t0 = Date.UTC(2026, 0, 5, 12)
const terms: BreakerTerms = {
  window: minutes(1),
  least: 4,
  unanswered: 0.5,
  slow: 0.8,
  open: seconds(10),
  longest: minutes(1),
  probe: seconds(5),
  probes: 2,
}
const at = (now: number, chance = 0.5) => ({ now, terms, chance })
const calls = (calls: number, { unanswered = 0, slow = 0 } = {}): Tally => ({ calls, unanswered, slow })
const broken = witness(closed, calls(4, { unanswered: 4 }), at(t0))
const probing = (breaker: Breaker, by: string, now: number): Breaker => {
  const entry = enter(breaker, by, now, terms)
  if (entry.may !== 'probe') throw new Error(`${by} may ${entry.may}`)
  return entry.next
}

describe('a closed breaker', () => {
  test('lets calls through: closed is when current flows', () => {
    expect(enter(closed, 'a', t0, terms)).toEqual({ may: 'call' })
  })

  test.each([
    ['too few calls, all of them unanswered', calls(3, { unanswered: 3 })],
    ['fewer than half of the calls unanswered', calls(10, { unanswered: 4 })],
    ['some calls slow', calls(10, { slow: 7 })],
    ['calls that are answered', calls(1_000)],
    ['nothing at all', calls(0)],
  ])('stays closed at %s', (_, tally) => {
    expect(witness(closed, tally, at(t0)).state).toBe('closed')
  })

  test.each([
    ['half of the calls unanswered', calls(4, { unanswered: 2 }), 'unanswered'],
    ['most calls slow', calls(10, { slow: 8 }), 'slow'],
    ['most calls slow or unanswered', calls(10, { unanswered: 3, slow: 5 }), 'slow'],
  ])('opens at %s', (_, tally, because) => {
    expect(witness(closed, tally, at(t0))).toMatchObject({ state: 'open', since: t0, times: 1, because })
  })

  test('adds up what several instances saw', () => {
    const one = witness(closed, calls(2, { unanswered: 2 }), at(t0))
    expect(one.state).toBe('closed')
    expect(witness(one, calls(2, { unanswered: 1 }), at(t0 + 15_000)).state).toBe('open')
  })

  test('forgets what was seen longer ago than its window', () => {
    const one = witness(closed, calls(3, { unanswered: 3 }), at(t0))
    expect(isWatching(one, t0 + seconds(59), terms)).toBe(true)
    expect(isWatching(one, t0 + minutes(1), terms)).toBe(false)
    expect(witness(one, calls(3, { unanswered: 3 }), at(t0 + minutes(1))).state).toBe('closed')
  })

  test('holds nothing for true that was seen in the future', () => {
    const one = witness(closed, calls(3, { unanswered: 3 }), at(t0 + minutes(30)))
    expect(witness(one, calls(1, { unanswered: 1 }), at(t0)).state).toBe('closed')
  })

  test('stays small however long trouble simmers', () => {
    let breaker = closed
    for (let now = t0; now < t0 + minutes(10); now += 500)
      breaker = witness(breaker, calls(9, { unanswered: 1 }), at(now))
    expect(breaker).toMatchObject({ state: 'closed' })
    expect(breaker.state === 'closed' && breaker.evidence.length).toBeLessThanOrEqual(7)
  })
})

describe('an open breaker', () => {
  test('lets nobody through, and says when to ask again', () => {
    expect(broken).toMatchObject({ state: 'open', until: t0 + 7_500 })
    expect(enter(broken, 'a', t0 + 7_499, terms)).toEqual({ may: 'wait', until: t0 + 7_500 })
  })

  test('learns nothing from calls that began before', () => {
    expect(witness(broken, calls(100, { unanswered: 100 }), at(t0 + 1_000))).toBe(broken)
  })

  test('is probed by whoever asks when its time is over', () => {
    const next = probing(broken, 'a', t0 + 7_500)
    expect(next).toMatchObject({ state: 'half-open', answered: 0, probe: { by: 'a', until: t0 + 12_500 } })
  })

  test('waits half of its time for certain and the other half by chance', () => {
    const until = (chance: number) => {
      const breaker = witness(closed, calls(4, { unanswered: 4 }), at(t0, chance))
      return breaker.state === 'open' ? breaker.until - t0 : 0
    }
    expect([until(0), until(0.5), until(1)]).toEqual([5_000, 7_500, 10_000])
  })
})

describe('a half-open breaker', () => {
  const half = probing(broken, 'a', t0 + 8_000)

  test('lets one through at a time', () => {
    expect(enter(half, 'b', t0 + 9_000, terms)).toEqual({ may: 'wait', until: t0 + 13_000 })
  })

  test('is probed by another when the one who probed has died', () => {
    expect(probing(half, 'b', t0 + 13_000)).toMatchObject({ state: 'half-open', probe: { by: 'b' } })
  })

  test('closes after good probes in a row, with nothing held against the dependency', () => {
    const once = conclude(half, 'a', 'answered', at(t0 + 9_000))
    expect(once).toMatchObject({ state: 'half-open', answered: 1 })
    const twice = conclude(probing(once, 'b', t0 + 9_100), 'b', 'answered', at(t0 + 9_200))
    expect(twice).toEqual({ ...closed, since: t0 + 9_200 })
  })

  test('may have work put back until it has been closed for a while, by whatever clock', () => {
    const patience = 60_000
    const since = { ...closed, since: t0 }
    expect(holdsBack(closed, t0, patience)).toBe(false)
    expect(holdsBack(half, t0, patience)).toBe(true)
    expect(holdsBack(broken, t0 + minutes(60), patience)).toBe(true)
    expect([t0, t0 + patience - 1, t0 + patience].map((now) => holdsBack(since, now, patience))).toEqual([
      true,
      true,
      false,
    ])
    expect(holdsBack(since, t0 - minutes(60), patience)).toBe(false)
  })

  test.each(['unanswered', 'slow'] as const)('opens for twice as long when its probe is %s', (probed) => {
    expect(conclude(half, 'a', probed, at(t0 + 9_000))).toEqual({
      state: 'open',
      since: t0 + 9_000,
      until: t0 + 24_000,
      times: 2,
      because: probed,
    })
  })

  test('is open for a minute at most, however often probes fail', () => {
    let breaker = broken
    for (let now = t0, i = 0; i < 20; i++) {
      now += minutes(2)
      breaker = conclude(probing(breaker, 'a', now), 'a', 'unanswered', at(now, 1))
      expect(breaker.state === 'open' && breaker.until - now).toBeLessThanOrEqual(minutes(1))
    }
  })

  test('is free for the next when the probe was not made after all', () => {
    const free = conclude(half, 'a', 'unused', at(t0 + 8_100))
    expect(probing(free, 'b', t0 + 8_200)).toMatchObject({ probe: { by: 'b' } })
  })

  test('does not listen to whoever lost the lease', () => {
    const taken = probing(half, 'b', t0 + 20_000)
    expect(conclude(taken, 'a', 'answered', at(t0 + 20_100))).toBe(taken)
    expect(conclude(taken, 'a', 'unanswered', at(t0 + 20_100))).toBe(taken)
  })
})

describe('a clock that jumps', () => {
  test('forwards makes one probe early, and no more', () => {
    const ahead = probing(broken, 'a', t0 + minutes(60))
    expect(enter(ahead, 'b', t0 + minutes(60), terms).may).toBe('wait')
  })

  test('backwards, or one that ran ahead when it opened, holds nobody up for longer than the longest time', () => {
    const ahead = witness(closed, calls(4, { unanswered: 4 }), at(t0 + minutes(60)))
    expect(enter(ahead, 'a', t0, terms).may).toBe('probe')
    const half = probing(ahead, 'far', t0 + minutes(61))
    expect(enter(half, 'a', t0, terms).may).toBe('probe')
  })

  test('whatever it does, a breaker lets somebody through within the longest time', () => {
    const jumps = fc.array(fc.integer({ min: -10 * minutes(60), max: 10 * minutes(60) }), { maxLength: 20 })
    fc.assert(
      fc.property(jumps, fc.integer({ min: 0, max: 99 }), (jumps, percent) => {
        let breaker = broken
        let now = t0
        for (const jump of jumps) {
          now += jump
          const entry = enter(breaker, `at ${now}`, now, terms)
          if (entry.may !== 'probe') continue
          breaker = conclude(entry.next, `at ${now}`, 'unanswered', at(now, percent / 100))
        }
        expect(enter(breaker, 'last', now + terms.longest, terms).may).toBe('probe')
      }),
    )
  })
})
