import type { CallCount } from '../../reactive/counted.ts'
import type { LogLine } from '../logs.ts'

/** What one function did in a while, as its log says. */
export type FunctionSeen = {
  readonly handler: string
  readonly invocations: number
  /** Of all invocations together. Milliseconds. */
  readonly millis: number
  /** How much invocations differ: variance over the square of the mean; 1 where they are exponential, 0 where all are alike. */
  readonly variation: number
  /** Messages that its queues gave it. */
  readonly received: number
  /** What it logged, as CloudWatch Logs weighs it. */
  readonly logBytes: number
  readonly calls: readonly CallCount[]
}

/** CloudWatch Logs adds so many bytes to each event. */
const bytesPerEvent = 26

/**
 * Reads from the logs of a stage what its functions did: invocations and their lengths from the platform's lines,
 * messages from the metrics, calls from the lines of those that count them. The lines that counting itself writes are
 * not weighed.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html (26 bytes of overhead)
 */
export const seenIn = (lines: readonly LogLine[]): FunctionSeen[] =>
  [...Map.groupBy(lines, ({ name }) => name)]
    .map(([handler, ours]) => {
      const documents = ours.map(({ message }) => documentOf(message))
      const spans = ours
        .flatMap(({ message }) => /^REPORT RequestId: .*?\tDuration: ([\d.]+) ms/.exec(message)?.[1] ?? [])
        .map(Number)
      return {
        handler,
        invocations: spans.length,
        millis: sum(spans),
        variation: variationOf(spans),
        received: sum(documents.flatMap(({ BatchSize = [] }) => [BatchSize].flat())),
        logBytes: sum(
          ours
            .filter(({ message }) => !message.startsWith('{"counted":'))
            .map(({ message }) => Buffer.byteLength(message) + bytesPerEvent),
        ),
        calls: documents.flatMap(({ counted = [] }) => counted),
      }
    })
    .toSorted((a, b) => a.handler.localeCompare(b.handler))

/** A line that a function wrote for machines: what counts here, and nothing else of it. */
type Document = { readonly BatchSize?: number | readonly number[]; readonly counted?: readonly CallCount[] }

const documentOf = (message: string): Document => {
  if (!message.startsWith('{')) return {}
  try {
    return JSON.parse(message) as Document
  } catch {
    return {}
  }
}

const variationOf = (spans: readonly number[]): number => {
  const mean = sum(spans) / spans.length
  return spans.length === 0 || mean === 0 ? 0 : sum(spans.map((one) => (one - mean) ** 2)) / spans.length / mean ** 2
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
