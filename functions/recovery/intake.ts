import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { type Attempted, tellsBatch } from '../../reactive/consumed.ts'
import type { Observation, Observed } from '../../reactive/observation.ts'
import type { Clock } from '../../reactive/time.ts'
import { arrivalOf } from './arrival.ts'
import type { Payloads } from './payloads.ts'
import { type Arrival, recordIdOf, takeIn } from './record.ts'
import type { Becoming, DeskStore } from './store.ts'

type Tools = {
  readonly desk: Pick<DeskStore, 'updateAll'>
  readonly payloads: Pick<Payloads, 'keep'>
  readonly clock: Clock
  readonly observed: Observation
}

/** The handler of every dead-letter queue. */
export const deadLetterIntake = (tools: Tools & { readonly observed: Observed }) =>
  middy<SQSEvent, SQSBatchResponse>()
    .use(tools.observed.middleware)
    .handler((event: SQSEvent, context: Context) => takeInAll(event, tools, context))

/**
 * Takes in a batch of dead letters. The records are committed first, together; only then does the answer let SQS delete
 * the messages. Dying in between brings them again, and the records know them already. A message that could not be
 * recorded is reported as failed and stays in its dead-letter queue; that it is measured as failed, again and again, is the
 * alarm that says that the desk is broken.
 */
export const takeInAll = async (
  event: SQSEvent,
  tools: Tools,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
): Promise<SQSBatchResponse> => {
  const { clock, observed } = tools
  const began = clock()
  const arrivals = event.Records.map((record) => arrivalOf(record, began))
  const told = (arrival: Arrival, index: number) => ({
    traits: traitsOf(arrival),
    attempt: Number(event.Records[index]!.attributes.ApproximateReceiveCount),
    ms: clock() - began,
  })
  const tell = tellsBatch(observed, {
    edge: observed.handler,
    began,
    clock,
    coldStart: observed.coldStart(),
    context,
    unfinished: () => arrivals.map(told),
  })
  const kept = await takeInTogether(Map.groupBy(arrivals, recordIdOf), tools)

  const attempts = arrivals.map((arrival, index): Attempted => {
    const because = kept.get(arrival)
    return {
      ...told(arrival, index),
      ...(because === undefined
        ? { fate: 'handled' }
        : { fate: 'kept', failure: { class: 'unknown', because: `kept in ${arrival.deadLetterQueue}: ${because}` } }),
    }
  })
  for (const arrival of arrivals)
    if (!kept.has(arrival)) observed.measure('FailuresTaken', 1, { class: arrival.failure.class })
  tell(attempts)
  return { batchItemFailures: [...kept.keys()].map(({ arrivalId }) => ({ itemIdentifier: arrivalId })) }
}

/** Those that could not be taken in, each with what stood in the way. */
const takeInTogether = async (
  byRecord: ReadonlyMap<string, readonly Arrival[]>,
  tools: Tools,
): Promise<ReadonlyMap<Arrival, string>> => {
  const kept = new Map<Arrival, string>()
  try {
    await commit(byRecord, tools)
    return kept
  } catch (error) {
    tools.observed.log.warn(`not together: ${(error as Error).message}`, { records: byRecord.size })
  }
  // One that cannot be recorded must not keep the others: each by itself.
  for (const [recordId, arrivals] of byRecord)
    try {
      await commit(new Map([[recordId, arrivals]]), tools)
    } catch (error) {
      for (const arrival of arrivals) kept.set(arrival, (error as Error).message)
    }
  return kept
}

const commit = async (byRecord: ReadonlyMap<string, readonly Arrival[]>, { desk, payloads }: Tools) => {
  const changes = new Map<string, Becoming>()
  for (const [recordId, arrivals] of byRecord) {
    const settled: Arrival[] = []
    for (const arrival of arrivals)
      settled.push({ ...arrival, payload: await payloads.keep(recordId, arrival.payload) })
    changes.set(recordId, (before) => settled.reduce((record, arrival) => takeIn(record, arrival, recordId), before))
  }
  await desk.updateAll(changes)
}

const traitsOf = (arrival: Arrival) => {
  const { failure, origin, deadLetterQueue, identity } = arrival
  return {
    record_id: recordIdOf(arrival),
    failed_as: failure.class,
    failed_with: failure.code,
    queue: origin ?? deadLetterQueue,
    ...(identity
      ? {
          message_id: identity.id,
          contract: identity.type,
          order: identity.subject,
          correlation_id: identity.correlationId,
        }
      : {}),
  }
}
