import { recordingTracer, type Span } from '../../reactive/tracing.ts'

/** A tracer with ids that count and a clock that ticks a millisecond a look; `spans` are those that ended, by name. */
export const countingTracer = (share = 1) => {
  let ids = 0
  let now = 1_000
  const tracer = recordingTracer({
    share,
    clock: () => now++,
    random: (bytes) => (++ids).toString(16).padStart(bytes * 2, '0'),
  })
  const all: Span[] = []
  const spans = () => {
    all.push(...tracer.take())
    return all
  }
  return { tracer, spans, named: (name: string) => spans().filter((span) => span.name === name) }
}

export const traceparent = (trace: string, flags = '01') => `00-${trace.padStart(32, 'a')}-${'b'.repeat(16)}-${flags}`
