import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AlarmState,
  alarmStates,
  type Datapoint,
  evaluate,
  evaluationRange,
  type Thresholds,
  type Treatment,
  treatments,
} from '../../../local/watch/evaluate.ts'

const above: Thresholds = {
  comparison: 'GreaterThanThreshold',
  threshold: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missing: 'missing',
}

/** The documentation's own notation: 0 is within the threshold, X breaches it, - is missing. */
const series = (notation: string): Datapoint[] =>
  notation.split(' ').map((sign) => (sign === '-' ? undefined : sign === 'X' ? 11 : 0))

const shortly: Record<string, AlarmState | 'keeps'> = {
  ok: 'OK',
  alarm: 'ALARM',
  unknown: 'INSUFFICIENT_DATA',
  keeps: 'keeps',
}

/** Every state that the alarm may have been in before. */
const expectAll = (alarm: Thresholds, notation: string, expected: string) => {
  for (const before of alarmStates)
    expect([before, evaluate(alarm, series(notation), before).state]).toEqual([
      before,
      shortly[expected] === 'keeps' ? before : shortly[expected],
    ])
}

describe('the documented table: 3 of 3, five data points looked at', () => {
  test.each([
    // data points, then the state when missing data is: missing, ignore, breaching, notBreaching
    ['0 - X - X', 'ok', 'ok', 'ok', 'ok'],
    ['- - - - 0', 'ok', 'ok', 'ok', 'ok'],
    ['- - - - -', 'unknown', 'keeps', 'alarm', 'ok'],
    ['0 X X - X', 'alarm', 'alarm', 'alarm', 'alarm'],
    ['- - X - -', 'alarm', 'keeps', 'alarm', 'ok'],
  ])('%s', (notation, ...expected) => {
    treatments.forEach((missing, index) => {
      expectAll({ ...above, missing }, notation, expected[index]!)
    })
  })
})

describe('the documented table: 2 of 3, five data points looked at', () => {
  test.each([
    ['0 - X - X', 'alarm', 'alarm', 'alarm', 'alarm'],
    ['0 0 X 0 X', 'alarm', 'alarm', 'alarm', 'alarm'],
    ['0 - X - -', 'ok', 'ok', 'alarm', 'ok'],
    ['- - - - 0', 'ok', 'ok', 'alarm', 'ok'],
    ['- - - X -', 'alarm', 'keeps', 'alarm', 'ok'],
  ])('%s', (notation, ...expected) => {
    treatments.forEach((missing, index) => {
      expectAll({ ...above, datapointsToAlarm: 2, missing }, notation, expected[index]!)
    })
  })
})

describe('a premature transition is avoided', () => {
  test.each(['- - - - X', '- - - X -'])('%s waits for the next data point', (notation) => {
    expectAll(above, notation, 'keeps')
  })
  test('- - X X - fires, since the oldest breach is three periods old', () => {
    expectAll(above, '- - X X -', 'alarm')
  })
})

describe('which data points count', () => {
  test('asks for five when three are evaluated, and for a third more when there are many', () => {
    expect(evaluationRange({ evaluationPeriods: 3 })).toBe(5)
    expect(evaluationRange({ evaluationPeriods: 1 })).toBe(3)
    expect(evaluationRange({ evaluationPeriods: 15 })).toBe(20)
  })
  test('ignores what is older than the evaluation range', () => {
    expectAll({ ...above, missing: 'notBreaching' }, 'X X X 0 0 0 - -', 'ok')
  })
  test('takes older points in the range instead of missing ones', () => {
    expectAll({ ...above, missing: 'notBreaching' }, 'X X - - X', 'alarm')
  })
  test('a single breach of a 1-of-1 alarm lasts while it is the latest point of the range', () => {
    const once = { ...above, evaluationPeriods: 1, datapointsToAlarm: 1, missing: 'notBreaching' } as const
    expectAll(once, 'X - -', 'alarm')
    expectAll(once, '- - -', 'ok')
    expectAll(once, 'X - 0', 'ok')
  })
})

