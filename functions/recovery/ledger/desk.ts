import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { readMany } from '../../../reactive/batch-read.ts'
import { fromIso } from '../../../reactive/time.ts'
import { recordIdFor } from '../record.ts'
import type { AtDesk, Pair } from './follow.ts'

/**
 * What the desk's records say of pairs. A record's id follows from the queue that the message failed on and the message's
 * own id, so each is looked up and nothing is searched.
 */
export const deskWitness =
  (db: DynamoDBDocumentClient, table: string, queueName: (thing: string) => string) =>
  async (pairs: readonly Pair[]): Promise<ReadonlyMap<Pair, AtDesk>> => {
    const idOf = ({ subscriber, id }: Pair) => recordIdFor(queueName(subscriber), id)
    const items = await readMany(
      db,
      table,
      pairs.map((pair) => ({ recordId: idOf(pair) })),
    )
    const records = new Map(items.map((item) => [item.recordId, standingOf(item)]))
    return new Map(
      pairs.flatMap((pair) => {
        const atDesk = records.get(idOf(pair))
        return atDesk ? [[pair, atDesk] as const] : []
      }),
    )
  }

const standingOf = ({ status, history }: Record<string, unknown>): AtDesk => {
  if (status === 'discarded') return { status: 'discarded' }
  // What its consumer has said that it handled must be in its consumer's records.
  if (status !== 'redriven' && status !== 'handled') return { status: 'parked' }
  const acts = (history ?? []) as { readonly act: string; readonly at: string; readonly completedAt?: string }[]
  const last = acts.flatMap(({ act, at, completedAt }) => (act === 'redrive' ? [fromIso(completedAt ?? at)] : []))
  return { status: 'redriven', at: Math.max(0, ...last) }
}
