import { describe, expect, test } from 'vitest'
import { expectedWait, isFresh, pressureGauge, reportEvery } from '../../../reactive/pressure.ts'

const now = 1_800_000_000_000

describe('the gauge of an instance', () => {
  test('reports the median of what it saw', () => {
    const gauge = pressureGauge()
    for (const age of [900, 10, 50_000]) gauge.saw('inbox', age)
    expect(gauge.due(now)).toEqual([{ queue: 'inbox', age: 900, messages: 3, at: now }])
  })

  test('tells queues apart', () => {
    const gauge = pressureGauge()
    gauge.saw('inbox', 5)
    gauge.saw('commands', 7)
    expect(gauge.due(now).map(({ queue, age }) => [queue, age])).toEqual([
      ['inbox', 5],
      ['commands', 7],
    ])
  })

  test('has nothing to say before it saw something, nor twice of the same', () => {
    const gauge = pressureGauge()
    expect(gauge.due(now)).toEqual([])
    gauge.saw('inbox', 5)
    gauge.due(now)
    expect(gauge.due(now + 60_000)).toEqual([])
  })

  test('reports a queue once a second', () => {
    const gauge = pressureGauge()
    gauge.saw('inbox', 5)
    gauge.due(now)
    gauge.saw('inbox', 9)
    expect(gauge.due(now + reportEvery - 1)).toEqual([])
    expect(gauge.due(now + reportEvery)).toEqual([{ queue: 'inbox', age: 9, messages: 1, at: now + reportEvery }])
  })

  test('goes on reporting when the clock was set back', () => {
    const gauge = pressureGauge()
    gauge.saw('inbox', 5)
    gauge.due(now)
    gauge.saw('inbox', 6)
    expect(gauge.due(now - 3_600_000)).toHaveLength(1)
  })

  test.each([Number.NaN, -5, Number.NEGATIVE_INFINITY])('takes an age of %d for no wait', (age) => {
    const gauge = pressureGauge()
    gauge.saw('inbox', age)
    expect(gauge.due(now)[0]!.age).toBe(0)
  })

  test('keeps no more than it needs', () => {
    const gauge = pressureGauge()
    for (let n = 0; n < 100_000; n++) gauge.saw('inbox', n)
    expect(gauge.due(now)[0]!.age).toBe(100)
  })
})

describe('a reading', () => {
  const read = (at: number) => ({ queue: 'inbox', age: 5, messages: 1, at })
  test.each([
    ['is fresh at once', 0, true],
    ['is fresh for ten seconds', -10_000, true],
    ['is stale after them', -10_001, false],
    ['may come from a clock that is a little ahead', 5_000, true],
    ['counts for nothing from a clock that is far ahead', 5_001, false],
  ])('%s', (_, offset, fresh) => expect(isFresh(read(now + offset), now)).toBe(fresh))
})

describe('the expected wait', () => {
  const path = { inbox: 5, payments: 1 }
  const at = now
  test('is the age of each queue as often as it is passed', () => {
    const readings = [
      { queue: 'inbox', age: 200, messages: 1, at },
      { queue: 'payments', age: 3_000, messages: 1, at },
    ]
    expect(expectedWait(readings, path, now)).toBe(4_000)
  })
  test('knows nothing of queues that are not on the way, nor of stale readings', () => {
    const readings = [
      { queue: 'notifications', age: 90_000, messages: 1, at },
      { queue: 'inbox', age: 90_000, messages: 1, at: now - 60_000 },
    ]
    expect(expectedWait(readings, path, now)).toBe(0)
  })
  test('is nothing without readings', () => expect(expectedWait([], path, now)).toBe(0))
})
