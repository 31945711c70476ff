import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Log } from '../../reactive/log.ts'
import type { Clock } from '../../reactive/time.ts'
import { arrivalOf } from './arrival.ts'
import type { Payloads } from './payloads.ts'
import { type Arrival, recordIdOf, takeIn } from './record.ts'
import type { Becoming, DeskStore } from './store.ts'

type Tools = {
  readonly desk: Pick<DeskStore, 'updateAll'>
  readonly payloads: Pick<Payloads, 'keep'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Takes in a batch of dead letters. The records are committed first, together; only then does the answer let SQS delete
 * the messages. Dying in between brings them again, and the records know them already. A message that could not be
 * recorded is reported as failed and stays in its dead-letter queue, whose age is the alarm that says that the desk is
 * broken.
 */
export const takeInAll = async (event: SQSEvent, tools: Tools): Promise<SQSBatchResponse> => {
  const { clock, log } = tools
  const byRecord = Map.groupBy(
    event.Records.map((record) => arrivalOf(record, clock())),
    recordIdOf,
  )
  try {
    await commit(byRecord, tools)
    return { batchItemFailures: [] }
  } catch (error) {
    log.warn(`not together: ${(error as Error).message}`, { records: byRecord.size })
  }
  // One that cannot be recorded must not keep the others: each by itself.
  const kept: Arrival[] = []
  for (const [recordId, arrivals] of byRecord)
    try {
      await commit(new Map([[recordId, arrivals]]), tools)
    } catch (error) {
      for (const arrival of arrivals)
        log.error(`kept in ${arrival.deadLetterQueue}: ${(error as Error).message}`, traitsOf(recordId, arrival))
      kept.push(...arrivals)
    }
  return { batchItemFailures: kept.map(({ arrivalId }) => ({ itemIdentifier: arrivalId })) }
}

const commit = async (byRecord: ReadonlyMap<string, readonly Arrival[]>, { desk, payloads, log }: Tools) => {
  const changes = new Map<string, Becoming>()
  for (const [recordId, arrivals] of byRecord) {
    const settled: Arrival[] = []
    for (const arrival of arrivals)
      settled.push({ ...arrival, payload: await payloads.keep(recordId, arrival.payload) })
    changes.set(recordId, (before) => settled.reduce((record, arrival) => takeIn(record, arrival, recordId), before))
  }
  const records = await desk.updateAll(changes)
  for (const record of records)
    for (const arrival of byRecord.get(record.recordId)!)
      log.info('on the desk', { ...traitsOf(record.recordId, arrival), count: record.count, group: record.fingerprint })
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
