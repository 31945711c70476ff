import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { allEnded } from '../../reactive/all-ended.ts'
import { wasMade } from '../../reactive/conditional.ts'
import { type EpochMs, type Millis, seconds } from '../../reactive/time.ts'
import type { Plan } from './plan.ts'
import type { DeskTables } from './store.ts'

export type PlanStore = {
  readonly load: (planId: string) => Promise<Plan | undefined>
  /** The newest staged redrive of a group. */
  readonly newest: (fingerprint: string) => Promise<Plan | undefined>
  /**
   * Begins a staged redrive as the successor of `after`. False when the group has another successor already: of several
   * who begin one at the same time, one does.
   */
  readonly start: (plan: Plan, after: Plan | undefined) => Promise<boolean>
  /** The plan, for this caller alone for a while; undefined when it has ended, is not due, or somebody else has it. */
  readonly claim: (planId: string, now: EpochMs) => Promise<Plan | undefined>
  /** Writes all but the counts, which are committed with the records; false when somebody else wrote in between. */
  readonly save: (plan: Plan) => Promise<boolean>
  /** Those that should have been looked at before that time. */
  readonly due: (before: EpochMs) => Promise<readonly Plan[]>
}

/** Longer than a function may run, so that a claim ends by itself only when its owner is dead. */
const claimFor: Millis = seconds(10)

/** `zmt4…-1`, `zmt4…-2`: a group's staged redrives in their order. */
export const planIdAfter = (fingerprint: string, newest: Plan | undefined): string =>
  `${fingerprint}-${newest ? Number(newest.planId.split('-')[1]) + 1 : 1}`

export const planStore = (dynamodb: DynamoDBClient, { plans, groups }: DeskTables): PlanStore => {
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })

  const load = async (planId: string): Promise<Plan | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: plans, Key: { planId }, ConsistentRead: true }))
    return Item && planFrom(Item)
  }

  const save = async (plan: Plan): Promise<boolean> => {
    const { planId, version, sent: _s, handled: _h, failed: _f, unobserved: _u, ...rest } = plan
    const fields = { ...rest, version: version + 1, ...(plan.dueAt === undefined ? {} : { dueKind: 'due' }) }
    const optional = ['dueAt', 'dueKind', 'leaseUntil', 'cursor', 'lastTick', 'because', 'endedAt']
    const absent = optional.filter((name) => !(name in fields))
    const names = [...Object.keys(fields), ...absent]
    return wasMade(
      client.send(
        new UpdateCommand({
          TableName: plans,
          Key: { planId },
          UpdateExpression: [
            `SET ${Object.keys(fields)
              .map((name) => `#${name} = :${name}`)
              .join(', ')}`,
            ...(absent.length > 0 ? [`REMOVE ${absent.map((name) => `#${name}`).join(', ')}`] : []),
          ].join(' '),
          ConditionExpression: '#version = :was',
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ':was': version,
            ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
          },
        }),
      ),
    )
  }

  return {
    load,
    save,
    newest: async (fingerprint) => {
      const { Item } = await client.send(
        new GetCommand({ TableName: groups, Key: { fingerprint }, ConsistentRead: true }),
      )
      return Item?.planId === undefined ? undefined : load(String(Item.planId))
    },
    start: async (plan, after) => {
      try {
        await client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName: plans,
                  Item: { ...plan, dueKind: 'due' },
                  ConditionExpression: 'attribute_not_exists(planId)',
                },
              },
              {
                Update: {
                  TableName: groups,
                  Key: { fingerprint: plan.fingerprint },
                  UpdateExpression: 'SET planId = :planId',
                  ConditionExpression: after ? 'planId = :after' : 'attribute_not_exists(planId)',
                  ExpressionAttributeValues: {
                    ':planId': plan.planId,
                    ...(after ? { ':after': after.planId } : {}),
                  },
                },
              },
            ],
          }),
        )
        return true
      } catch (error) {
        if (error instanceof TransactionCanceledException) {
          const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code)
          if (codes.some((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict')) return false
        }
        throw error
      }
    },
    claim: async (planId, now) => {
      const plan = await load(planId)
      if (plan?.status !== 'running' || (plan.dueAt ?? 0) > now || (plan.leaseUntil ?? 0) > now) return undefined
      const claimed = { ...plan, leaseUntil: now + claimFor }
      return (await save(claimed)) ? { ...claimed, version: plan.version + 1 } : undefined
    },
    due: async (before) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: plans,
          IndexName: 'due',
          KeyConditionExpression: 'dueKind = :due AND dueAt < :before',
          ExpressionAttributeValues: { ':due': 'due', ':before': before },
        }),
      )
      const all = await allEnded(Items.map(({ planId }) => load(String(planId))))
      return all.filter((plan) => plan !== undefined)
    },
  }
}

const planFrom = ({ dueKind: _, ...item }: Record<string, unknown>): Plan => item as Plan
