import type { Attributes, Span, SpanKind } from './tracing.ts'

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }
const failed = { code: 2 }

/**
 * Spans as an OTLP request in JSON: what a collector takes at `/v1/traces`.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
 */
export const otlpRequest = (spans: readonly Span[], resource: Attributes): object => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [
        {
          scope: { name: 'neverstop' },
          spans: spans.map(({ traceId, spanId, parentId, name, kind, start, end, attributes, links, error }) => ({
            traceId,
            spanId,
            ...(parentId ? { parentSpanId: parentId } : {}),
            name,
            kind: kinds[kind],
            startTimeUnixNano: nanos(start),
            endTimeUnixNano: nanos(end),
            attributes: attributesOf(attributes),
            links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
            ...(error === undefined ? {} : { status: { ...failed, message: error } }),
          })),
        },
      ],
    },
  ],
})

/** Milliseconds with fractions as whole nanoseconds; a number could not hold them. */
const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n)

const attributesOf = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

const anyValue = (value: string | number | boolean) => {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** An invocation waits for its spans to be taken, so not for long. */
const patience = 1_000

/**
 * Sends spans to a collector over OTLP/HTTP. Resolves in any case: traces are for looking at, and no work fails for them;
 * says what went wrong.
 */
export const exportSpans = async (
  endpoint: string,
  spans: readonly Span[],
  resource: Attributes,
): Promise<string | undefined> => {
  try {
    const response = await fetch(`${endpoint.replace(/\/$/, '')}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(otlpRequest(spans, resource)),
      signal: AbortSignal.timeout(patience),
    })
    await response.arrayBuffer()
    return response.ok ? undefined : `the collector answered ${response.status}`
  } catch (error) {
    return (error as Error).message
  }
}
