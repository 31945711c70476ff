import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb'
import { allEnded } from '../../../reactive/all-ended.ts'
import type { EpochMs } from '../../../reactive/time.ts'
import type { Watched } from './report.ts'

/** What the ledger remembers between runs: how far it has looked, and the flows that are not settled. */
export type LedgerStore = {
  /** Up to when flows have been looked at; undefined when it has never run. */
  readonly cursor: () => Promise<EpochMs | undefined>
  /** Never moves back, whoever else runs. */
  readonly advance: (to: EpochMs) => Promise<void>
  readonly watched: () => Promise<readonly Watched[]>
  /** Writes the flows that are new or differ from what is `known`; all of them when it matters when each was looked at. */
  readonly keep: (flows: readonly Watched[], known: readonly Watched[], all: boolean) => Promise<void>
  readonly forget: (ids: readonly string[]) => Promise<void>
  /** For good. */
  readonly note: (act: Act) => Promise<void>
}

/** What an operator did, with who and why. `at`: ISO 8601. */
export type Act = {
  readonly at: string
  readonly act: 'resend'
  readonly id: string
  readonly queue: string
  readonly by: string
  readonly reason: string
}

const cursorKey = { kind: 'cursor', id: 'cursor' } as const
const writesAtOnce = 10

/** In a table with the keys `kind` and `id`: an item for the cursor, for each flow that is not settled, for each act. */
export const dynamoLedger = (db: DynamoDBDocumentClient, table: string): LedgerStore => ({
  cursor: async () => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: cursorKey, ConsistentRead: true }))
    return Item?.to as EpochMs | undefined
  },
  advance: async (to) => {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: { ...cursorKey, to },
          ConditionExpression: 'attribute_not_exists(#to) OR #to < :to',
          ExpressionAttributeNames: { '#to': 'to' },
          ExpressionAttributeValues: { ':to': to },
        }),
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  },
  watched: async () => {
    const flows: Watched[] = []
    const pages = paginateQuery(
      { client: db },
      {
        TableName: table,
        KeyConditionExpression: 'kind = :flow',
        ExpressionAttributeValues: { ':flow': 'flow' },
        ConsistentRead: true,
      },
    )
    for await (const { Items = [] } of pages)
      for (const { message, sender, drift, lookedAt } of Items as Watched[])
        flows.push({ message, sender, drift, lookedAt })
    return flows
  },
  keep: async (flows, known, all) => {
    const before = new Map(known.map(({ message, drift }) => [message.id, JSON.stringify(drift)]))
    const changed = flows.filter(({ message, drift }) => all || before.get(message.id) !== JSON.stringify(drift))
    await inTurns(changed, (flow) =>
      db.send(new PutCommand({ TableName: table, Item: { kind: 'flow', id: flow.message.id, ...flow } })),
    )
  },
  note: async ({ id, ...act }) => {
    await db.send(
      new PutCommand({ TableName: table, Item: { kind: 'act', id: `${act.at}/${id}`, message: id, ...act } }),
    )
  },
  forget: async (ids) => {
    await inTurns(ids, (id) => db.send(new DeleteCommand({ TableName: table, Key: { kind: 'flow', id } })))
  },
})

const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < items.length; from += writesAtOnce)
    await allEnded(items.slice(from, from + writesAtOnce).map(work))
}
