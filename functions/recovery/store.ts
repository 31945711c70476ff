import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { FailedSummary } from '../../events/http/recovery.ts'
import { TransientError } from '../../reactive/errors.ts'
import type { Failure } from '../../reactive/failure.ts'
import { summaryOf } from './documents.ts'
import { type DeskRecord, type Status, statuses } from './record.ts'

export type Page = { readonly items: readonly FailedSummary[]; readonly next?: string }

/** What a list is asked for. `before` is the position of the last item that the reader has. */
export type Selection = {
  readonly status?: Status | undefined
  readonly class?: Failure['class'] | undefined
  readonly before?: string | undefined
  readonly limit: number
}

export type DeskStore = {
  readonly load: (recordId: string) => Promise<DeskRecord | undefined>
  /**
   * Reads, lets `change` say what the record becomes, and commits that under the condition that nobody committed in
   * between; otherwise reads again. Nothing is written when the record does not change.
   *
   * @throws TransientError when it lost the race too often.
   */
  readonly update: (
    recordId: string,
    change: (record: DeskRecord | undefined) => DeskRecord | undefined,
  ) => Promise<DeskRecord | undefined>
  readonly page: (selection: Selection) => Promise<Page>
}

const races = 10

/**
 * The desk's table: an item a record. The index holds the masked summaries only, so that lists are small and quick.
 */
export const deskStore = (dynamodb: DynamoDBClient, table: string): DeskStore => {
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })

  const load = async (recordId: string): Promise<DeskRecord | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { recordId }, ConsistentRead: true }))
    if (!Item) return undefined
    const { position: _position, summary: _summary, ...record } = Item
    return record as DeskRecord
  }

  /** Whether it was this writer who brought the record from `before` to `after`. */
  const commit = async (before: DeskRecord | undefined, after: DeskRecord): Promise<boolean> => {
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: { ...after, position: positionOf(after), summary: summaryOf(after) },
          ...(before
            ? {
                ConditionExpression: '#version = :version',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': before.version },
              }
            : { ConditionExpression: 'attribute_not_exists(recordId)' }),
        }),
      )
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }

  const update: DeskStore['update'] = async (recordId, change) => {
    for (let race = 0; race < races; race++) {
      const before = await load(recordId)
      const after = change(before)
      if (!after || after === before || (await commit(before, after))) return after
    }
    throw new TransientError(`${recordId} was changed by somebody else ${races} times in a row; try again.`)
  }

  /** The newest of one status, until there are `limit` of them or no more. */
  const newest = async (
    status: Status,
    { class: failureClass, before, limit }: Selection,
  ): Promise<FailedSummary[]> => {
    const found: FailedSummary[] = []
    let from: Record<string, unknown> | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'byStatus',
          KeyConditionExpression: before ? '#status = :status AND #position < :before' : '#status = :status',
          ...(failureClass ? { FilterExpression: '#summary.#class = :class' } : {}),
          ExpressionAttributeNames: {
            '#status': 'status',
            ...(before ? { '#position': 'position' } : {}),
            ...(failureClass ? { '#summary': 'summary', '#class': 'class' } : {}),
          },
          ExpressionAttributeValues: {
            ':status': status,
            ...(before ? { ':before': before } : {}),
            ...(failureClass ? { ':class': failureClass } : {}),
          },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: from,
        }),
      )
      found.push(...Items.map(({ summary }) => summary as FailedSummary))
      from = LastEvaluatedKey
    } while (from && found.length < limit)
    return found.slice(0, limit)
  }

  const page: DeskStore['page'] = async (selection) => {
    const wanted = { ...selection, limit: selection.limit + 1 }
    const lists = await Promise.all(
      (selection.status ? [selection.status] : statuses).map((one) => newest(one, wanted)),
    )
    const items = lists.flat().sort((a, b) => positionOf(b).localeCompare(positionOf(a)))
    const shown = items.slice(0, selection.limit)
    return { items: shown, ...(items.length > shown.length ? { next: positionOf(shown.at(-1)!) } : {}) }
  }

  return { load, update, page }
}

/** Where a record stands in a list: by the time of its last failure, unique. */
const positionOf = (record: { lastSeen: string } & ({ recordId: string } | { id: string })): string =>
  `${record.lastSeen}/${'recordId' in record ? record.recordId : record.id}`
