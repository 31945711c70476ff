/** Throughput (a second) that was measured with so many at work at once. */
export type Point = { readonly load: number; readonly throughput: number }

/** A fit of the universal scalability law. */
export type Scalability = {
  /** Throughput of one at work. */
  readonly lambda: number
  /** What has to queue for something shared: 0 to 1 (contention). */
  readonly sigma: number
  /** What they lose to agreeing with each other (coherency); from 0. */
  readonly kappa: number
  /** The load at which throughput is highest, and how high; infinite without contention and coherency. */
  readonly peak: { readonly load: number; readonly throughput: number }
  /** Root of the mean squared relative residual: 0.05 is five per cent. */
  readonly error: number
}

/**
 * Fits `X(N) = λN / (1 + σ(N−1) + κN(N−1))` to measured points.
 *
 * Written as `N/X = 1/λ + (σ/λ)(N−1) + (κ/λ)N(N−1)` it is linear in its three unknowns. Each point weighs by the square
 * of what it says about N/X, so that residuals are relative and the slow points do not decide alone. A coefficient that
 * would be negative, which noise makes, is held at nought and the others are fitted again.
 *
 * @throws RangeError with fewer than three different loads, or a point that is none.
 *
 * @see N. J. Gunther, Guerrilla Capacity Planning (2007), ch. 4 to 6
 *
 * @example
 * fitScalability([{ load: 1, throughput: 10 }, { load: 2, throughput: 18 }, { load: 4, throughput: 29 }]).peak.load
 */
export const fitScalability = (points: readonly Point[]): Scalability => {
  for (const { load, throughput } of points)
    if (!(load > 0 && throughput > 0 && Number.isFinite(load + throughput)))
      throw new RangeError(`${throughput} a second with ${load} at work is no measurement`)
  if (new Set(points.map(({ load }) => load)).size < 3)
    throw new RangeError('the scalability law has three unknowns: it takes points of at least three loads')
  const columns = [() => 1, (n: number) => n - 1, (n: number) => n * (n - 1)] as const
  let kept: readonly number[] = [0, 1, 2]
  for (;;) {
    const solved = leastSquares(
      points,
      kept.map((index) => columns[index]!),
    )
    const worst = kept.filter((index, at) => index > 0 && solved[at]! < 0).at(-1)
    if (worst === undefined) {
      const of = (index: number) => solved[kept.indexOf(index)] ?? 0
      const lambda = 1 / of(0)
      return described({ lambda, sigma: of(1) * lambda, kappa: of(2) * lambda }, points)
    }
    kept = kept.filter((index) => index !== worst)
  }
}

/** Throughput that a fit expects with so many at work. */
export const throughputAt = ({ lambda, sigma, kappa }: Pick<Scalability, 'lambda' | 'sigma' | 'kappa'>, load: number) =>
  (lambda * load) / (1 + sigma * (load - 1) + kappa * load * (load - 1))

const described = (law: Pick<Scalability, 'lambda' | 'sigma' | 'kappa'>, points: readonly Point[]): Scalability => {
  const { lambda, sigma, kappa } = law
  const load = kappa > 0 ? Math.max(1, Math.sqrt(Math.max(0, 1 - sigma) / kappa)) : Number.POSITIVE_INFINITY
  const residuals = points.map(({ load: n, throughput }) => throughputAt(law, n) / throughput - 1)
  return {
    ...law,
    peak: {
      load,
      throughput: Number.isFinite(load)
        ? throughputAt(law, load)
        : sigma > 0
          ? lambda / sigma
          : Number.POSITIVE_INFINITY,
    },
    error: Math.sqrt(residuals.reduce((sum, one) => sum + one * one, 0) / residuals.length),
  }
}

/** The coefficients of the columns that come nearest to N/X, residuals relative: normal equations, solved by elimination. */
const leastSquares = (points: readonly Point[], columns: readonly ((n: number) => number)[]): number[] => {
  const rows = points.map(({ load, throughput }) => {
    const y = load / throughput
    return { x: columns.map((column) => column(load) / y), y: 1 }
  })
  const matrix = columns.map((_, i) => [
    ...columns.map((__, j) => rows.reduce((sum, { x }) => sum + x[i]! * x[j]!, 0)),
    rows.reduce((sum, { x, y }) => sum + x[i]! * y, 0),
  ])
  return eliminated(matrix)
}

const eliminated = (matrix: number[][]): number[] => {
  const size = matrix.length
  for (let column = 0; column < size; column++) {
    const pivot = matrix
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best))
    const at = matrix.indexOf(pivot)
    ;[matrix[column], matrix[at]] = [matrix[at]!, matrix[column]!]
    for (let row = 0; row < size; row++) {
      if (row === column) continue
      const factor = matrix[row]![column]! / matrix[column]![column]!
      for (let k = column; k <= size; k++) matrix[row]![k]! -= factor * matrix[column]![k]!
    }
  }
  return matrix.map((row, index) => row[size]! / row[index]!)
}

/**
 * How far off the law is for loads that it has not seen: each point but the lowest is expected from the others.
 * Undefined with fewer than four loads.
 */
export const foresight = (points: readonly Point[]): number | undefined => {
  const loads = [...new Set(points.map(({ load }) => load))].toSorted((a, b) => a - b)
  if (loads.length < 4) return undefined
  const misses = points
    .filter(({ load }) => load !== loads[0])
    .map(({ load, throughput }) => {
      const others = fitScalability(points.filter((point) => point.load !== load))
      return Math.abs(throughputAt(others, load) / throughput - 1)
    })
  return Math.max(...misses)
}
