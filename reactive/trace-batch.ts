import type { SQSRecord } from 'aws-lambda'
import type { Message, Parsed } from '../events/envelope.ts'
import type { Attempted } from './consumed.ts'
import type { Observation } from './observation.ts'
import { queueOf, receivesOf } from './settle.ts'
import { type ActiveSpan, type Attributes, parseTraceparent, untraced } from './tracing.ts'

type Read = { readonly record: SQSRecord; readonly parsed: Parsed<unknown> }

type TracedBatch = {
  readonly spanOf: (record: SQSRecord) => ActiveSpan
  readonly end: (record: SQSRecord, attempted: Attempted) => void
  readonly endBatch: () => void
}

const nothing: TracedBatch = {
  spanOf: () => ({ context: undefined, traceparent: undefined, set: () => {}, end: () => {} }),
  end: () => {},
  endBatch: () => {},
}

/**
 * The spans of a batch, in OpenTelemetry's terms: a `process` span a message in the message's own trace, and, where there
 * are several, one span for the batch that is linked to them all, since it is the child of none.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export const traceBatch = (
  { tracer, handler, edgeOf }: Pick<Observation, 'tracer' | 'handler' | 'edgeOf'>,
  read: readonly Read[],
  { requestId, coldStart }: { readonly requestId: string | undefined; readonly coldStart: boolean },
): TracedBatch => {
  if (tracer === untraced || read.length === 0) return nothing
  const edge = edgeOf(queueOf(read[0]!.record))
  const invocation: Attributes = {
    'faas.name': handler,
    'faas.trigger': 'pubsub',
    'faas.coldstart': coldStart,
    ...(requestId ? { 'faas.invocation_id': requestId } : {}),
    'messaging.system': 'aws_sqs',
    'messaging.destination.name': edge,
    'messaging.batch.message_count': read.length,
  }
  const batch =
    read.length > 1
      ? tracer.begin(`receive ${edge}`, {
          kind: 'consumer',
          onlyBeside: true,
          links: read.map(({ parsed }) => (parsed.ok ? sampled(parsed.message as Message) : undefined)),
          attributes: { ...invocation, 'messaging.operation.type': 'receive' },
        })
      : undefined
  const spans = new Map(
    read.flatMap(({ record, parsed }) =>
      parsed.ok ? [[record, processSpan(parsed.message as Message, record)] as const] : [],
    ),
  )

  function processSpan(message: Message, record: SQSRecord): ActiveSpan {
    return tracer.begin(`process ${message.type}`, {
      kind: 'consumer',
      parent: message.traceparent,
      links: [batch?.context],
      attributes: {
        ...invocation,
        'messaging.operation.type': 'process',
        'messaging.message.id': message.id,
        'cloudevents.event_id': message.id,
        'cloudevents.event_type': message.type,
        'cloudevents.event_subject': message.subject,
        'neverstop.attempt': receivesOf(record),
      },
    })
  }

  return {
    spanOf: (record) => spans.get(record)!,
    end: (record, { fate, failure, ageMs }) => {
      const span = spans.get(record)
      span?.set({ 'neverstop.outcome': fate, ...(ageMs === undefined ? {} : { 'neverstop.waited_ms': ageMs }) })
      span?.end(failure?.because)
    },
    endBatch: () => batch?.end(),
  }
}

const sampled = ({ traceparent }: Message) => {
  const from = parseTraceparent(traceparent)
  return from?.sampled ? { traceId: from.traceId, spanId: from.spanId } : undefined
}
