import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import type { FailedSummary } from '../../events/http/recovery.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { wasMade } from '../../reactive/conditional.ts'
import { TransientError } from '../../reactive/errors.ts'
import type { Failure } from '../../reactive/failure.ts'
import { summaryOf } from './documents.ts'
import {
  type AutoState,
  type Change,
  type Group,
  type GroupChange,
  groupChanges,
  noCounts,
  planChanges,
} from './groups.ts'
import { type DeskRecord, type Status, statuses } from './record.ts'

export type Page = { readonly items: readonly FailedSummary[]; readonly next?: string }

/** What a list is asked for. `before` is the position of the last item that the reader has. */
export type Selection = {
  readonly status?: Status | undefined
  readonly class?: Failure['class'] | undefined
  readonly type?: string | undefined
  readonly group?: string | undefined
  readonly before?: string | undefined
  readonly limit: number
}

/** What a record becomes; the same value, or none, is no change. */
export type Becoming = (record: DeskRecord | undefined) => DeskRecord | undefined

/** An open record of a group. `firstSeen`: when it failed for the first time. */
export type Member = { readonly recordId: string; readonly position: string; readonly firstSeen: string }

export type DeskStore = {
  readonly load: (recordId: string) => Promise<DeskRecord | undefined>
  /**
   * Reads, lets `change` say what the record becomes, and commits that under the condition that nobody committed in
   * between; otherwise reads again. Nothing is written when the record does not change. The counts of its group, and of
   * the staged redrive that it is a part of, are committed with it.
   *
   * @throws TransientError when it lost the race too often.
   */
  readonly update: (recordId: string, change: Becoming) => Promise<DeskRecord | undefined>
  /** The same for several records in one transaction, `perCommit` at most. */
  readonly updateAll: (changes: ReadonlyMap<string, Becoming>) => Promise<readonly DeskRecord[]>
  readonly page: (selection: Selection) => Promise<Page>
  /** Open records of a group whose last failure was before a time, in the order of their positions. */
  readonly members: (
    fingerprint: string,
    range: { readonly after: string; readonly before: string; readonly limit: number },
  ) => Promise<readonly Member[]>
  /** Ids of records of a status whose lease ended before a time. */
  readonly lapsed: (status: Status, before: string, most: number) => Promise<readonly string[]>
  readonly group: (fingerprint: string) => Promise<Group | undefined>
  /** Groups by the time of their last failure, the newest first; those that have open records only, unless `all`. */
  readonly groups: (options: { readonly all: boolean }) => Promise<readonly Group[]>
  /** Writes down that the desk tries a group by itself; false when somebody else has just written that. */
  readonly tryGroup: (fingerprint: string, before: AutoState | undefined, after: AutoState) => Promise<boolean>
}

export type DeskTables = { readonly records: string; readonly groups: string; readonly plans: string }

/** Records that one transaction may change, with the groups and plans that they touch well within its hundred items. */
export const perCommit = 20
const races = 12

/**
 * The desk's tables: an item a record, an item a group, an item a staged redrive. The indexes hold the masked summaries
 * only, so that lists are small and quick.
 */
