import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { AnyContract, Contract } from '../events/contract.ts'
import { type Message, type Parsed, parse } from '../events/envelope.ts'
import { backoffSeconds } from './backoff.ts'
import { build } from './build.ts'
import { deadLetter } from './dead-letter.ts'
import { PermanentError } from './errors.ts'
import type { Failure } from './failure.ts'
import { type Log, traits } from './log.ts'
import { handledOutcome, redriveAttribute, redriveMarkOf } from './redrive.ts'
import { sendAll } from './send.ts'
import { type Clock, type EpochMs, iso } from './time.ts'

type MessageOf<C> = C extends Contract<infer Data, infer Name> ? Message<Data> & { readonly name?: Name } : never

export type Delivery<C extends AnyContract = AnyContract> = {
  readonly message: MessageOf<C>
  readonly contract: C
  /** How often the queue has handed it out, this time included. */
  readonly receives: number
  /** Name of the queue that it came from. */
  readonly queue: string
  readonly log: Log
  readonly remainingMs: () => number
}

/** The URL of a queue by its name. */
export type AddressBook = (queue: string) => string

/** What became of one delivery: `undefined` is handled, an error is what stood in the way. */
export type Outcome = Error | undefined

export type ConsumerOptions<C extends AnyContract> = {
  /** Who consumes, as a CloudEvents source: `/inventory`. */
  readonly service: string
  /** What this queue may carry. */
  readonly contracts: readonly C[]
} & (
  | { readonly handle: (delivery: Delivery<C>) => Promise<void> }
  /** For a consumer that folds a batch; one outcome a delivery, in the same order. */
  | { readonly handleBatch: (deliveries: readonly Delivery<C>[]) => Promise<readonly Outcome[]> }
)

export type ConsumerPorts = {
  readonly sqs: Pick<SQSClient, 'send'>
  readonly urlOf: AddressBook
  readonly deadLetterUrlOf: AddressBook
  /** Where the recovery desk hears what became of the messages that it put back. */
  readonly desk: string
  /** Receives after which the queue gives a message up; whoever fails the last one says why, which the queue cannot. */
  readonly receives: number
  readonly log: Log
  readonly clock: Clock
  /** From 0 to 1; the jitter of the backoff. */
  readonly random: () => number
}

/** What `queueConsumer` promises, over ports: the same code runs in the simulation. */
export const consumer =
  <C extends AnyContract>(
    options: ConsumerOptions<C>,
    { sqs, urlOf, deadLetterUrlOf, desk, receives: allowed, log, clock, random }: ConsumerPorts,
  ) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const read = event.Records.map((record) => ({ record, parsed: parse(record.body, options.contracts) }))
    const deliveries = read.flatMap(({ record, parsed }) =>
      parsed.ok ? [{ record, delivery: deliveryOf(record, parsed, log, context) }] : [],
    )
    const outcomes = new Map<SQSRecord, Outcome>()

    const results = await attemptAll(
      options,
      deliveries.map(({ delivery }) => delivery as Delivery<C>),
    )
    deliveries.forEach(({ record }, index) => {
      outcomes.set(record, results[index])
    })
    for (const { record, parsed } of read) if (!parsed.ok) outcomes.set(record, unreadable(parsed))

    const failed = await Promise.all(
      read.map(async ({ record, parsed }) => {
        const error = outcomes.get(record)
        const entry = parsed.ok ? traits(parsed.message as Message) : { message_id: record.messageId }
        const receives = receivesOf(record)
        const queue = queueOf(record)
        const redrive = record.messageAttributes[redriveAttribute]?.stringValue
        try {
          if (!error) {
            // Told before it is acknowledged: dying in between brings it again, and it is told again.
            const mark = redriveMarkOf(redrive)
            if (mark)
              await sendAll(sqs as SQSClient, desk, [{ message: handledOutcome(mark, options.service, clock()) }])
            log.info('handled', { ...entry, receives })
            return []
          }
          if (error instanceof PermanentError || receives >= allowed) {
            const failure = failureOf(error, options.service, record, urlOf(queue), clock())
            await deadLetter(sqs as SQSClient, deadLetterUrlOf(queue), record.body, failure, redrive)
            log.error(`dead-lettered: ${error.message}`, { ...entry, receives, code: failure.code })
            return []
          }
          log.warn(`will be retried: ${error.message}`, { ...entry, receives })
          await sqs.send(
            new ChangeMessageVisibilityCommand({
              QueueUrl: urlOf(queue),
              ReceiptHandle: record.receiptHandle,
              VisibilityTimeout: backoffSeconds(receives, random()),
            }),
          )
        } catch (sideways) {
          // Neither parked nor rescheduled: the visibility timeout brings it back.
          log.error(`kept in its queue: ${(sideways as Error).message}`, { ...entry, receives })
        }
        return [{ itemIdentifier: record.messageId }]
      }),
    )
    return { batchItemFailures: failed.flat() }
  }

const attemptAll = async <C extends AnyContract>(
  options: ConsumerOptions<C>,
  deliveries: readonly Delivery<C>[],
): Promise<readonly Outcome[]> => {
  if (deliveries.length === 0) return []
  if ('handle' in options) {
    const settled = await Promise.allSettled(deliveries.map((delivery) => options.handle(delivery)))
    return settled.map((result) => (result.status === 'rejected' ? asError(result.reason) : undefined))
  }
  try {
    return await options.handleBatch(deliveries)
  } catch (error) {
    return deliveries.map(() => asError(error))
  }
}

const deliveryOf = (
  record: SQSRecord,
  parsed: Extract<Parsed<unknown>, { ok: true }> & { contract?: AnyContract },
  log: Log,
  context: Context,
) => ({
  message: parsed.message,
  contract: parsed.contract,
  receives: receivesOf(record),
  queue: queueOf(record),
  log,
  remainingMs: () => context.getRemainingTimeInMillis(),
})

/** A version that is not known yet is no poison: deployments overlap, and the next version of this consumer will know it. */
const unreadable = ({ problem, detail }: { problem: string; detail: string }): Error =>
  problem === 'unknown-version' ? new Error(detail) : new PermanentError(problem, detail)

const poisons = ['not-json', 'not-an-envelope', 'unknown-type', 'contract-violation']

const failureOf = (error: Error, consumer: string, record: SQSRecord, origin: string, at: EpochMs): Failure => ({
  ...(error instanceof PermanentError
    ? { class: classOf(error.code), code: error.code }
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

const classOf = (code: string) =>
  poisons.includes(code) ? ('poison' as const) : code === 'expired' ? ('expired' as const) : ('permanent' as const)

/** What the queue knows of a message's way so far. */
const timesOf = ({ attributes: { SentTimestamp, ApproximateFirstReceiveTimestamp } }: SQSRecord) => ({
  ...(Number(SentTimestamp) > 0 ? { sent: iso(Number(SentTimestamp)) } : {}),
  ...(Number(ApproximateFirstReceiveTimestamp) > 0
    ? { firstReceived: iso(Number(ApproximateFirstReceiveTimestamp)) }
    : {}),
})

const queueOf = (record: SQSRecord): string => record.eventSourceARN.split(':').at(-1) ?? ''
const receivesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount)
const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
