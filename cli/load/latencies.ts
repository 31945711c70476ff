import { createHistogram } from 'node:perf_hooks'

/** A distribution of spans. Milliseconds; three significant figures. Without a sample all of them are 0. */
export type Spans = {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly mean: number
}

export type Latencies = { readonly record: (millis: number) => void; readonly spans: () => Spans }

/** What is recorded lies between a microsecond and a day. */
const longest = 86_400_000_000

/**
 * Collects spans in a high dynamic range histogram: every percentile is right to three figures however far the values lie
 * apart, and a million samples take as much room as one. It is the histogram that comes with Node.
 *
 * @see https://hdrhistogram.github.io/HdrHistogram/
 *
 * @example
 * const latencies = latenciesOf([12.5, 13, 900])
 * latencies.spans().p50 // 13
 */
export const latenciesOf = (millis: readonly number[] = []): Latencies => {
  const histogram = createHistogram({ lowest: 1, highest: longest, figures: 3 })
  const record = (value: number) => histogram.record(Math.min(longest, Math.max(1, Math.round(value * 1_000))))
  for (const value of millis) record(value)
  const at = (percentile: number) => rounded(histogram.percentile(percentile) / 1_000)
  return {
    record,
    spans: () =>
      histogram.count === 0
        ? { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 }
        : {
            count: histogram.count,
            p50: at(50),
            p90: at(90),
            p99: at(99),
            p999: at(99.9),
            max: rounded(histogram.max / 1_000),
            mean: rounded(histogram.mean / 1_000),
          },
  }
}

/** What three figures are worth: tenths of a millisecond up to a hundred of them, whole milliseconds above. */
const rounded = (millis: number): number => (millis < 100 ? Math.round(millis * 10) / 10 : Math.round(millis))