export const deskStore = (
  dynamodb: DynamoDBClient,
  tables: DeskTables,
  random: () => number = Math.random,
): DeskStore => {
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })
  const { records: table } = tables

  const load = async (recordId: string): Promise<DeskRecord | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { recordId }, ConsistentRead: true }))
    return Item && recordFrom(Item)
  }

  const loadAll = async (ids: readonly string[]): Promise<Map<string, DeskRecord>> => {
    if (ids.length === 1) {
      const record = await load(ids[0]!)
      return new Map(record ? [[record.recordId, record]] : [])
    }
    let keys = ids.map((recordId) => ({ recordId }))
    const found = new Map<string, DeskRecord>()
    while (keys.length > 0) {
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      )
      for (const item of Responses?.[table] ?? []) found.set(String(item.recordId), recordFrom(item))
      keys = (UnprocessedKeys?.[table]?.Keys ?? []) as typeof keys
    }
    return found
  }

  /** Whether it was this writer who brought the records to what they are now. */
  const commit = async (changes: readonly Change[]): Promise<boolean> => {
    try {
      await client.send(new TransactWriteCommand({ TransactItems: writesOf(changes, tables) }))
      return true
    } catch (error) {
      if (error instanceof TransactionCanceledException) {
        const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code)
        if (reasons.some((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict')) return false
      }
      throw error
    }
  }

  const updateAll: DeskStore['updateAll'] = async (wanted) => {
    const ids = [...wanted.keys()]
    if (ids.length > perCommit) throw new Error(`${ids.length} records in one commit; ${perCommit} at most.`)
    for (let race = 0; race < races; race++) {
      // Many write one hot group: the losers come back spread out.
      if (race > 0) await new Promise((resolve) => setTimeout(resolve, random() * Math.min(400, 10 * 2 ** race)))
      const before = await loadAll(ids)
      const results: DeskRecord[] = []
      const changes: Change[] = []
      for (const [recordId, become] of wanted) {
        const after = become(before.get(recordId))
        if (!after) continue
        results.push(after)
        if (after !== before.get(recordId)) changes.push({ before: before.get(recordId), after })
      }
      if (changes.length === 0 || (await commit(changes))) return results
    }
    throw new TransientError(`${ids.join(', ')}: changed by somebody else ${races} times in a row; try again.`)
  }

  /** The newest of one status, until there are `limit` of them or no more. */
  const newest = async (status: Status, selection: Selection): Promise<FailedSummary[]> => {
    const { class: failureClass, type, group, before, limit } = selection
    const found: FailedSummary[] = []
    let from: Record<string, unknown> | undefined
    const filters = [...(failureClass ? ['#summary.#class = :class'] : []), ...(type ? ['#summary.#type = :type'] : [])]
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: group ? 'byGroup' : 'byStatus',
          KeyConditionExpression: `#key = :key${before ? ' AND #position < :before' : ''}`,
          ...(filters.length > 0 ? { FilterExpression: filters.join(' AND ') } : {}),
          ExpressionAttributeNames: {
            '#key': group ? 'groupStatus' : 'status',
            ...(before ? { '#position': 'position' } : {}),
            ...(filters.length > 0 ? { '#summary': 'summary' } : {}),
            ...(failureClass ? { '#class': 'class' } : {}),
            ...(type ? { '#type': 'messageType' } : {}),
          },
          ExpressionAttributeValues: {
            ':key': group ? groupStatusOf(group, status) : status,
            ...(before ? { ':before': before } : {}),
            ...(failureClass ? { ':class': failureClass } : {}),
            ...(type ? { ':type': type } : {}),
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
    const lists = await allEnded((selection.status ? [selection.status] : statuses).map((one) => newest(one, wanted)))
    const items = lists.flat().sort((a, b) => positionOf(b).localeCompare(positionOf(a)))
    const shown = items.slice(0, selection.limit)
    return { items: shown, ...(items.length > shown.length ? { next: positionOf(shown.at(-1)!) } : {}) }
  }

  return {
    load,
    updateAll,
    update: async (recordId, change) => (await updateAll(new Map([[recordId, change]])))[0],
    page,
    members: async (fingerprint, { after, before, limit }) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'byGroup',
          // No position is as short as a time alone, so the lower bound is excluded and the upper one is, too.
          KeyConditionExpression: '#key = :key AND #position BETWEEN :after AND :before',
          ExpressionAttributeNames: { '#key': 'groupStatus', '#position': 'position' },
          ExpressionAttributeValues: {
            ':key': groupStatusOf(fingerprint, 'open'),
            ':after': `${after}+`,
            ':before': before,
          },
          Limit: limit,
        }),
      )
      return Items.map(({ recordId, position, summary }) => ({
        recordId: String(recordId),
        position: String(position),
        firstSeen: (summary as FailedSummary).firstSeen,
      }))
    },
    lapsed: async (status, before, most) => {
      const ids: string[] = []
      let from: Record<string, unknown> | undefined
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: 'byStatus',
            KeyConditionExpression: '#status = :status',
            FilterExpression: '#leaseUntil <= :before',
            ExpressionAttributeNames: { '#status': 'status', '#leaseUntil': 'leaseUntil' },
            ExpressionAttributeValues: { ':status': status, ':before': before },
            ExclusiveStartKey: from,
          }),
        )
        ids.push(...Items.map(({ recordId }) => String(recordId)))
        from = LastEvaluatedKey
      } while (from && ids.length < most)
      return ids.slice(0, most)
    },
    group: async (fingerprint) => {
      const { Item } = await client.send(
        new GetCommand({ TableName: tables.groups, Key: { fingerprint }, ConsistentRead: true }),
      )
      return Item && groupFrom(Item)
    },
    groups: async ({ all }) => {
      const groups: Group[] = []
      let from: Record<string, unknown> | undefined
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: tables.groups,
            IndexName: 'byLastSeen',
            KeyConditionExpression: '#kind = :group',
            ExpressionAttributeNames: { '#kind': 'kind' },
            ExpressionAttributeValues: { ':group': 'group' },
            ScanIndexForward: false,
            ExclusiveStartKey: from,
          }),
        )
        groups.push(...Items.map(groupFrom))
        from = LastEvaluatedKey
      } while (from)
      return all ? groups : groups.filter(({ open, redriving, redriven }) => open + redriving + redriven > 0)
    },
    tryGroup: async (fingerprint, before, after) => {
      return wasMade(
        client.send(
          new UpdateCommand({
            TableName: tables.groups,
            Key: { fingerprint },
            UpdateExpression: 'SET #auto = :after',
            ConditionExpression: before ? '#auto.#lastAt = :lastAt' : 'attribute_not_exists(#auto)',
            ExpressionAttributeNames: { '#auto': 'auto', ...(before ? { '#lastAt': 'lastAt' } : {}) },
            ExpressionAttributeValues: { ':after': after, ...(before ? { ':lastAt': before.lastAt } : {}) },
          }),
        ),
      )
    },
  }
}

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>

