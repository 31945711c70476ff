import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb'
import { allEnded } from '../../reactive/all-ended.ts'
import { TransientError } from '../../reactive/errors.ts'
import { shards } from '../../reactive/shard.ts'
import type { EpochMs } from '../../reactive/time.ts'
import { type Advance, advanceItem, type Line, lineFrom, lineItem, type Note, newestLines } from './note.ts'
import { mergePages, type Page, type Part } from './page.ts'

/** Which sagas are meant; all that is given must hold. */
export type Filter = {
  readonly definition?: string | undefined
  readonly version?: number | undefined
  readonly state?: string | undefined
  readonly failedStep?: string | undefined
  readonly tenant?: string | undefined
  readonly startedBefore?: string | undefined
  /** Only what should have looked again before this moment and has not. */
  readonly dueBefore?: EpochMs | undefined
}

export type Selection = Filter & { readonly limit: number; readonly before?: string | undefined }

/** What operators look at: a line a saga, and the history behind it. It follows the sagas by a moment. */
export type HistoryStore = {
  /** Takes notes, in any order and any number of times. Throws TransientError when the table did not take all. */
  note(notes: readonly Note[]): Promise<void>
  /** The commits of a saga by revision. */
  history(sagaId: string): Promise<readonly Advance[]>
  /** A saga's line, as its highest revision left it. Consistent. */
  line(sagaId: string): Promise<Line | undefined>
  /** The newest lines before a position. A page may be short and still have a next one. */
  page(selection: Selection): Promise<Page>
  /** Every line that has not ended. */
  unfinished(): Promise<readonly Pick<Line, 'definition' | 'version' | 'state' | 'startedAt'>[]>
}

/** What one call writes at most. */
const writesPerCall = 25
/** How many items of one key a list reads for one page before it hands back what it has. */
const readPerKey = 1_000

export const dynamoHistory = (db: DynamoDBDocumentClient, table: string): HistoryStore => {
  const append = async (advances: readonly Advance[]) => {
    // The same revision may be in a batch twice, which the service would refuse; both are the same.
    const items = [...new Map(advances.map((it) => [`${it.sagaId}/${it.revision}`, advanceItem(it)])).values()]
    for (let from = 0; from < items.length; from += writesPerCall) {
      let requests = items.slice(from, from + writesPerCall).map((Item) => ({ PutRequest: { Item } }))
      for (let attempt = 0; requests.length > 0; attempt++) {
        if (attempt > 1)
          throw new TransientError(`${table} left ${requests.length} lines of history unwritten; they come again.`)
        const { UnprocessedItems = {} } = await db.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }))
        requests = (UnprocessedItems[table] ?? []) as typeof requests
      }
    }
  }

  /** Only over what is older, so that the order in which lines come does not matter. */
  const show = async (line: Line) => {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: lineItem(line),
          ConditionExpression: 'attribute_not_exists(seen) OR seen < :seen',
          ExpressionAttributeValues: { ':seen': line.seen },
        }),
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  }

  const read = async (key: string, selection: Selection): Promise<Part> => {
    const { names, values, condition } = conditionOf(selection)
    const before = lowest(selection.before, selection.startedBefore)
    const found: Line[] = []
    let examined = 0
    let from: Record<string, unknown> | undefined
    do {
      const {
        Items = [],
        ScannedCount = 0,
        LastEvaluatedKey,
      } = await db.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'listed',
          KeyConditionExpression: `listShard = :key${before ? ' AND #position < :before' : ''}`,
          ...(condition ? { FilterExpression: condition } : {}),
          ExpressionAttributeNames: { ...names, ...(before ? { '#position': 'position' } : {}) },
          ExpressionAttributeValues: { ':key': key, ...values, ...(before ? { ':before': before } : {}) },
          ScanIndexForward: false,
          // One more than asked for tells whether there is a next page; behind a filter most may fall through.
          Limit: condition ? 250 : selection.limit + 1,
          ExclusiveStartKey: from,
        }),
      )
      found.push(...(Items as Line[]))
      examined += ScannedCount
      from = LastEvaluatedKey
    } while (from && found.length <= selection.limit && examined < readPerKey)
    return { found, ...(from ? { readTo: from.position as string } : {}) }
  }

  return {
    note: async (notes) => {
      await append(notes.map(({ advance }) => advance))
      await allEnded(newestLines(notes).map(show))
    },

    history: async (sagaId) => {
      const advances: Advance[] = []
      let from: Record<string, unknown> | undefined
      do {
        const { Items = [], LastEvaluatedKey } = await db.send(
          new QueryCommand({
            TableName: table,
            // Revision 0 is the line.
            KeyConditionExpression: 'sagaId = :sagaId AND revision > :line',
            ExpressionAttributeValues: { ':sagaId': sagaId, ':line': 0 },
            ExclusiveStartKey: from,
          }),
        )
        advances.push(...(Items as Advance[]))
        from = LastEvaluatedKey
      } while (from)
      return advances
    },

    line: async (sagaId) => {
      const { Item } = await db.send(
        new GetCommand({ TableName: table, Key: { sagaId, revision: 0 }, ConsistentRead: true }),
      )
      return Item && lineFrom(Item)
    },

    page: async (selection) =>
      mergePages(await allEnded(keysOf(selection.state).map((key) => read(key, selection))), selection.limit),

    unfinished: async () => {
      const all = await allEnded(
        keysOf('unfinished').map(async (key) => {
          const lines: Line[] = []
          let from: Record<string, unknown> | undefined
          do {
            const { Items = [], LastEvaluatedKey } = await db.send(
              new QueryCommand({
                TableName: table,
                IndexName: 'listed',
                KeyConditionExpression: 'listShard = :key',
                ProjectionExpression: '#definition, #version, #state, #startedAt',
                ExpressionAttributeNames: {
                  '#definition': 'definition',
                  '#version': 'version',
                  '#state': 'state',
                  '#startedAt': 'startedAt',
                },
                ExpressionAttributeValues: { ':key': key },
                ExclusiveStartKey: from,
              }),
            )
            lines.push(...(Items as Line[]))
            from = LastEvaluatedKey
          } while (from)
          return lines
        }),
      )
      return all.flat()
    },
  }
}

/** The keys under which sagas of a state are listed. */
const keysOf = (state: string | undefined): readonly string[] => {
  const halves =
    state === undefined
      ? ['unfinished', 'ended']
      : ['ended', 'done', 'undone', 'operator'].includes(state)
        ? ['ended']
        : ['unfinished']
  return halves.flatMap((half) => shards.map((shard) => `${half}#${shard}`))
}

/** What a line must be, beyond its key, as an expression. */
const conditionOf = ({ definition, version, state, failedStep, tenant, dueBefore }: Filter) => {
  const single = state === 'unfinished' || state === 'ended' ? undefined : state
  const equal = { definition, version, state: single, failedStep, tenant }
  const given = Object.entries(equal).filter(([, value]) => value !== undefined)
  const conditions = given.map(([name]) => `#${name} = :${name}`)
  return {
    names: Object.fromEntries([
      ...given.map(([name]) => [`#${name}`, name]),
      ...(dueBefore === undefined ? [] : [['#dueAt', 'dueAt']]),
    ]) as Record<string, string>,
    values: Object.fromEntries([
      ...given.map(([name, value]) => [`:${name}`, value]),
      ...(dueBefore === undefined ? [] : [[':dueBefore', dueBefore]]),
    ]) as Record<string, unknown>,
    condition: [...conditions, ...(dueBefore === undefined ? [] : ['#dueAt < :dueBefore'])].join(' AND '),
  }
}

const lowest = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b < a) ? b : a)