describe('comparisons', () => {
  const at = (comparison: string, value: number) =>
    evaluate({ ...above, comparison, evaluationPeriods: 1, datapointsToAlarm: 1 }, [value], 'OK').state
  test.each([
    ['GreaterThanThreshold', 11, 10],
    ['GreaterThanOrEqualToThreshold', 10, 9],
    ['LessThanThreshold', 9, 10],
    ['LessThanOrEqualToThreshold', 10, 11],
  ])('%s', (comparison, breaching, fine) => {
    expect(at(comparison, breaching)).toBe('ALARM')
    expect(at(comparison, fine)).toBe('OK')
  })
  test('a band is refused by name', () => {
    expect(() => at('GreaterThanUpperThreshold', 1)).toThrow(/'GreaterThanUpperThreshold' is not evaluated here/)
  })
})

describe('the reason', () => {
  test('of an alarm says how many breached, their values, the threshold and how many are needed', () => {
    expect(evaluate(above, [1, 2, 12, 13, 14], 'OK').reason).toBe(
      'Threshold Crossed: 3 out of the last 3 datapoints [12, 13, 14] were greater than the threshold (10), 3 needed for ALARM',
    )
  })
  test('says what was missing and how that was read', () => {
    expect(evaluate({ ...above, missing: 'notBreaching' }, series('- - - - 0'), 'OK').reason).toMatch(
      /2 of 3 datapoints missing, treated as notBreaching$/,
    )
  })
  test('of insufficient data says how many were unknown', () => {
    expect(evaluate(above, series('- - -'), 'OK').reason).toBe('Insufficient Data: 3 datapoints were unknown')
  })
})

describe('for any series', () => {
  const point = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined, freq: 2 })
  const anySeries = fc.array(point, { minLength: 0, maxLength: 12 })
  const anyAlarm = fc
    .record({
      of: fc.integer({ min: 1, max: 6 }),
      m: fc.integer({ min: 1, max: 6 }),
      missing: fc.constantFrom(...treatments),
    })
    .map(
      ({ of, m, missing }): Thresholds => ({
        ...above,
        evaluationPeriods: of,
        datapointsToAlarm: Math.min(m, of),
        missing,
      }),
    )
  const anyState = fc.constantFrom(...alarmStates)

  test('without missing points the treatment does not matter, nor does the state before', () => {
    fc.assert(
      fc.property(
        anyAlarm,
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 8, maxLength: 12 }),
        (alarm, points) => {
          const found = new Set(
            treatments.flatMap((missing) =>
              alarmStates.map((state) => evaluate({ ...alarm, missing }, points, state).state),
            ),
          )
          expect(found.size).toBe(1)
        },
      ),
    )
  })
  test('breaching never says less than notBreaching', () => {
    fc.assert(
      fc.property(anyAlarm, anySeries, anyState, (alarm, points, state) => {
        const read = (missing: Treatment) => evaluate({ ...alarm, missing }, points, state).state
        if (read('notBreaching') === 'ALARM') expect(read('breaching')).toBe('ALARM')
      }),
    )
  })
  test('only the treatment missing can say insufficient data of an alarm that had a state', () => {
    fc.assert(
      fc.property(anyAlarm, anySeries, fc.constantFrom('OK', 'ALARM'), (alarm, points, state) => {
        if (evaluate(alarm, points, state as AlarmState).state === 'INSUFFICIENT_DATA')
          expect(alarm.missing).toBe('missing')
      }),
    )
  })
  test('a worse latest point never ends an alarm', () => {
    fc.assert(
      fc.property(
        anyAlarm,
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 8, maxLength: 12 }),
        anyState,
        (alarm, points, state) => {
          if (evaluate(alarm, points, state).state !== 'ALARM') return
          expect(evaluate(alarm, [...points.slice(0, -1), 20], state).state).toBe('ALARM')
        },
      ),
    )
  })
})
