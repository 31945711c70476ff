import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { AnyContract } from '../../events/contract.ts'
import { ProductListed } from '../../events/inventory.ts'
import {
  ApprovalRequested,
  CancellationRequested,
  ConfirmationRecorded,
  ConfirmOrder,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  OrderReviewed,
  RecordRefund,
  RecordReturn,
  RefundRecorded,
  RefundRejectionRecorded,
  RefundRequested,
  RejectionRecorded,
  RejectOrder,
  RejectRefund,
  RejectReturn,
  ReturnCompleted,
  ReturnInspected,
  ReturnRecorded,
  ReturnRejected,
  ReturnRejectionRecorded,
  ReturnRequested,
} from '../../events/ordering.ts'
import { SagaAdvanced } from '../../events/saga.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { readMany } from '../../reactive/batch-read.ts'
import { byType, type Evidence, type Finding, type SentMessage } from '../../reactive/evidence.ts'
import { replyTo } from '../../reactive/record-evidence.ts'
import { shards } from '../../reactive/shard.ts'
import { fromIso, iso, minutes } from '../../reactive/time.ts'
import type { OrderEvent } from './events.ts'
import { quietSlotOf, slotOf } from './projection.ts'
import { idOf, placeOf, published } from './published.ts'
import { sentIndex, sentPartition } from './sent.ts'
import type { EventStore } from './store.ts'

/** The contract that each kind of event is published as. */
export const publishedAs: Readonly<Record<OrderEvent['type'], AnyContract>> = {
  placed: OrderPlaced,
  'approval-requested': ApprovalRequested,
  reviewed: OrderReviewed,
  'cancellation-requested': CancellationRequested,
  confirmed: OrderConfirmed,
  rejected: OrderRejected,
  cancelled: OrderCancelled,
  'refund-requested': RefundRequested,
  refunded: OrderRefunded,
  'refund-refused': OrderRefundRefused,
  'return-requested': ReturnRequested,
  'return-inspected': ReturnInspected,
  returned: ReturnCompleted,
  'return-rejected': ReturnRejected,
}

/** The events that show that a command has ended its saga, and what was answered. */
const endings: Readonly<Record<string, { readonly by: readonly OrderEvent['type'][]; readonly reply: string }>> = {
  [ConfirmOrder.type]: { by: ['confirmed'], reply: ConfirmationRecorded.type },
  [RejectOrder.type]: { by: ['rejected', 'cancelled'], reply: RejectionRecorded.type },
  [RecordRefund.type]: { by: ['refunded'], reply: RefundRecorded.type },
  [RejectRefund.type]: { by: ['refund-refused'], reply: RefundRejectionRecorded.type },
  [RecordReturn.type]: { by: ['returned'], reply: ReturnRecorded.type },
  [RejectReturn.type]: { by: ['return-rejected'], reply: ReturnRejectionRecorded.type },
}

type Tables = { readonly events: string; readonly views: string; readonly prices: string }

/**
 * What the event store, the views and the price list prove about messages, and which events began in a span of time.
 * An event that this context hears of itself is heard when its mark is gone; an advance, when the view has it or a later
 * one in its slot; a listing, when the price list has that revision or a later one.
 */
