import { randomBytes } from 'node:crypto'
import type middy from '@middy/core'
import * as z from 'zod'
import { countedLine } from './counted.ts'
import { environment } from './environment.ts'
import { type LastWord, lastWord } from './last-word.ts'
import { type Log, logger } from './log.ts'
import { emfMeter, type Measure, serviceOf } from './metering.ts'
import { exportSpans } from './otlp.ts'
import { spanLine } from './span-line.ts'
import { recordingTracer, type Tracer, untraced } from './tracing.ts'

/** What every frame does beside its work: it measures and tells, and what it says is written when the invocation ends. */
export type Observation = {
  /** Who is observed, as a CloudEvents source: `/payments`. */
  readonly source: string
  /** The function by its handler: `payments-commands`. */
  readonly handler: string
  readonly log: Log
  readonly measure: Measure
  /** A queue by its name without the stage, which is how metrics call it. */
  readonly edgeOf: (queue: string) => string
  /** True once: for the first invocation of this process. */
  readonly coldStart: () => boolean
  readonly tracer: Tracer
  /** What a frame says of an invocation whose time is up; it is written at once. */
  readonly lastWord: LastWord
}

export type Observed = Observation & {
  /** Writes what was measured and traced, however the invocation ended. */
  readonly middleware: middy.MiddlewareObj
}

/**
 * Observes the function that this process runs. Made once, at cold start, by the frame of the handler, or by the handler
 * where something else than its frame measures too.
 *
 * @example
 * const observed = observe('/payments')
 * export const handler = queueConsumer({ observed, contracts, handle })
 */
export const observe = (source: string): Observed => {
  const { NEVERSTOP_HANDLER, STAGE, METRICS_NAMESPACE, TRACING, OTEL_EXPORTER_OTLP_ENDPOINT } = environment({
    NEVERSTOP_HANDLER: z.string().min(1),
    STAGE: z.string().min(1),
    METRICS_NAMESPACE: z.string().min(1),
    TRACING: z.coerce.number().min(0).max(1),
    OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  })
  const write = (line: string) => process.stdout.write(`${line}\n`)
  const log = logger(source)
  const meter = emfMeter({ source, namespace: METRICS_NAMESPACE, clock: Date.now, write })
  const tracer =
    TRACING === 0
      ? untraced
      : recordingTracer({
          share: TRACING,
          clock: () => performance.timeOrigin + performance.now(),
          random: (bytes) => randomBytes(bytes).toString('hex'),
        })
  const resource = {
    'service.name': serviceOf(source),
    'service.namespace': `neverstop-${STAGE}`,
    'faas.name': NEVERSTOP_HANDLER,
  }
  const prefix = `neverstop-${STAGE}-`
  const writeDown = () => {
    meter.flush()
    const calls = countedLine(NEVERSTOP_HANDLER)
    if (calls) write(calls)
  }
  const flush = async () => {
    writeDown()
    const spans = tracer.take()
    if (spans.length === 0) return
    write(spanLine(spans, NEVERSTOP_HANDLER))
    if (OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return
    const problem = await exportSpans(OTEL_EXPORTER_OTLP_ENDPOINT, spans, resource)
    if (problem) log.warn(`spans were not exported: ${problem}`, { spans: spans.length })
  }
  return {
    source,
    handler: NEVERSTOP_HANDLER,
    log,
    measure: meter.measure,
    edgeOf: (queue) => (queue.startsWith(prefix) ? queue.slice(prefix.length) : queue),
    coldStart: once(),
    tracer,
    lastWord: (remaining, say) =>
      lastWord(remaining, () => {
        say()
        writeDown()
      }),
    middleware: { after: flush, onError: flush },
  }
}

const once = () => {
  let first = true
  return () => {
    const answer = first
    first = false
    return answer
  }
}