/** One transaction: the records under the condition of their versions, and what follows from them. */
const writesOf = (changes: readonly Change[], tables: DeskTables): Writes => [
  ...changes.map(({ before, after }) => ({
    Put: {
      TableName: tables.records,
      Item: {
        ...after,
        position: positionOf(after),
        groupStatus: groupStatusOf(after.fingerprint, after.status),
        summary: summaryOf(after),
      },
      ...(before
        ? {
            ConditionExpression: '#version = :version',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':version': before.version },
          }
        : { ConditionExpression: 'attribute_not_exists(recordId)' }),
    },
  })),
  ...[...groupChanges(changes)].map(([fingerprint, change]) => ({ Update: groupUpdate(tables, fingerprint, change) })),
  ...[...planChanges(changes)].map(([plan, by]) => ({
    Update: {
      TableName: tables.plans,
      Key: { planId: plan },
      UpdateExpression: `ADD ${Object.keys(by)
        .map((name) => `#${name} :${name}`)
        .join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(Object.keys(by).map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(Object.entries(by).map(([name, amount]) => [`:${name}`, amount])),
    },
  })),
]

const groupUpdate = ({ groups }: DeskTables, fingerprint: string, { by, described }: GroupChange) => {
  const fixed: Record<string, unknown> = described
    ? {
        kind: 'group',
        class: described.failure.class,
        code: described.failure.code,
        reason: summaryOf(described).reason.slice(0, 500),
        lastSeen: described.lastSeen,
        ...(described.identity ? { messageType: described.identity.type } : {}),
        ...(described.consumer ? { consumer: described.consumer } : {}),
        ...(described.origin ? { queue: described.origin } : {}),
      }
    : {}
  const first = described ? { firstSeen: described.firstSeen } : {}
  const values = { ...by, ...fixed, ...first }
  const set = [
    ...Object.keys(fixed).map((name) => `#${name} = :${name}`),
    ...Object.keys(first).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
  ]
  const add = Object.keys(by).map((name) => `#${name} :${name}`)
  return {
    TableName: groups,
    Key: { fingerprint },
    UpdateExpression: [...(set.length > 0 ? [`SET ${set.join(', ')}`] : []), `ADD ${add.join(', ')}`].join(' '),
    ExpressionAttributeNames: Object.fromEntries(Object.keys(values).map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  }
}

const recordFrom = (item: Record<string, unknown>): DeskRecord => {
  const { position: _position, summary: _summary, groupStatus: _groupStatus, ...record } = item
  return record as DeskRecord
}

const groupFrom = (item: Record<string, unknown>): Group => {
  const { kind: _kind, planId: _planId, ...group } = item
  return { ...noCounts, ...group } as Group
}

const groupStatusOf = (fingerprint: string, status: Status): string => `${fingerprint}/${status}`

/** Where a record stands in a list: by the time of its last failure, unique. */
export const positionOf = (record: { lastSeen: string } & ({ recordId: string } | { id: string })): string =>
  `${record.lastSeen}/${'recordId' in record ? record.recordId : record.id}`
