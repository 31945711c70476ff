import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { backoffSeconds } from './backoff.ts'
import { build } from './build.ts'
import type { ConsumerPorts, Outcome } from './consume.ts'
import type { Attempted } from './consumed.ts'
import { deadLetter } from './dead-letter.ts'
import { delaySeconds, dueAttribute } from './delay.ts'
import { PermanentError, PostponedError, TransientError } from './errors.ts'
import type { Failure } from './failure.ts'
import { handledOutcome, redriveAttribute, redriveMarkOf } from './redrive.ts'
import { sendAll } from './send.ts'
import { type EpochMs, iso, seconds } from './time.ts'

/**
 * Does with a message what its outcome asks for, and says what that was: tells the desk of one that it had put back,
 * parks what failed for good or for the last time, puts off what may succeed later. What could be done with neither
 * stays in its queue until its visibility ends.
 */
export const settle = async (
  record: SQSRecord,
  outcome: Outcome,
  service: string,
  { sqs, urlOf, deadLetterUrlOf, desk, receives: allowed, clock, random }: ConsumerPorts,
): Promise<Pick<Attempted, 'fate' | 'failure' | 'because'>> => {
  const queue = queueOf(record)
  const receives = receivesOf(record)
  const redrive = record.messageAttributes?.[redriveAttribute]?.stringValue
  try {
    if (!(outcome instanceof Error)) {
      // Told before it is acknowledged: dying in between brings it again, and it is told again.
      const mark = redriveMarkOf(redrive)
      if (mark) await sendAll(sqs as SQSClient, desk, [{ message: handledOutcome(mark, service, clock()) }])
      return { fate: outcome ?? 'handled' }
    }
    if (outcome instanceof PostponedError) {
      await putBack(sqs, urlOf(queue), record, outcome.until, clock())
      return { fate: 'postponed', because: outcome.message }
    }
    if (outcome instanceof PermanentError || receives >= allowed) {
      const failure = failureOf(outcome, service, record, urlOf(queue), clock())
      await deadLetter(sqs as SQSClient, deadLetterUrlOf(queue), record.body, failure, redrive)
      return { fate: 'parked', failure: { class: failure.class, code: failure.code, because: outcome.message } }
    }
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: urlOf(queue),
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout: backoffSeconds(receives, random()),
      }),
    )
    return { fate: 'retried', failure: { class: classOf(outcome), because: outcome.message } }
  } catch (error) {
    const sideways = error as Error
    const before = outcome instanceof Error ? `${outcome.message}; and ` : ''
    const because = `${before}it could not be settled: ${sideways.message}`
    return { fate: 'kept', failure: { class: classOf(outcome instanceof Error ? outcome : sideways), because } }
  }
}

/**
 * Sends a message to the end of its own queue, as it is: the same bytes, the desk's mark, its place among the groups. When
 * it is due travels with it, so that nobody takes the delay for a queue that is long. It is sent before it is
 * acknowledged, so that dying in between makes two of it and never none.
 */
const putBack = async (
  sqs: ConsumerPorts['sqs'],
  QueueUrl: string,
  { body, messageAttributes, attributes: { MessageGroupId } }: SQSRecord,
  until: EpochMs,
  now: EpochMs,
) => {
  const mark = messageAttributes?.[redriveAttribute]?.stringValue
  const delay = Math.max(1, delaySeconds(until - now))
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: body,
      DelaySeconds: delay,
      ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
      MessageAttributes: {
        [dueAttribute]: stringValue(iso(now + seconds(delay))),
        ...(mark === undefined ? {} : { [redriveAttribute]: stringValue(mark) }),
      },
    }),
  )
}

const stringValue = (text: string) => ({ DataType: 'String', StringValue: text })

const poisons = ['not-json', 'not-an-envelope', 'unknown-type', 'contract-violation']

const classOf = (error: Error): Failure['class'] => {
  if (error instanceof TransientError) return 'transient'
  if (!(error instanceof PermanentError)) return 'unknown'
  return poisons.includes(error.code) ? 'poison' : error.code === 'expired' ? 'expired' : 'permanent'
}

const failureOf = (error: Error, consumer: string, record: SQSRecord, origin: string, at: EpochMs): Failure => ({
  ...(error instanceof PermanentError
    ? { class: classOf(error), code: error.code }
    : { class: 'transient' as const, code: 'receives-exhausted' }),
  message: error.message,
  ...(error.stack ? { stack: error.stack } : {}),
  consumer,
  receives: receivesOf(record),
  at: iso(at),
  origin,
  build: build(),
  ...timesOf(record),
})

/** What the queue knows of a message's way so far. */
const timesOf = ({ attributes: { SentTimestamp, ApproximateFirstReceiveTimestamp } }: SQSRecord) => ({
  ...(Number(SentTimestamp) > 0 ? { sent: iso(Number(SentTimestamp)) } : {}),
  ...(Number(ApproximateFirstReceiveTimestamp) > 0
    ? { firstReceived: iso(Number(ApproximateFirstReceiveTimestamp)) }
    : {}),
})

export const queueOf = ({ eventSourceARN }: SQSRecord): string =>
  eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)
export const receivesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount)
