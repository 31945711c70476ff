import type { Datapoint } from './evaluate.ts'
import { add, type Bucket, emptyBucket, merge, statisticOf, tooFewFor } from './statistic.ts'

/** A metric, exactly as CloudWatch tells them apart: other dimensions, another metric. */
export type MetricId = {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** One value of a metric. `at` in epoch milliseconds of the watch's time; `times` when it came more than once. */
export type Sample = { readonly metric: MetricId; readonly at: number; readonly value: number; readonly times?: number }

/** How one data point is made of samples. */
export type Query = {
  readonly metric: MetricId
  readonly statistic: string
  /** Milliseconds. */
  readonly period: number
  /** Leave out percentiles of so few values that they say nothing. */
  readonly ignoreFew?: boolean
}

const minute = 60_000

/** The text that two equal metrics share. */
export const keyOf = ({ namespace, name, dimensions }: MetricId): string =>
  [
    namespace,
    name,
    ...Object.entries(dimensions)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  ].join('\u0000')

export type MetricStore = {
  record: (sample: Sample) => void
  /** One data point a period, oldest first; the last one ends at `end`. */
  datapoints: (query: Query, end: number, count: number) => Datapoint[]
  /** Forgets what is older than a moment. */
  forget: (before: number) => void
  /** Every metric that ever came. */
  metrics: () => MetricId[]
}

/**
 * Samples by metric and minute. Data points are made of whole minutes that slide with the clock, as CloudWatch's do for
 * alarms whose period is a minute or longer: at minute 6, a period of five minutes covers minutes 2 to 6.
 */
export const metricStore = (): MetricStore => {
  const series = new Map<string, { metric: MetricId; minutes: Map<number, Bucket> }>()
  return {
    record: ({ metric, at, value, times = 1 }) => {
      const key = keyOf(metric)
      const known = series.get(key) ?? { metric, minutes: new Map<number, Bucket>() }
      series.set(key, known)
      const slot = Math.floor(at / minute)
      const bucket = known.minutes.get(slot) ?? emptyBucket()
      known.minutes.set(slot, bucket)
      add(bucket, value, times)
    },
    datapoints: ({ metric, statistic, period, ignoreFew = false }, end, count) => {
      const minutes = series.get(keyOf(metric))?.minutes ?? new Map<number, Bucket>()
      const last = Math.floor(end / minute)
      const length = Math.max(1, Math.round(period / minute))
      return Array.from({ length: count }, (_, index) => {
        const from = last - (count - index) * length
        const within: Bucket[] = []
        for (let slot = from; slot < from + length; slot++) {
          const bucket = minutes.get(slot)
          if (bucket) within.push(bucket)
        }
        const bucket = within.length === 1 ? within[0]! : merge(within)
        return ignoreFew && tooFewFor(statistic, bucket) ? undefined : statisticOf(statistic, bucket)
      })
    },
    forget: (before) => {
      const oldest = Math.floor(before / minute)
      for (const [key, { minutes }] of series) {
        for (const slot of minutes.keys()) if (slot < oldest) minutes.delete(slot)
        if (minutes.size === 0) series.delete(key)
      }
    },
    metrics: () => [...series.values()].map(({ metric }) => metric),
  }
}