export const orderingEvidence = (
  db: DynamoDBDocumentClient,
  tables: Tables,
  { load }: Pick<EventStore, 'load'>,
): Evidence => {
  const own = async (messages: readonly SentMessage[]): Promise<Finding[]> => {
    const places = messages.flatMap(({ id }) => placeOf(id) ?? [])
    const items = await readMany(db, tables.events, places)
    return items.flatMap((item) =>
      item.unheardShard === undefined
        ? [{ id: idOf(item as { orderId: string; sequence: number }), as: 'handled' as const }]
        : [],
    )
  }

  const advances = async (messages: readonly SentMessage[]): Promise<Finding[]> => {
    const items = await readMany(
      db,
      tables.views,
      messages.map(({ subject }) => ({ orderId: subject })),
    )
    const views = new Map(items.map((item) => [item.orderId, item]))
    return messages.flatMap(({ id, subject }) => {
      const { definition, revision } = advanceIn(id)
      const noted = [slotOf(definition, revision), quietSlotOf(definition, revision)].some((name) => {
        const slot = views.get(subject)?.[name] as { revision: number } | undefined
        return slot && slot.revision >= revision
      })
      return noted ? [{ id, as: 'handled' as const }] : []
    })
  }

  const listings = async (messages: readonly SentMessage[]): Promise<Finding[]> => {
    const items = await readMany(
      db,
      tables.prices,
      messages.map(({ subject }) => ({ sku: subject })),
    )
    const revisions = new Map(items.map(({ sku, revision }) => [sku, Number(revision)]))
    return messages.flatMap(({ id, subject }) =>
      (revisions.get(subject) ?? 0) >= Number(id.slice(id.lastIndexOf('/') + 1))
        ? [{ id, as: 'handled' as const }]
        : [],
    )
  }

  const commands = async (messages: readonly SentMessage[]): Promise<Finding[]> => {
    const found = await allEnded(
      messages.map(async (message): Promise<Finding[]> => {
        const { by, reply } = endings[message.type]!
        const end = (await load(message.subject)).find(({ type }) => by.includes(type))
        if (!end) return []
        return [{ id: message.id, as: 'handled', sent: [replyTo(message, reply, fromIso(end.cause.at))] }]
      }),
    )
    return found.flat()
  }

  const ownTypes = Object.values(publishedAs).map(({ type }) => [type, own] as const)
  return {
    handled: byType({
      ...Object.fromEntries(ownTypes),
      ...Object.fromEntries(Object.keys(endings).map((type) => [type, commands])),
      [SagaAdvanced.type]: advances,
      [ProductListed.type]: listings,
    }),
    say: async ({ id }) => {
      const place = placeOf(id)
      const event = place && (await load(place.orderId)).find(({ sequence }) => sequence === place.sequence)
      return event && published(event)
    },
    sent: async (from, to) => {
      const partitions = minutesOf(from, to).flatMap((minute) => shards.map((shard) => sentPartition(minute, shard)))
      const sent: SentMessage[] = []
      for (let at = 0; at < partitions.length; at += partitionsAtOnce)
        await allEnded(
          partitions.slice(at, at + partitionsAtOnce).map(async (partition) => {
            const pages = paginateQuery(
              { client: db },
              {
                TableName: tables.events,
                IndexName: sentIndex,
                KeyConditionExpression: 'sentMinute = :partition',
                ExpressionAttributeValues: { ':partition': partition },
              },
            )
            for await (const { Items = [] } of pages) sent.push(...Items.flatMap(sentFrom))
          }),
        )
      return sent.filter(({ at }) => at >= fromIso(from) && at < fromIso(to))
    },
  }
}

/** Partitions of the index that are read side by side. */
const partitionsAtOnce = 16

const sentFrom = (item: Record<string, unknown>): SentMessage[] => {
  const contract = publishedAs[item.type as OrderEvent['type']]
  if (!contract) return []
  const orderId = String(item.orderId)
  return [
    {
      id: idOf({ orderId, sequence: Number(item.sequence) }),
      type: contract.type,
      subject: orderId,
      correlationId: orderId,
      at: fromIso(String(item.sentAt)),
    },
  ]
}

const minutesOf = (from: string, to: string): string[] => {
  const first = Math.floor(fromIso(from) / minutes(1))
  const count = Math.ceil(fromIso(to) / minutes(1)) - first
  return Array.from({ length: Math.max(0, count) }, (_, index) => iso((first + index) * minutes(1)))
}

/** `fulfil-order:ord_…/3` is the third advance of the saga fulfil-order. */
const advanceIn = (id: string) => ({
  definition: id.slice(0, id.indexOf(':')),
  revision: Number(id.slice(id.lastIndexOf('/') + 1)),
})
