import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import middy from '@middy/core'
import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import * as z from 'zod'
import type { Message } from '../events/envelope.ts'
import { type Attempted, tellsBatch } from './consumed.ts'
import { counted } from './counted.ts'
import { deadLetter } from './dead-letter.ts'
import { environment } from './environment.ts'
import { PermanentError } from './errors.ts'
import type { Failure } from './failure.ts'
import { traits } from './log.ts'
import { type Observation, type Observed, observe } from './observation.ts'
import { publishAll } from './send.ts'
import { type Clock, iso } from './time.ts'

/** One change of an item: `after` is absent when it was deleted, `before` when it is new or the stream has no old images. */
export type Change = { readonly after?: Record<string, unknown>; readonly before?: Record<string, unknown> }

export type StreamOptions<Reading> = {
  readonly service: string
  /** What a change means; throws PermanentError for one that cannot be understood, which parks it and leaves the others. */
  readonly read: (change: Change) => Reading
  /** Handles what was read of one batch, in order. Throws to have the whole batch delivered again. */
  readonly handle: (readings: readonly Reading[]) => Promise<void>
  /** What makes a reading findable in the log. */
  readonly traits?: (reading: Reading) => Readonly<Record<string, unknown>> | undefined
}

export type StreamPorts = {
  /** Sends a record that cannot be understood to where it is kept. */
  readonly park: (body: string, failure: Failure) => Promise<void>
  readonly observed: Observation
  readonly clock: Clock
}

/**
 * The handler of a table's stream. A record that cannot be understood is parked with its whole image, because the
 * failure destination of a stream carries only a pointer that dies with the stream after 24 hours. A transient failure
 * throws, which delivers the batch again: streams are never answered with partial failures. `observed` is for a handler
 * that measures elsewhere too.
 */
export const streamConsumer = <Reading>(
  options: StreamOptions<Reading>,
  observed: Observed = observe(options.service),
) => {
  const { DEAD_LETTER_QUEUE } = environment({ DEAD_LETTER_QUEUE: z.string().min(1) })
  const sqs = counted(new SQSClient({}))
  const park: StreamPorts['park'] = (body, failure) => deadLetter(sqs, DEAD_LETTER_QUEUE, body, failure)
  return middy<DynamoDBStreamEvent, void>()
    .use(observed.middleware)
    .handler(consumeStream(options, { park, observed, clock: Date.now }))
}

/** What `streamConsumer` promises, over ports. */
export const consumeStream =
  <Reading>(options: StreamOptions<Reading>, { park, observed, clock }: StreamPorts) =>
  (event: DynamoDBStreamEvent, context: Context): Promise<void> =>
    observed.tracer.within(async () => {
      const began = clock()
      const parked: Attempted[] = []
      const readings: { reading: Reading; record: DynamoDBRecord }[] = []
      const attemptOf = (record: DynamoDBRecord): Pick<Attempted, 'attempt' | 'ms' | 'ageMs'> => {
        // In seconds, and the stream's own: the age that Lambda calls the iterator's.
        const written = record.dynamodb?.ApproximateCreationDateTime
        return { attempt: 1, ms: clock() - began, ...(written ? { ageMs: Math.max(0, began - written * 1_000) } : {}) }
      }
      const tell = tellsBatch(observed, {
        edge: observed.handler,
        began,
        clock,
        coldStart: observed.coldStart(),
        context,
        unfinished: () =>
          event.Records.map((record) => ({ traits: { event_id: record.eventID }, ...attemptOf(record) })),
      })
      for (const record of event.Records) {
        try {
          readings.push({ reading: options.read(changeOf(record)), record })
        } catch (error) {
          if (!(error instanceof PermanentError)) throw error
          const { code, message } = error
          await park(JSON.stringify(record), {
            class: 'poison',
            code,
            message,
            consumer: options.service,
            receives: 1,
            at: iso(clock()),
          })
          const failure = { class: 'poison', code, because: message } as const
          parked.push({ traits: { event_id: record.eventID }, fate: 'parked', failure, ...attemptOf(record) })
        }
      }
      let thrown: Error | undefined
      try {
        await options.handle(readings.map(({ reading }) => reading))
      } catch (error) {
        thrown = error as Error
      }
      const handled = readings.map(({ reading, record }): Attempted => {
        const traits = { event_id: record.eventID, ...options.traits?.(reading) }
        return thrown
          ? { traits, fate: 'retried', failure: { class: 'transient', because: thrown.message }, ...attemptOf(record) }
          : { traits, fate: 'handled', ...attemptOf(record) }
      })
      const attempts = [...parked, ...handled]
      tell(attempts)
      if (thrown) throw thrown
    })

/**
 * Publishes what a table's changes mean. The messages' ids are deterministic, so a batch delivered twice is published
 * twice under the same ids. `toMessages` throws PermanentError for an image that it cannot read.
 *
 * @example
 * export const handler = streamRelay({ service: '/ordering', toMessages: ({ after }) => (after ? [publicEvent(after)] : []) })
 */
export const streamRelay = (options: RelayOptions) => {
  const { BUS_NAME } = environment({ BUS_NAME: z.string().min(1) })
  const bus = counted(new EventBridgeClient({}))
  const observed = observe(options.service)
  const publish = tracedPublisher((messages) => publishAll(bus, BUS_NAME, messages), observed)
  return streamConsumer(relaying(options, publish), observed)
}

export type RelayOptions = {
  readonly service: string
  readonly toMessages: (change: Change) => readonly Message[]
}

/** What `streamRelay` does, over its way to the bus. */
export const relaying = (
  { service, toMessages }: RelayOptions,
  publish: Publish,
): StreamOptions<readonly Message[]> => ({
  service,
  read: toMessages,
  handle: (messages) => publish(messages.flat()),
  traits: ([message]) => message && traits(message),
})

type Publish = (messages: readonly Message[]) => Promise<void>

/** Publishes each message with a span of its own, in the trace of what it says, from which its consumers go on. */
export const tracedPublisher =
  (publish: Publish, { tracer, handler }: Pick<Observation, 'tracer' | 'handler'>): Publish =>
  async (messages) => {
    const traced = messages.map((message) => {
      const span = tracer.begin(`publish ${message.type}`, {
        kind: 'producer',
        parent: message.traceparent,
        onlyBeside: true,
        attributes: {
          'faas.name': handler,
          'faas.trigger': 'datasource',
          'messaging.system': 'aws_eventbridge',
          'messaging.operation.type': 'send',
          'messaging.batch.message_count': messages.length,
          'cloudevents.event_id': message.id,
          'cloudevents.event_type': message.type,
          'cloudevents.event_subject': message.subject,
        },
      })
      return { span, message: span.traceparent ? { ...message, traceparent: span.traceparent } : message }
    })
    let failure: string | undefined
    try {
      await publish(traced.map(({ message }) => message))
    } catch (error) {
      failure = (error as Error).message
      throw error
    } finally {
      for (const { span } of traced) span.end(failure)
    }
  }

const changeOf = (record: DynamoDBRecord): Change => {
  const image = (attributes: unknown) =>
    attributes ? unmarshall(attributes as Record<string, AttributeValue>) : undefined
  const after = image(record.dynamodb?.NewImage)
  const before = image(record.dynamodb?.OldImage)
  return { ...(after ? { after } : {}), ...(before ? { before } : {}) }
}
