import type { Span } from './tracing.ts'

/** A span as a log line has it: what was recorded, and the function that recorded it. */
export type WrittenSpan = Span & { readonly handler: string }

/** Everything that an invocation traced, as one line. */
export const spanLine = (spans: readonly Span[], handler: string): string =>
  JSON.stringify({
    spans: spans.map((span) => ({ ...span, start: micros(span.start), end: micros(span.end) })),
    handler,
  })

/** The spans of a log line; none of any other line. */
export const spansIn = (line: string): readonly WrittenSpan[] => {
  if (!line.startsWith('{"spans":')) return []
  try {
    const { spans, handler } = JSON.parse(line) as { spans: readonly Span[]; handler: string }
    return spans.map((span) => ({ ...span, handler }))
  } catch {
    return []
  }
}

/** Milliseconds to the microsecond: more digits say nothing. */
const micros = (ms: number): number => Math.round(ms * 1_000) / 1_000
