import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeScalability } from '../../../../cli/capacity/describe.ts'
import { fitScalability, foresight, type Point, throughputAt } from '../../../../cli/capacity/usl.ts'

const loads = [1, 2, 4, 8, 16, 32]
const pointsOf = (law: { lambda: number; sigma: number; kappa: number }, at = loads): Point[] =>
  at.map((load) => ({ load, throughput: throughputAt(law, load) }))

describe('the scalability law', () => {
  test('is found again in points that it made', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1_000, noNaN: true }),
        fc.double({ min: 0.001, max: 0.6, noNaN: true }),
        fc.double({ min: 0.0001, max: 0.05, noNaN: true }),
        (lambda, sigma, kappa) => {
          const fit = fitScalability(pointsOf({ lambda, sigma, kappa }))
          expect(fit.lambda / lambda).toBeCloseTo(1, 5)
          expect(fit.sigma).toBeCloseTo(sigma, 5)
          expect(fit.kappa).toBeCloseTo(kappa, 5)
          expect(fit.error).toBeLessThan(1e-6)
        },
      ),
    )
  })

  test('says where throughput is highest, and that it falls beyond', () => {
    const fit = fitScalability(pointsOf({ lambda: 10, sigma: 0.02, kappa: 0.005 }))
    expect(fit.peak.load).toBeCloseTo(Math.sqrt(0.98 / 0.005), 3)
    expect(throughputAt(fit, fit.peak.load * 2)).toBeLessThan(fit.peak.throughput)
    expect(throughputAt(fit, fit.peak.load / 2)).toBeLessThan(fit.peak.throughput)
  })

  test('of what scales without loss has no peak', () => {
    const { peak, sigma, kappa } = fitScalability(loads.map((load) => ({ load, throughput: 5 * load })))
    expect(sigma).toBeCloseTo(0)
    expect(kappa).toBeCloseTo(0)
    expect(peak.throughput).toBeGreaterThan(1_000)
  })

  test('of contention alone approaches what Amdahl says', () => {
    const fit = fitScalability(pointsOf({ lambda: 10, sigma: 0.25, kappa: 0 }))
    expect(fit.sigma).toBeCloseTo(0.25)
    expect(throughputAt(fit, 1e6)).toBeCloseTo(40, 0)
  })

  test('never has a negative coefficient, whatever noise says', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.7, max: 1.3, noNaN: true }), { minLength: 6, maxLength: 6 }), (noise) => {
        const points = loads.map((load, index) => ({ load, throughput: 4 * load * noise[index]! }))
        const { sigma, kappa, lambda } = fitScalability(points)
        expect(sigma).toBeGreaterThanOrEqual(0)
        expect(kappa).toBeGreaterThanOrEqual(0)
        expect(lambda).toBeGreaterThan(0)
      }),
    )
  })

  test('says how far off it is', () => {
    const points = pointsOf({ lambda: 10, sigma: 0.05, kappa: 0.001 })
    const bent = points.map((point, index) => ({ ...point, throughput: point.throughput * (index % 2 ? 1.1 : 0.9) }))
    const { error } = fitScalability(bent)
    expect(error).toBeGreaterThan(0.05)
    expect(error).toBeLessThan(0.15)
  })

  test.each([
    [
      [
        { load: 1, throughput: 5 },
        { load: 2, throughput: 8 },
      ],
      'at least three loads',
    ],
    [
      [
        { load: 1, throughput: 5 },
        { load: 1, throughput: 5 },
        { load: 1, throughput: 6 },
      ],
      'at least three loads',
    ],
    [[{ load: 0, throughput: 5 }], 'is no measurement'],
    [[{ load: 1, throughput: Number.NaN }], 'is no measurement'],
  ])('is not fitted to %j', (points, words) => {
    expect(() => fitScalability(points)).toThrow(words)
  })
})

describe('the foresight of a fit', () => {
  const law = { lambda: 3, sigma: 0.1, kappa: 0.01 }

  test('is perfect where the points follow the law', () => {
    expect(foresight(pointsOf(law))).toBeLessThan(1e-6)
  })

  test('is as bad as the point that it expects worst', () => {
    const bent = pointsOf(law).map((point) =>
      point.load === 32 ? { ...point, throughput: point.throughput / 2 } : point,
    )
    expect(foresight(bent)).toBeGreaterThan(0.5)
  })

  test('is not known from three loads', () => {
    expect(foresight(pointsOf(law, [1, 2, 4]))).toBeUndefined()
  })

  test('is told with the fit', () => {
    const points = pointsOf(law)
    const text = describeScalability({ ...fitScalability(points), foresight: 0.04, points })
    expect(text).toContain('contention 0.1, coherency 0.01')
    expect(text).toContain('6 points, off by 0.0 % on average, at most by 4.0 %')
  })
})
