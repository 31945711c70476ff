/** What a sample says: how many, their mean, and percentiles by rank. Times in milliseconds unless told otherwise. */
export type Figures = {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** The value below which this share (0 to 1) of the sample lies, by nearest rank; 0 of nothing. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!

export const figures = (sample: readonly number[]): Figures => {
  const sorted = Float64Array.from(sample).sort() as unknown as readonly number[]
  let sum = 0
  for (const value of sample) sum += value
  return {
    count: sample.length,
    mean: sample.length === 0 ? 0 : sum / sample.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    most: sorted[sorted.length - 1] ?? 0,
  }
}
