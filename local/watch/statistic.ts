/**
 * What CloudWatch keeps of one period: a statistic set, and the values by how often each came, which percentiles need.
 * Mutable, since a period takes thousands of values.
 */
export type Bucket = {
  count: number
  sum: number
  min: number
  max: number
  readonly values: Map<number, number>
}

export const emptyBucket = (): Bucket => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  values: new Map(),
})

/** Adds a value that came `times` times. */
export const add = (bucket: Bucket, value: number, times = 1): void => {
  bucket.count += times
  bucket.sum += value * times
  bucket.min = Math.min(bucket.min, value)
  bucket.max = Math.max(bucket.max, value)
  bucket.values.set(value, (bucket.values.get(value) ?? 0) + times)
}

/** Several periods as one. */
export const merge = (buckets: readonly Bucket[]): Bucket => {
  const merged = emptyBucket()
  for (const { values } of buckets) for (const [value, times] of values) add(merged, value, times)
  return merged
}

const simple: Record<string, (bucket: Bucket) => number> = {
  Average: ({ sum, count }) => sum / count,
  Maximum: ({ max }) => max,
  Minimum: ({ min }) => min,
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
}

/** Thrown for a statistic, a function or a treatment that CloudWatch knows and this evaluator does not. */
export class NotEvaluated extends Error {
  override readonly name = 'NotEvaluated'
}

/** `p99`, `p99.9` → the percentile; undefined for anything else. */
export const percentileOf = (statistic: string): number | undefined => {
  const [, digits] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(statistic) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** `TC(:1000)`, how many values are at most 1000, and `PR(:1000)`, which per cent of them. */
const upTo = (statistic: string): ((bucket: Bucket) => number) | undefined => {
  const [, kind, bound] = /^(TC|PR)\(:(\d+(?:\.\d+)?)\)$/.exec(statistic) ?? []
  if (kind === undefined) return undefined
  return ({ values, count }) => {
    const within = [...values].reduce((sum, [value, times]) => sum + (value <= Number(bound) ? times : 0), 0)
    return kind === 'TC' ? within : (100 * within) / count
  }
}

/**
 * The value of a statistic over what came in one period; undefined when nothing came, since silence is not zero.
 *
 * A percentile is the smallest value that at least so many per cent of all are not above (nearest rank).
 *
 * @throws NotEvaluated for a statistic that is not one of Average, Maximum, Minimum, SampleCount, Sum, a percentile, TC(:n) or PR(:n).
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 *
 * @example
 * const bucket = emptyBucket()
 * add(bucket, 20, 99)
 * add(bucket, 900)
 * statisticOf('p99', bucket) // 20
 * statisticOf('Maximum', bucket) // 900
 */
export const statisticOf = (statistic: string, bucket: Bucket): number | undefined => {
  const percentile = percentileOf(statistic)
  const counted = simple[statistic] ?? upTo(statistic)
  if (percentile === undefined && !counted)
    throw new NotEvaluated(
      `The statistic '${statistic}' is not evaluated here: use ${Object.keys(simple).join(', ')} a percentile such as p99, TC(:n) or PR(:n)`,
    )
  if (bucket.count === 0) return undefined
  return percentile === undefined ? counted!(bucket) : nearestRank(bucket, percentile)
}

const nearestRank = ({ values, count }: Bucket, percentile: number): number => {
  const rank = Math.max(1, Math.ceil((percentile / 100) * count))
  let seen = 0
  const sorted = [...values].sort(([one], [other]) => one - other)
  for (const [value, times] of sorted) {
    seen += times
    if (seen >= rank) return value
  }
  return sorted.at(-1)![0]
}

/**
 * Whether so few values came that a percentile of them says nothing; an alarm may be told to ignore such periods.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
 */
export const tooFewFor = (statistic: string, { count }: Bucket): boolean => {
  const percentile = percentileOf(statistic)
  if (percentile === undefined) return false
  const rarer = Math.min(percentile, 100 - percentile)
  return count * rarer < 1_000
}
