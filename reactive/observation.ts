import type middy from '@middy/core'
import * as z from 'zod'
import { environment } from './environment.ts'
import { type Log, logger } from './log.ts'
import { emfMeter, type Measure } from './metering.ts'

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
}

export type Observed = Observation & {
  /** Writes what was measured, however the invocation ended. */
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
  const { NEVERSTOP_HANDLER, STAGE, METRICS_NAMESPACE } = environment({
    NEVERSTOP_HANDLER: z.string().min(1),
    STAGE: z.string().min(1),
    METRICS_NAMESPACE: z.string().min(1),
  })
  const meter = emfMeter({
    source,
    namespace: METRICS_NAMESPACE,
    clock: Date.now,
    write: (line) => process.stdout.write(`${line}\n`),
  })
  const prefix = `neverstop-${STAGE}-`
  const flush = () => meter.flush()
  return {
    source,
    handler: NEVERSTOP_HANDLER,
    log: logger(source),
    measure: meter.measure,
    edgeOf: (queue) => (queue.startsWith(prefix) ? queue.slice(prefix.length) : queue),
    coldStart: once(),
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
