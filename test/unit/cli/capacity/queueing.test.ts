import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { erlangC, queueingOf, type Station } from '../../../../cli/capacity/queueing.ts'

const station = (given: Partial<Station>): Station => ({
  arrivals: 8,
  service: 0.1,
  serviceVariation: 1,
  arrivalVariation: 1,
  servers: 1,
  ...given,
})

describe('work at a station', () => {
  test('of one server waits as M/M/1 says: ρ·s/(1−ρ)', () => {
    const { busy, utilisation, waiting, delay, queued } = queueingOf(station({}))
    expect(busy).toBeCloseTo(0.8)
    expect(utilisation).toBeCloseTo(0.8)
    expect(waiting).toBeCloseTo(0.8)
    expect(delay).toBeCloseTo(0.4)
    expect(queued).toBeCloseTo(3.2)
  })

  test('of constant length waits half as long, as M/D/1 says', () => {
    expect(queueingOf(station({ serviceVariation: 0 })).delay).toBeCloseTo(0.2)
  })

  test('of several servers waits as Erlang tabulated it', () => {
    // Ten servers, eight of work: C(10, 8) = 0.4092 (Cooper, Introduction to Queueing Theory, table).
    expect(erlangC(10, 8)).toBeCloseTo(0.4092, 3)
    expect(queueingOf(station({ arrivals: 80, servers: 10 })).delay).toBeCloseTo((0.4092 * 0.1) / 2, 3)
  })

  test('without work does not wait', () => {
    expect(queueingOf(station({ arrivals: 0 }))).toEqual({
      busy: 0,
      utilisation: 0,
      waiting: 0,
      delay: 0,
      delay99: 0,
      queued: 0,
    })
  })

  test('beyond what its servers can do waits without end', () => {
    expect(queueingOf(station({ arrivals: 10 }))).toMatchObject({ utilisation: 1, delay: Number.POSITIVE_INFINITY })
    expect(queueingOf(station({ arrivals: 25 }))).toMatchObject({ utilisation: 2.5, waiting: 1 })
  })

  test('of which one in a hundred waits at all has a 99th percentile of nothing', () => {
    expect(queueingOf(station({ arrivals: 1, servers: 5 })).delay99).toBe(0)
    expect(queueingOf(station({})).delay99).toBeCloseTo((0.1 / 0.2) * Math.log(80))
  })

  test('waits longer with more work and shorter with more servers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (arrivals, service, servers) => {
          const of = (given: Partial<Station>) => queueingOf(station({ arrivals, service, servers, ...given })).delay
          expect(of({ servers: servers + 1 })).toBeLessThanOrEqual(of({}))
          expect(of({ arrivals: arrivals * 1.1 })).toBeGreaterThanOrEqual(of({}))
        },
      ),
    )
  })

  test('of very many servers does not overflow', () => {
    const { waiting } = queueingOf(station({ arrivals: 9_500, servers: 1_000 }))
    expect(waiting).toBeGreaterThan(0)
    expect(waiting).toBeLessThan(1)
  })

  test.each([
    [{ arrivals: -1 }, 'arrivals is -1'],
    [{ service: Number.NaN }, 'service is NaN'],
    [{ servers: 0 }, '0 servers'],
    [{ servers: 1.5 }, '1.5 servers'],
  ])('of %o is refused', (given, words) => {
    expect(() => queueingOf(station(given))).toThrow(words)
  })
})
