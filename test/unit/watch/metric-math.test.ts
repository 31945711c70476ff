import { describe, expect, test } from 'vitest'
import { idsOf, metricMath, type Series } from '../../../local/watch/metric-math.ts'

const none = undefined
const math = (expression: string, series: Record<string, Series> = {}, period = 60) =>
  metricMath(expression, { series, metrics: Object.keys(series), period })

const errors: Series = [none, 1, 2, 0]
const requests: Series = [10, 10, 0, none]

describe('arithmetic', () => {
  test.each([
    ['a + b', [5, 7]],
    ['a - b', [-3, -3]],
    ['a * b', [4, 10]],
    ['b / a', [4, 2.5]],
    ['a ^ 2', [1, 4]],
    ['-a', [-1, -2]],
    ['1 + 2 * a', [3, 5]],
    ['(1 + 2) * a', [3, 6]],
    ['10 - 3 - a', [6, 5]],
    ['1.5e1 * a', [15, 30]],
    ['7', [7, 7]],
  ])('%s', (expression, expected) => {
    expect(math(expression, { a: [1, 2], b: [4, 5] })).toEqual(expected)
  })
  test('has no value where an operand has none', () => {
    expect(math('errors + requests', { errors, requests })).toEqual([none, 11, 2, none])
  })
  test('has no value where it divides by zero', () => {
    expect(math('errors / requests', { errors, requests })).toEqual([none, 0.1, none, none])
  })
})

describe('comparisons and logic', () => {
  test.each([
    ['a > 1', [0, 1, 1]],
    ['a >= 2', [0, 1, 1]],
    ['a < 2', [1, 0, 0]],
    ['a <= 2', [1, 1, 0]],
    ['a == 2', [0, 1, 0]],
    ['a != 2', [1, 0, 1]],
    ['a > 1 AND a < 3', [0, 1, 0]],
    ['a < 2 || a > 2', [1, 0, 1]],
    ['a < 2 OR a > 2 && a > 5', [1, 0, 0]],
  ])('%s', (expression, expected) => {
    expect(math(expression, { a: [1, 2, 3] })).toEqual(expected)
  })
})

describe('functions', () => {
  test('FILL puts a number, the last value or another series where nothing came', () => {
    expect(math('FILL(errors, 0)', { errors })).toEqual([0, 1, 2, 0])
    expect(math('FILL(a, REPEAT)', { a: [none, 1, none, 3, none] })).toEqual([none, 1, 1, 3, 3])
    expect(math('FILL(errors, requests)', { errors, requests })).toEqual([10, 1, 2, 0])
  })
  test('IF chooses period by period', () => {
    expect(math('IF(requests > 5, errors, 0)', { errors, requests })).toEqual([none, 1, 0, none])
    expect(math('IF(a, a)', { a: [0, 3] })).toEqual([none, 3])
    expect(math('IF(1, a, 2)', { a: [0, 3] })).toEqual([0, 3])
    expect(math('IF(0, a)', { a: [0, 3] })).toEqual([none, none])
  })
  test('SUM, AVG, MIN and MAX of an array leave out who is silent', () => {
    const series = { errors, requests }
    expect(math('SUM(METRICS())', series)).toEqual([10, 11, 2, 0])
    expect(math('AVG([errors, requests])', series)).toEqual([10, 5.5, 1, 0])
    expect(math('MIN(METRICS())', series)).toEqual([10, 1, 0, 0])
    expect(math('MAX(METRICS())', series)).toEqual([10, 10, 2, 0])
    expect(math('SUM(METRICS())', { a: [none], b: [none] })).toEqual([none])
  })
  test('of one series they are a single number', () => {
    expect(math('a - MIN(a)', { a: [3, none, 5] })).toEqual([0, none, 2])
    expect(math('MAX(a)', { a: [none, none] })).toEqual([none, none])
  })
  test('METRICS takes those whose id contains a text', () => {
    expect(math("SUM(METRICS('err'))", { err1: [1], err2: [2], ok: [9] })).toEqual([3])
  })
  test('an array is filled, scaled and rated series by series', () => {
    expect(math('SUM(FILL(METRICS(), 1))', { errors, requests })).toEqual([11, 11, 2, 1])
    expect(math('SUM(METRICS() * 2)', { a: [1], b: [2] })).toEqual([6])
    expect(math('SUM(10 - METRICS())', { a: [1], b: [2] })).toEqual([17])
    expect(math('SUM(RATE(METRICS()))', { a: [0, 60], b: [0, 120] })).toEqual([none, 3])
  })
  test('RATE is the change a second since the last point that came', () => {
    expect(math('RATE(a)', { a: [10, none, 130, 70] }, 60)).toEqual([none, none, 1, -1])
  })
  test('ABS, CEIL and FLOOR', () => {
    expect(math('ABS(a) + CEIL(b) + FLOOR(b)', { a: [-2], b: [1.5] })).toEqual([5])
  })
})

describe('refuses by name', () => {
  test.each([
    ['ANOMALY_DETECTION_BAND(a, 2)', /function ANOMALY_DETECTION_BAND is not evaluated here/],
    ['SEARCH("x", "Sum", 60)', /function SEARCH is not evaluated here/],
    ['SUMM(METRICS())', /did you mean SUM\?/],
    ['b + 1', /mentions 'b', which is neither a metric nor an expression of this alarm: a/],
    ['METRICS()', /gives 1 series; an alarm watches exactly one/],
    ['FILL(a, LINEAR)', /FILL takes a number, a series or REPEAT here, not LINEAR/],
    ['a +', /ends too soon/],
    ['(a', /'\)' is missing before 'the end'/],
    ['a b', /'b' is too much/],
    ['a + ;', /cannot be read from ' ;' on/],
    ['* a', /'\*' stands alone/],
    ['1 / 0', /divides by the number 0/],
    ["'text' + a", /understood only as the argument of METRICS/],
    ['FILL(a)', /FILL needs an argument more/],
    ['[1, a]', /a single series is needed/],
  ])('%s', (expression, reason) => {
    expect(() => math(expression, { a: [1] })).toThrow(reason)
  })
})

test('knows the ids that an expression mentions', () => {
  expect(idsOf('IF(m1 > 3, FILL(m2, REPEAT), [m1, -e3])')).toEqual(['m1', 'm2', 'e3'])
  expect(idsOf('SUM(METRICS())')).toEqual([])
})
