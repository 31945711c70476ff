import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { readMany } from './batch-read.ts'
import type { Finding, SentMessage } from './evidence.ts'
import { type OnRecord, type RepliesTo, recordShows } from './record-evidence.ts'

/**
 * Evidence from a table with one record a command, under the keys `orderId` (the message's subject) and `commandId`: one
 * read unit a message. `commands`: the replies to each type of command that the context takes.
 *
 * @example
 * commandEvidence(db, PAYMENTS_TABLE, { [VoidPayment.type]: { undone: PaymentVoided.type } })
 */
export const commandEvidence =
  (db: DynamoDBDocumentClient, table: string, commands: Readonly<Record<string, RepliesTo>>) =>
  async (messages: readonly SentMessage[]): Promise<readonly Finding[]> => {
    const known = messages.filter(({ type }) => Object.hasOwn(commands, type))
    const items = await readMany(db, table, known.map(keyOf))
    const records = new Map(items.map((item) => [nameOf(item as Key), item as OnRecord]))
    return known.flatMap(
      (message) => recordShows(message, records.get(nameOf(keyOf(message))), commands[message.type]!) ?? [],
    )
  }

type Key = { readonly orderId: string; readonly commandId: string }

const keyOf = ({ subject, id, undoes }: SentMessage): Key => ({ orderId: subject, commandId: undoes ?? id })
const nameOf = ({ orderId, commandId }: Key): string => `${orderId}\n${commandId}`
