import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import middy from '@middy/core'
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import * as z from 'zod'
import type { Message } from '../events/envelope.ts'
import { deadLetter } from './dead-letter.ts'
import { environment } from './environment.ts'
import { PermanentError } from './errors.ts'
import { logger } from './log.ts'
import { publishAll } from './send.ts'

/** One change of an item: `after` is absent when it was deleted, `before` when it is new or the stream has no old images. */
export type Change = { readonly after?: Record<string, unknown>; readonly before?: Record<string, unknown> }

type StreamOptions<Reading> = {
  readonly service: string
  /** What a change means; throws PermanentError for one that cannot be understood, which parks it and leaves the others. */
  readonly read: (change: Change) => Reading
  /** Handles what was read of one batch, in order. Throws to have the whole batch delivered again. */
  readonly handle: (readings: readonly Reading[]) => Promise<void>
}

/**
 * The handler of a table's stream. A record that cannot be understood is parked with its whole image, because the
 * failure destination of a stream carries only a pointer that dies with the stream after 24 hours. A transient failure
 * throws, which delivers the batch again: streams are never answered with partial failures.
 */
export const streamConsumer = <Reading>(options: StreamOptions<Reading>) => {
  const { DEAD_LETTER_QUEUE } = environment({ DEAD_LETTER_QUEUE: z.string().min(1) })
  const sqs = new SQSClient({})
  const log = logger(options.service)
  return middy<DynamoDBStreamEvent, void>().handler(async (event) => {
    const readings: Reading[] = []
    for (const record of event.Records) {
      try {
        readings.push(options.read(changeOf(record)))
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error
        await deadLetter(sqs, DEAD_LETTER_QUEUE, JSON.stringify(record), {
          class: 'poison',
          code: error.code,
          message: error.message,
          consumer: options.service,
          receives: 1,
          at: new Date().toISOString(),
        })
        log.error(`dead-lettered a stream record: ${error.message}`, { event_id: record.eventID })
      }
    }
    await options.handle(readings)
    log.info('handled', { records: event.Records.length, parked: event.Records.length - readings.length })
  })
}

/**
 * Publishes what a table's changes mean. The messages' ids are deterministic, so a batch delivered twice is published
 * twice under the same ids. `toMessages` throws PermanentError for an image that it cannot read.
 *
 * @example
 * export const handler = streamRelay({ service: '/ordering', toMessages: ({ after }) => (after ? [publicEvent(after)] : []) })
 */
export const streamRelay = (options: { service: string; toMessages: (change: Change) => readonly Message[] }) => {
  const { BUS_NAME } = environment({ BUS_NAME: z.string().min(1) })
  const bus = new EventBridgeClient({})
  return streamConsumer({
    service: options.service,
    read: options.toMessages,
    handle: (messages) => publishAll(bus, BUS_NAME, messages.flat()),
  })
}

const changeOf = (record: DynamoDBRecord): Change => {
  const image = (attributes: unknown) =>
    attributes ? unmarshall(attributes as Record<string, AttributeValue>) : undefined
  const after = image(record.dynamodb?.NewImage)
  const before = image(record.dynamodb?.OldImage)
  return { ...(after ? { after } : {}), ...(before ? { before } : {}) }
}
