import { describe, expect, test } from 'vitest'
import {
  combinationsOf,
  dimensions,
  metricNames,
  metrics,
  namespaceOf,
  termsOfMetric,
} from '../../../reactive/metrics.ts'

describe.each(metricNames)('the metric %s', (name) => {
  const { unit, by, statistics, meaning } = termsOfMetric(name)

  test('has a name that CloudWatch takes and people read', () => expect(name).toMatch(/^[A-Z][A-Za-z]{3,39}$/))

  test('says what it means, in a sentence', () => expect(meaning).toMatch(/^[A-Z].{15,}\.$/))

  test('is told apart by its service first, and by no dimension twice', () => {
    expect(by.length).toBeGreaterThan(0)
    for (const set of by) {
      expect(set[0]).toBe('service')
      expect(new Set(set).size).toBe(set.length)
      expect(set.every((dimension) => dimension in dimensions)).toBe(true)
    }
  })

  test('publishes no set of dimensions twice', () => {
    const sets = by.map((set) => set.join())
    expect(new Set(sets).size).toBe(sets.length)
  })

  test('offers statistics that suit its unit', () => {
    expect(statistics.length).toBeGreaterThan(0)
    if (unit === 'Milliseconds') expect(statistics).not.toContain('Sum')
    if (statistics.some((statistic) => statistic.startsWith('p'))) expect(unit).toBe('Milliseconds')
  })

  test('stays within what EMF takes of dimensions', () => {
    for (const set of by) expect(set.length).toBeLessThanOrEqual(30)
  })
})

describe('the catalogue', () => {
  test('has every name once, whichever part lists it', () => {
    expect(new Set(metricNames).size).toBe(Object.keys(metrics).length)
  })

  test('counts a combination for each set of dimensions', () => {
    expect(combinationsOf('OrdersPlaced')).toBe(1)
    expect(combinationsOf('IntentsResent')).toBe(2)
    expect(combinationsOf('OrdersRejected')).toBe(1 + dimensions.reason.values.length)
    expect(combinationsOf('MessagesFailed')).toBe(dimensions.edge.most * (1 + dimensions.class.values.length))
  })

  test('stays within what a stage may spend on metrics', () => {
    const total = metricNames.reduce((sum, name) => sum + combinationsOf(name), 0)
    expect(total).toBeLessThanOrEqual(500)
  })

  test('keeps the metrics of two stages apart', () => expect(namespaceOf('dev')).not.toBe(namespaceOf('prod')))
})
