import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { readMany } from '../../reactive/batch-read.ts'
import { byType, type Evidence } from '../../reactive/evidence.ts'
import { news } from './compose.ts'

/** What a customer is told is heard when its notice is known to be sent, or to have come too late. One that was begun only waits for the message to come again. */
export const notificationsEvidence = (db: DynamoDBDocumentClient, table: string): Evidence => {
  const notices: Evidence['handled'] = async (messages) => {
    const items = await readMany(
      db,
      table,
      messages.map(({ id, subject }) => ({ orderId: subject, eventId: id })),
    )
    return items.flatMap(({ eventId, state }) =>
      state === 'sent' || state === 'outdated' ? [{ id: String(eventId), as: 'handled' }] : [],
    )
  }
  return { handled: byType(Object.fromEntries(news.map(({ type }) => [type, notices]))) }
}
