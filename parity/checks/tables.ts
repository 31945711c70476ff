import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { type Check, must, refusalOf } from '../check.ts'
import type { Lab } from '../lab.ts'
import { table } from '../tools.ts'

type Reason = { Code?: string; Item?: Record<string, unknown> }

const transact = async (
  { tables }: Lab,
  TransactItems: TransactWriteCommandInput['TransactItems'],
  ClientRequestToken?: string,
): Promise<Reason[] | undefined> => {
  try {
    await tables.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }))
    return undefined
  } catch (error) {
    return (error as { CancellationReasons?: Reason[] }).CancellationReasons ?? [{ Code: (error as Error).name }]
  }
}

const put = ({ tables }: Lab, TableName: string, Item: Record<string, unknown>) =>
  tables.send(new PutCommand({ TableName, Item }))

const get = async ({ tables }: Lab, TableName: string, Key: Record<string, unknown>) =>
  (await tables.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item

/** Tables, as stores and sagas rely on them. */
export const tableChecks: readonly Check[] = [
  {
    id: 'table.one-winner',
    behaviour: 'Of thirty conditional writes at once exactly one wins.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      const race = Array.from({ length: 30 }, (_, by) =>
        refusalOf(
          lab.tables.send(
            new PutCommand({ TableName, Item: { id: 'one', by }, ConditionExpression: 'attribute_not_exists(id)' }),
          ),
        ),
      )
      const outcomes = await Promise.all(race)
      const won = outcomes.filter((refused) => refused === undefined).length
      must(won === 1, `${won} win`)
      must(
        outcomes.every((refused) => !refused || refused === 'ConditionalCheckFailedException'),
        'a loser is told something else',
      )
    },
  },
  {
    id: 'table.counters',
    behaviour: 'Thirty additions at once all count.',
    guarantee: 'money-and-stock',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      const add = () =>
        lab.tables.send(
          new UpdateCommand({
            TableName,
            Key: { id: 'sum' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
          }),
        )
      await Promise.all(Array.from({ length: 30 }, add))
      const sum = (await get(lab, TableName, { id: 'sum' }))?.n
      must(sum === 30, `they come to ${sum}`)
    },
  },
  {
    id: 'table.transaction',
    behaviour: 'A transaction of which one condition fails does nothing, and tells which and what was there.',
    guarantee: 'money-and-stock',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      await put(lab, TableName, { id: 'stock', n: 1 })
      const reasons = await transact(lab, [
        { Put: { TableName, Item: { id: 'order' } } },
        {
          Update: {
            TableName,
            Key: { id: 'stock' },
            UpdateExpression: 'SET n = n - :two',
            ConditionExpression: 'n >= :two',
            ExpressionAttributeValues: { ':two': 2 },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ])
      must((await get(lab, TableName, { id: 'order' })) === undefined, 'half of it is done')
      const codes = reasons?.map(({ Code }) => Code).join()
      must(codes === 'None,ConditionalCheckFailed', `the reasons are ${codes}`)
      must(reasons?.[1]?.Item !== undefined, 'it does not tell what was there')
    },
  },
  {
    id: 'table.transaction-race',
    behaviour: 'Of twenty transactions at once on the last unit one wins, and the unit is gone once.',
    guarantee: 'money-and-stock',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      await put(lab, TableName, { id: 'stock', n: 1 })
      const take = (by: number) =>
        transact(lab, [
          {
            Update: {
              TableName,
              Key: { id: 'stock' },
              UpdateExpression: 'SET n = n - :one',
              ConditionExpression: 'n >= :one',
              ExpressionAttributeValues: { ':one': 1 },
            },
          },
          { Put: { TableName, Item: { id: `order-${by}` } } },
        ])
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, by) => take(by)))
      const won = outcomes.filter((reasons) => reasons === undefined).length
      const left = (await get(lab, TableName, { id: 'stock' }))?.n
      must(won === 1 && left === 0, `${won} win and ${left} are left`)
    },
  },
  {
    id: 'table.transaction-token',
    behaviour: 'A transaction that is repeated under its token is done once.',
    guarantee: 'money-and-stock',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      const add = {
        Update: {
          TableName,
          Key: { id: 'sum' },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': 1 },
        },
      }
      const token = lab.name('token').slice(0, 36)
      for (let time = 0; time < 2; time++) await transact(lab, [add], token)
      const sum = (await get(lab, TableName, { id: 'sum' }))?.n
      must(sum === 1, 'it is done twice')
    },
  },
  {
    id: 'table.old-item-on-refusal',
    behaviour: 'A conditional write that is refused can tell what was there.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      await put(lab, TableName, { id: 'one', by: 'first' })
      const refused = await lab.tables
        .send(
          new PutCommand({
            TableName,
            Item: { id: 'one' },
            ConditionExpression: 'attribute_not_exists(id)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        .catch((error: { Item?: object }) => error)
      must((refused as { Item?: object }).Item !== undefined, 'it does not tell')
    },
  },
  {
    id: 'table.types-do-not-compare',
    behaviour: 'A number is neither more nor less than a text.',
    guarantee: 'money-and-stock',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      await put(lab, TableName, { id: 'damaged', n: 'twelve' })
      const taking = lab.tables.send(
        new UpdateCommand({
          TableName,
          Key: { id: 'damaged' },
          UpdateExpression: 'SET seen = :one',
          ConditionExpression: 'n >= :one',
          ExpressionAttributeValues: { ':one': 1 },
        }),
      )
      const refused = await refusalOf(taking)
      must(refused === 'ConditionalCheckFailedException', `the write ends as ${refused ?? 'done'}`)
    },
  },
  {
    id: 'table.item-limit',
    behaviour: 'An item above 400 KB is refused.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      must(
        (await refusalOf(put(lab, TableName, { id: 'large', text: 'x'.repeat(420_000) }))) !== undefined,
        'it is taken',
      )
    },
  },
  {
    id: 'table.pages',
    behaviour: 'A query ends after its limit or 1 MB, and its key leads to the rest, in order.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const { name: TableName } = await table(lab, { sorted: true })
      for (let at = 0; at < 6; at++) await put(lab, TableName, { id: 'all', at, text: 'x'.repeat(300_000) })
      const seen: number[] = []
      let pages = 0
      let ExclusiveStartKey: Record<string, unknown> | undefined
      do {
        const page = await lab.tables.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'id = :all',
            ExpressionAttributeValues: { ':all': 'all' },
            ScanIndexForward: false,
            ExclusiveStartKey,
          }),
        )
        seen.push(...(page.Items ?? []).map(({ at }) => at as number))
        ExclusiveStartKey = page.LastEvaluatedKey
        pages += 1
      } while (ExclusiveStartKey && pages < 20)
      must(seen.join() === '5,4,3,2,1,0', `seen are ${seen.join()}`)
      must(pages > 1, '1.8 MB come in one page')
    },
  },
  {
    id: 'table.sparse-index',
    behaviour: 'An index holds the items that have its key, and lets go of those that lose it.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const { name: TableName } = await table(lab, { index: true })
      await put(lab, TableName, { id: 'a', mark: 'm' })
      await put(lab, TableName, { id: 'b' })
      const marked = async () => {
        const { Items = [] } = await lab.tables.send(
          new QueryCommand({
            TableName,
            IndexName: 'marked',
            KeyConditionExpression: 'mark = :m',
            ExpressionAttributeValues: { ':m': 'm' },
          }),
        )
        return Items.map(({ id }) => id).join()
      }
      must((await marked()) === 'a', 'it holds others')
      await lab.tables.send(new UpdateCommand({ TableName, Key: { id: 'a' }, UpdateExpression: 'REMOVE mark' }))
      must((await marked()) === '', 'it holds what has lost its key')
    },
  },
  {
    id: 'table.time-to-live',
    behaviour: 'A table keeps which attribute is its time to live.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const { name: TableName } = await table(lab)
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true }
      await lab.tables.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
      const { TimeToLiveDescription: ttl } = await lab.tables.send(new DescribeTimeToLiveCommand({ TableName }))
      must(ttl?.AttributeName === 'expiresAt' && /^ENABL/.test(ttl.TimeToLiveStatus ?? ''), 'it forgets')
    },
  },
]
