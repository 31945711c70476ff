import type { SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { type Envelope, envelopeSchema } from '../../events/envelope.ts'
import { failureAttribute, failureSchema } from '../../reactive/failure.ts'
import { type EpochMs, iso } from '../../reactive/time.ts'
import type { Arrival, Failure, Identity, Payload } from './record.ts'

const longestMessage = 2_000
const longestStack = 8_000

/**
 * Reads a message of a dead-letter queue as an arrival at the desk, whoever put it there: a consumer that gave up, a
 * queue whose receives ran out, a bus rule, a stream's relay, an asynchronous invocation.
 *
 * Total: every message gives an arrival, because one that cannot be taken in would be the only one that is lost.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html for the attributes of a rule's dead letter
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html for those of an invocation's
 *
 * @example
 * arrivalOf(record, Date.now()).failure // { class: 'permanent', code: 'damaged-stock-record', message: … }
 */
export const arrivalOf = (record: SQSRecord, now: EpochMs): Arrival => {
  const deadLetterQueue = record.eventSourceARN.split(':').at(-1)!
  const said = explain(record, deadLetterQueue)
  const { payload, identity } = payloadOf(record.body)
  return {
    arrivalId: record.messageId,
    at: said.at ?? iso(now),
    deadLetterQueue,
    origin: said.origin,
    consumer: said.consumer ?? null,
    build: said.build ?? null,
    receives: said.receives ?? null,
    sent: said.sent ?? null,
    firstReceived: said.firstReceived ?? null,
    failure: {
      ...said.failure,
      message: said.failure.message.slice(0, longestMessage),
      ...(said.failure.stack === undefined ? {} : { stack: said.failure.stack.slice(0, longestStack) }),
    },
    payload,
    identity,
  }
}

type Explanation = {
  failure: Failure
  origin: string | null
  consumer?: string | null
  build?: string | undefined
  receives?: number | null
  at?: string
  sent?: string | undefined
  firstReceived?: string | undefined
}

const explain = (record: SQSRecord, deadLetterQueue: string): Explanation =>
  noteOf(record, deadLetterQueue) ??
  ruleFailure(record) ??
  invocationFailure(record) ??
  destinationFailure(record) ??
  movedByQueue(record, deadLetterQueue)

const attribute = (record: SQSRecord, name: string): string | undefined => record.messageAttributes[name]?.stringValue

/** The consumer gave it up on purpose and wrote why beside it. */
const noteOf = (record: SQSRecord, deadLetterQueue: string): Explanation | undefined => {
  const text = attribute(record, failureAttribute)
  if (text === undefined) return undefined
  const note = failureSchema.safeParse(readJson(text))
  if (!note.success)
    return {
      failure: {
        class: 'unknown',
        code: 'unreadable-failure',
        message: `What its consumer wrote cannot be read: ${text}`,
      },
      origin: sourceOf(deadLetterQueue),
    }
  const { consumer, receives, at, origin, build, sent, firstReceived, ...failure } = note.data
  const queue = origin === undefined ? null : queueNameOf(origin)
  return { failure, origin: queue, consumer, build, receives, at, sent, firstReceived }
}

/** A bus rule that could not deliver to its target. When the target is a queue, that is where the event belongs. */
const ruleFailure = (record: SQSRecord): Explanation | undefined => {
  const rule = attribute(record, 'RULE_ARN')
  if (rule === undefined) return undefined
  const target = attribute(record, 'TARGET_ARN') ?? ''
  const code = attribute(record, 'ERROR_CODE') ?? 'undelivered-event'
  const said = attribute(record, 'ERROR_MESSAGE')
  return {
    failure: {
      class: attribute(record, 'EXHAUSTED_RETRY_CONDITION') === undefined ? 'unknown' : 'transient',
      code,
      message: `${rule} could not deliver to ${target || 'its target'}${said ? `: ${said}` : ''}`,
    },
    origin: target.startsWith('arn:') && target.split(':')[2] === 'sqs' ? target.split(':').at(-1)! : null,
    receives: Number(attribute(record, 'RETRY_ATTEMPTS') ?? Number.NaN) || null,
  }
}

/** The dead-letter queue of a function that was invoked asynchronously. */
const invocationFailure = (record: SQSRecord): Explanation | undefined => {
  if (attribute(record, 'RequestID') === undefined) return undefined
  return {
    failure: {
      class: 'unknown',
      code: `invocation-${attribute(record, 'ErrorCode') ?? 'failed'}`,
      message: attribute(record, 'ErrorMessage') ?? 'An asynchronous invocation failed.',
    },
    origin: null,
  }
}

const destinationSchema = z.looseObject({
  requestContext: z.looseObject({ functionArn: z.string(), condition: z.string(), approximateInvokeCount: z.number() }),
  responsePayload: z.looseObject({ errorMessage: z.string() }).optional().catch(undefined),
})

/** The failure destination of an asynchronous invocation, or of a stream (whose body is a pointer that dies with the stream). */
const destinationFailure = (record: SQSRecord): Explanation | undefined => {
  const read = destinationSchema.safeParse(readJson(record.body))
  if (!read.success) return undefined
  const { functionArn, condition, approximateInvokeCount } = read.data.requestContext
  return {
    failure: { class: 'unknown', code: condition, message: read.data.responsePayload?.errorMessage ?? condition },
    origin: null,
    consumer: functionArn.split(':')[6] ?? null,
    receives: approximateInvokeCount,
  }
}

/** No word from anybody: the queue itself moved it, because its receives ran out. */
const movedByQueue = ({ attributes }: SQSRecord, deadLetterQueue: string): Explanation => ({
  failure: {
    class: 'transient',
    code: 'receives-exhausted',
    message: "It was received as often as its queue allows and never acknowledged; the consumer's log says why.",
  },
  // SQS names the queue that it moved it from; the emulator does not, but the name follows a rule.
  origin: attributes.DeadLetterQueueSourceArn?.split(':').at(-1) ?? sourceOf(deadLetterQueue),
  ...(Number(attributes.SentTimestamp) > 0 ? { sent: iso(Number(attributes.SentTimestamp)) } : {}),
})

/** The queue whose dead letters these are, by the naming rule of the platform: `Q-dead` belongs to `Q`. */
const sourceOf = (deadLetterQueue: string): string | null =>
  deadLetterQueue.endsWith('-dead') ? deadLetterQueue.slice(0, -'-dead'.length) : null

/** `https://sqs.eu-central-1.amazonaws.com/123456789012/orders` → `orders` */
const queueNameOf = (url: string): string | null => url.split(/[/:]/).at(-1) || null

/** An envelope stays as its text; an EventBridge event gives the envelope that it carries; anything else stays bytes. */
const payloadOf = (body: string): { payload: Payload; identity: Identity | null } => {
  const json = readJson(body)
  const direct = envelopeSchema.safeParse(json)
  if (direct.success)
    return { payload: { kind: 'envelope', text: body }, identity: identityOf(direct.data as Envelope) }
  const carried = envelopeSchema.safeParse((json as { detail?: unknown } | undefined | null)?.detail)
  if (carried.success)
    return {
      payload: { kind: 'envelope', text: JSON.stringify((json as { detail: unknown }).detail) },
      identity: identityOf(carried.data as Envelope),
    }
  return { payload: { kind: 'bytes', base64: Buffer.from(body).toString('base64') }, identity: null }
}

/** What a message says of itself. */
export const identityOf = (envelope: Envelope): Identity => {
  const { id, type, subject, correlationid } = envelope
  const sagaId = sagaOf(envelope)
  return { id, type, subject, correlationId: correlationid, ...(sagaId ? { sagaId } : {}) }
}

/** Commands of a saga and the replies to them: the id of a saga's message is the saga's, then `/`, then what it is. */
const sagaOf = ({ id, source, causationid }: Envelope): string | undefined =>
  (source.startsWith('/saga/') ? id : causationid?.includes('/') ? causationid : '').match(/^([\w-]+:[^/]+)\//)?.[1]

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
