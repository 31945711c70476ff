import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { AnyContract, Contract } from '../events/contract.ts'
import { type Message, type Parsed, parse } from '../events/envelope.ts'
import { maskPersonal } from '../events/personal.ts'
import { allEnded } from './all-ended.ts'
import { type Attempted, tellsBatch } from './consumed.ts'
import { waitOf } from './delay.ts'
import { asError, PermanentError, TransientError } from './errors.ts'
import { type Log, traits } from './log.ts'
import type { Observation } from './observation.ts'
import { queueOf, receivesOf, settle } from './settle.ts'
import type { Clock, Millis } from './time.ts'
import { traceBatch } from './trace-batch.ts'
import { type ActiveSpan, enter, onBehalfOf } from './tracing.ts'

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

/** Says of a message that it was handled before, and that the answer came from the record of that. */
export type Repeated = 'repeated'

/** What became of one delivery: an error is what stood in the way. */
export type Outcome = Error | Repeated | undefined

export type ConsumerOptions<C extends AnyContract> = {
  /** Who consumes, as a CloudEvents source: `/inventory`. */
  readonly service: string
  /** What this queue may carry. */
  readonly contracts: readonly C[]
} & (
  | { readonly handle: (delivery: Delivery<C>) => Promise<Repeated | undefined> | Promise<void> }
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
  readonly observed: Observation
  readonly clock: Clock
  /** Hears how long the messages of a batch had waited that came for the first time; absent where nobody wants to know. */
  readonly pressure?: (edge: string, ages: readonly Millis[]) => Promise<void>
  /** From 0 to 1; the jitter of the backoff. */
  readonly random: () => number
}

type Tried = { readonly outcome: Outcome; readonly ms: Millis }

/** What `queueConsumer` promises, over ports: the same code runs in the simulation. */
export const consumer =
  <C extends AnyContract>(options: ConsumerOptions<C>, ports: ConsumerPorts) =>
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    ports.observed.tracer.within(() => consumeBatch(options, ports, event, context))

const consumeBatch = async <C extends AnyContract>(
  options: ConsumerOptions<C>,
  ports: ConsumerPorts,
  event: SQSEvent,
  context: Context,
): Promise<SQSBatchResponse> => {
  const { observed, clock } = ports
  const began = clock()
  const coldStart = observed.coldStart()
  const edge = observed.edgeOf(event.Records[0] ? queueOf(event.Records[0]) : observed.handler)
  const read = event.Records.map((record) => ({ record, parsed: parse(record.body, options.contracts) }))
  const told = (record: SQSRecord, parsed: Parsed<unknown>) => {
    const ageMs = waitOf(record, began)
    return {
      traits: parsed.ok ? traits(parsed.message as Message) : { message_id: record.messageId },
      attempt: receivesOf(record),
      ...(ageMs === undefined ? {} : { ageMs }),
    }
  }
  const tell = tellsBatch(observed, {
    edge,
    began,
    clock,
    coldStart,
    context,
    unfinished: () => read.map(({ record, parsed }) => ({ ...told(record, parsed), ms: clock() - began })),
  })
  const reported = ports.pressure?.(
    edge,
    // What comes again has waited for its backoff too, not only for its turn.
    read.flatMap(({ record, parsed }) => (parsed.ok && receivesOf(record) === 1 ? (waitOf(record, began) ?? []) : [])),
  )
  const traced = traceBatch(observed, read, { requestId: context.awsRequestId, coldStart })
  const deliveries = read.flatMap(({ record, parsed }) => {
    if (!parsed.ok) return []
    const span = traced.spanOf(record)
    return [{ record, span, delivery: deliveryOf(record, goneOn(parsed, span), observed.log, context) }]
  })
  const tried = new Map<SQSRecord, Tried>()
  const results = await attemptAll(
    options,
    deliveries.map(({ delivery, span }) => ({ delivery: delivery as Delivery<C>, span })),
    clock,
  )
  deliveries.forEach(({ record }, index) => {
    tried.set(record, results[index]!)
  })
  for (const { record, parsed } of read) if (!parsed.ok) tried.set(record, { outcome: unreadable(parsed), ms: 0 })

  const attempts = await allEnded(
    read.map(async ({ record, parsed }): Promise<Attempted> => {
      const { outcome, ms } = tried.get(record)!
      const said = await settle(record, outcome, options.service, ports)
      const attempted: Attempted = {
        ...told(record, parsed),
        ...said,
        // Whoever wrote an error's text may have put into it what the message says of a person.
        ...(said.failure && parsed.ok
          ? { failure: { ...said.failure, because: withoutPersonal(said.failure.because, parsed) } }
          : {}),
        ms,
      }
      traced.end(record, attempted)
      return attempted
    }),
  )
  tell(attempts)
  traced.endBatch()
  await reported
  const back = attempts.flatMap(({ fate }, index) => (fate === 'retried' || fate === 'kept' ? [index] : []))
  return { batchItemFailures: back.map((index) => ({ itemIdentifier: read[index]!.record.messageId })) }
}

const attemptAll = async <C extends AnyContract>(
  options: ConsumerOptions<C>,
  deliveries: readonly { readonly delivery: Delivery<C>; readonly span: ActiveSpan }[],
  clock: Clock,
): Promise<readonly Tried[]> => {
  if (deliveries.length === 0) return []
  const began = clock()
  if ('handle' in options) {
    return allEnded(
      deliveries.map(async ({ delivery, span }) => {
        try {
          const said = await onBehalfOf<Repeated | undefined>(
            span,
            async () => (await options.handle(delivery)) ?? undefined,
          )
          return { outcome: said, ms: clock() - began }
        } catch (error) {
          return { outcome: asError(error), ms: clock() - began }
        }
      }),
    )
  }
  for (const { span } of deliveries) enter(span)
  const outcomes = await options
    .handleBatch(deliveries.map(({ delivery }) => delivery))
    .catch((error) => deliveries.map(() => asError(error)))
  const ms = clock() - began
  return outcomes.map((outcome) => ({ outcome, ms }))
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
  problem === 'unknown-version' ? new TransientError(detail) : new PermanentError(problem, detail)

/** The message as its span hands it on: whoever answers it, or stores what caused something, goes on from there. */
const goneOn = <P extends { readonly message: Message }>(parsed: P, { traceparent }: ActiveSpan): P =>
  traceparent && traceparent !== parsed.message.traceparent
    ? { ...parsed, message: { ...parsed.message, traceparent } }
    : parsed

const withoutPersonal = (
  text: string,
  { contract, message }: { readonly contract?: AnyContract; readonly message: Message },
): string => (contract ? maskPersonal(text, contract, message.data) : text)
