import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { Measure } from '../../reactive/metering.ts'
import { shards } from '../../reactive/shard.ts'
import type { EpochMs } from '../../reactive/time.ts'
import { sagaOf } from './ids.ts'

/** A saga that has not ended, as the sparse index of the sweeper shows it. */
export type Unfinished = {
  readonly sagaId: string
  readonly mode: 'forward' | 'compensating'
  readonly startedAt: EpochMs
}

/** Reads every saga that has not ended; the index may lag behind the truth by a moment. */
export type Census = () => AsyncIterable<Unfinished>

export const dynamoCensus = (client: DynamoDBDocumentClient, table: string): Census =>
  async function* () {
    for (const shard of shards) {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          IndexName: 'due',
          KeyConditionExpression: 'dueShard = :shard',
          ExpressionAttributeValues: { ':shard': shard },
        },
      )
      for await (const { Items = [] } of pages) yield* Items as Unfinished[]
    }
  }

/**
 * Counts the sagas that have not ended, by definition and by the way they go, and how old the oldest is. Every definition
 * is counted, so that none is a number and not the lack of one.
 */
export const takeCensus = async (
  unfinished: AsyncIterable<Unfinished>,
  names: readonly string[],
  now: EpochMs,
  measure: Measure,
): Promise<{ readonly unfinished: number; readonly oldestSeconds: number }> => {
  const counts = new Map<string, number>()
  let oldest = now
  let total = 0
  for await (const { sagaId, mode, startedAt } of unfinished) {
    const key = `${sagaOf(sagaId)}/${mode}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    oldest = Math.min(oldest, startedAt)
    total += 1
  }
  for (const saga of names)
    for (const mode of ['forward', 'compensating'] as const)
      measure('SagasUnfinished', counts.get(`${saga}/${mode}`) ?? 0, { saga, mode })
  const oldestSeconds = Math.round((now - oldest) / 1_000)
  measure('OldestSaga', oldestSeconds)
  return { unfinished: total, oldestSeconds }
}
