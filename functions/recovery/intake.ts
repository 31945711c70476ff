import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Log } from '../../reactive/log.ts'
import type { Clock } from '../../reactive/time.ts'
import { arrivalOf } from './arrival.ts'
import { type Arrival, recordIdOf, takeIn } from './record.ts'
import type { DeskStore } from './store.ts'

/**
 * Takes in a batch of dead letters. The record is committed first; only then does the answer let SQS delete the
 * message. Dying in between brings it again, and the record knows it already. A message that could not be recorded is
 * reported as failed and stays in its dead-letter queue, whose age is the alarm that says that the desk is broken.
 */
export const takeInAll = async (
  event: SQSEvent,
  { desk, clock, log }: { desk: Pick<DeskStore, 'update'>; clock: Clock; log: Log },
): Promise<SQSBatchResponse> => {
  const arrivals = event.Records.map((record) => arrivalOf(record, clock()))
  // Arrivals of one record one after the other: side by side they would only race each other.
  const failed = await Promise.all(
    [...Map.groupBy(arrivals, recordIdOf)].map(async ([recordId, ofOneRecord]) => {
      const kept: Arrival[] = []
      for (const arrival of ofOneRecord) {
        try {
          const record = await desk.update(recordId, (before) => takeIn(before, arrival))
          log.info('on the desk', { ...traitsOf(recordId, arrival), count: record?.count })
        } catch (error) {
          log.error(`kept in ${arrival.deadLetterQueue}: ${(error as Error).message}`, traitsOf(recordId, arrival))
          kept.push(arrival)
        }
      }
      return kept.map(({ arrivalId }) => ({ itemIdentifier: arrivalId }))
    }),
  )
  return { batchItemFailures: failed.flat() }
}

const traitsOf = (recordId: string, { failure, origin, deadLetterQueue, identity }: Arrival) => ({
  record_id: recordId,
  class: failure.class,
  code: failure.code,
  queue: origin ?? deadLetterQueue,
  ...(identity
    ? {
        message_id: identity.id,
        contract: identity.type,
        order: identity.subject,
        correlation_id: identity.correlationId,
      }
    : {}),
})
