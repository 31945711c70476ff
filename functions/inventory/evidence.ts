import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import {
  ProductListed,
  ReleaseStock,
  ReserveStock,
  Restock,
  Restocked,
  StockRefused,
  StockReleased,
  StockReserved,
  TakeBack,
  TakenBack,
} from '../../events/inventory.ts'
import { OrderConfirmed } from '../../events/ordering.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { readMany } from '../../reactive/batch-read.ts'
import { commandEvidence } from '../../reactive/command-evidence.ts'
import { byType, type Evidence, type Finding, type SentMessage } from '../../reactive/evidence.ts'
import { replyTo } from '../../reactive/record-evidence.ts'
import { fromIso } from '../../reactive/time.ts'
import { listingOf } from './listing.ts'
import type { SaleBook } from './store.ts'

/**
 * What reservations prove about commands and confirmed orders, and which listings began in a span of time. A listing that
 * a newer one has replaced is not asked after: nobody needs it any more.
 */
export const inventoryEvidence = (
  db: DynamoDBDocumentClient,
  tables: { readonly stock: string; readonly reservations: string },
  { ofOrder }: Pick<SaleBook, 'ofOrder'>,
): Evidence => {
  const commands = commandEvidence(db, tables.reservations, {
    [ReserveStock.type]: { done: StockReserved.type, refused: StockRefused.type },
    [ReleaseStock.type]: { undone: StockReleased.type },
  })
  /** A confirmed order is heard when its stock is sold. */
  const sales = async (messages: readonly SentMessage[]): Promise<readonly Finding[]> => {
    const found = await allEnded(
      messages.map(async ({ id, subject }): Promise<Finding[]> => {
        const reservations = await ofOrder(subject)
        return reservations.some(({ state }) => state === 'sold' || state === 'restocked')
          ? [{ id, as: 'handled' }]
          : []
      }),
    )
    return found.flat()
  }
  /** What came back is on the record of the sale, whose time stands in for that of the answer. */
  const backs = async (messages: readonly SentMessage[]): Promise<readonly Finding[]> => {
    const found = await allEnded(
      messages.map(async (message): Promise<Finding[]> => {
        const isRestock = message.type === Restock.type
        const done = (await ofOrder(message.subject)).some((record) =>
          isRestock ? record.state === 'restocked' : 'condition' in record,
        )
        if (!done) return []
        const reply = isRestock ? Restocked.type : TakenBack.type
        return [{ id: message.id, as: 'handled', sent: [replyTo(message, reply, message.at)] }]
      }),
    )
    return found.flat()
  }
  return {
    handled: byType({
      [ReserveStock.type]: commands,
      [ReleaseStock.type]: commands,
      [TakeBack.type]: backs,
      [Restock.type]: backs,
      [OrderConfirmed.type]: sales,
    }),
    say: async ({ id, subject }) => {
      const [item] = await readMany(db, tables.stock, [{ sku: subject }])
      return listingOf(item ? { after: item } : {}).find((listing) => listing.id === id)
    },
    sent: async (from, to) => {
      const listed: SentMessage[] = []
      const pages = paginateScan(
        { client: db },
        {
          TableName: tables.stock,
          ProjectionExpression: 'sku, revision, listedAt',
          FilterExpression: 'listedAt >= :from AND listedAt < :to',
          ExpressionAttributeValues: { ':from': from, ':to': to },
        },
      )
      for await (const { Items = [] } of pages)
        for (const { sku, revision, listedAt } of Items)
          listed.push({
            id: `${sku}/${revision}`,
            type: ProductListed.type,
            subject: String(sku),
            correlationId: String(sku),
            at: fromIso(String(listedAt)),
          })
      return listed
    },
  }
}
