import { type AtDesk, type FollowPorts, keyOf, type Pair } from '../../../../functions/recovery/ledger/follow.ts'
import type { Finding, SentMessage } from '../../../../reactive/evidence.ts'

export const now = Date.UTC(2026, 5, 1, 12)
export const grace = 60_000

/** A message that was sent two minutes ago. */
export const message = (id: string, type: string, more: Partial<SentMessage> = {}): SentMessage => ({
  id,
  type,
  subject: 'ord_1',
  correlationId: 'ord_1',
  at: now - 120_000,
  ...more,
})

const queues: Readonly<Record<string, readonly string[]>> = {
  placed: ['saga-inbox'],
  confirmed: ['inventory-events', 'notifications-events'],
  reserve: ['inventory-commands'],
}

/**
 * A platform of three witnesses, whose records are plain data: what each says of a message by the message's id, and what
 * the desk says of a pair.
 */
export const platform = (
  records: Readonly<Record<string, Omit<Finding, 'id'>>>,
  desk: Readonly<Record<string, AtDesk>> = {},
) => {
  const asked: string[] = []
  const ports: FollowPorts = {
    subscribersOf: (type) => queues[type] ?? [],
    witnessOf: (subscriber) => subscriber.split('-')[0]!,
    ask: async (witness, messages) => {
      asked.push(`${witness}: ${messages.map(({ id }) => id).join(' ')}`)
      return messages.flatMap(({ id }) => {
        const record = records[`${witness} ${id}`]
        return record ? [{ id, ...record }] : []
      })
    },
    desk: async (pairs) =>
      new Map(pairs.flatMap((pair: Pair) => (desk[keyOf(pair)] ? [[pair, desk[keyOf(pair)]!]] : []))),
  }
  return { ports, asked }
}
