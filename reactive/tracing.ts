import { AsyncLocalStorage } from 'node:async_hooks'
import type { Message } from '../events/envelope.ts'

/** What a span was to the message or request that it is about, in OpenTelemetry's words. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'
export type Attributes = Readonly<Record<string, string | number | boolean>>
export type SpanContext = { readonly traceId: string; readonly spanId: string }

/** One piece of work, as it is written and exported. Times are in milliseconds since 1970, with fractions. */
export type Span = SpanContext & {
  readonly parentId?: string
  readonly name: string
  readonly kind: SpanKind
  readonly start: number
  readonly end: number
  readonly attributes: Attributes
  /** What it has to do with without being its child: the messages of a batch, the batch of a message. */
  readonly links: readonly SpanContext[]
  readonly error?: string
}

/** A span that goes on. */
export type ActiveSpan = {
  /** Undefined when it is not recorded; what is handed on then is what came. */
  readonly context: SpanContext | undefined
  /** What to tell whoever is asked for something on its behalf. */
  readonly traceparent: string | undefined
  readonly set: (attributes: Attributes) => void
  readonly end: (error?: string) => void
}

type Beginning = {
  readonly kind: SpanKind
  /** The W3C trace context that it goes on from; without one it begins a trace, if the sample has room for it. */
  readonly parent?: string | undefined
  readonly attributes?: Attributes
  readonly links?: readonly (SpanContext | undefined)[]
  /** Begins no trace: recorded only where somebody else's trace is, by parent or link. */
  readonly onlyBeside?: true
}

export type Tracer = {
  /** Runs an invocation: what is sent in it goes on from the spans that were entered. */
  readonly within: <T>(invocation: () => Promise<T>) => Promise<T>
  readonly begin: (name: string, beginning: Beginning) => ActiveSpan
  /** Hands out what has ended since the last time. */
  readonly take: () => readonly Span[]
}

const format = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
export const parseTraceparent = (text: string | undefined): (SpanContext & { sampled: boolean }) | undefined => {
  const [, traceId, spanId, flags] = format.exec(text ?? '') ?? []
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const traceparentOf = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`

/** One message may be traced through hundreds of spans, one invocation through few: more would be a loop. */
const mostSpans = 500

/**
 * Records spans until somebody takes them. `share` of the traces that begin here are recorded, from 0 to 1; a trace that
 * came with a message goes on as its beginning decided.
 *
 * @example
 * const span = tracer.begin('process payments.AuthorisePayment.v1', { kind: 'consumer', parent: message.traceparent })
 */
export const recordingTracer = ({
  share,
  clock,
  random,
}: {
  share: number
  clock: () => number
  random: (bytes: number) => string
}): Tracer => {
  let ended: Span[] = []
  return {
    within: (invocation) => scopes.run({ spans: [] }, invocation),
    begin: (name, { kind, parent, attributes = {}, links = [], onlyBeside }) => {
      const linked = links.filter((link) => link !== undefined)
      const from = parseTraceparent(parent)
      if (from ? !from.sampled : onlyBeside && linked.length === 0) return ignored(parent)
      // Said to those that come after, so that a trace is recorded whole or not at all.
      if (!from && !onlyBeside && !chosen(share, random)) return ignored(`00-${random(16)}-${random(8)}-00`)
      const context = { traceId: from?.traceId ?? random(16), spanId: random(8) }
      const start = clock()
      let all = attributes
      return {
        context,
        traceparent: traceparentOf(context),
        set: (more) => {
          all = { ...all, ...more }
        },
        end: (error) => {
          if (ended.length >= mostSpans) return
          ended.push({
            ...context,
            ...(from ? { parentId: from.spanId } : {}),
            name,
            kind,
            start,
            end: clock(),
            attributes: all,
            links: linked,
            ...(error === undefined ? {} : { error }),
          })
        },
      }
    },
    take: () => {
      const taken = ended
      ended = []
      return taken
    },
  }
}

const chosen = (share: number, random: (bytes: number) => string): boolean =>
  share >= 1 || Number.parseInt(random(4), 16) / 0xffffffff < share

const ignored = (parent: string | undefined): ActiveSpan => ({
  context: undefined,
  traceparent: parent,
  set: () => undefined,
  end: () => undefined,
})

/** For whom nothing is traced: what came is handed on. */
export const untraced: Tracer = {
  within: (invocation) => invocation(),
  begin: (_, { parent }) => ignored(parent),
  take: () => [],
}

type Scope = { readonly spans: ActiveSpan[]; readonly current?: ActiveSpan }
const scopes = new AsyncLocalStorage<Scope>()

/** Notes a span that stands for one of several messages, none of which is the current one. */
export const enter = (span: ActiveSpan): void => {
  if (span.context) scopes.getStore()?.spans.push(span)
}

/** Runs work on behalf of a span: its calls become children, and what it sends goes on from it. */
export const onBehalfOf = <T>(span: ActiveSpan, work: () => Promise<T>): Promise<T> => {
  if (!span.context) return work()
  return scopes.run({ spans: [...(scopes.getStore()?.spans ?? []), span], current: span }, work)
}

/** The trace context of what is being done now. */
export const currentTraceparent = (): string | undefined => scopes.getStore()?.current?.traceparent

/**
 * A message that goes on from the span of this invocation that belongs to its trace; as it is where there is none. A
 * coordinator folds messages of many traces, so the trace tells which of its spans a command comes from.
 */
export const carried = (message: Message): Message => {
  const scope = scopes.getStore()
  if (!scope) return message
  const { traceId } = parseTraceparent(message.traceparent) ?? {}
  const span = traceId ? scope.spans.findLast(({ context }) => context?.traceId === traceId) : scope.current
  return span?.traceparent ? { ...message, traceparent: span.traceparent } : message
}
