import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { expect, test } from 'vitest'
import type { Lease } from '../../../functions/support/lease.ts'
import { dynamoSupport } from '../../../functions/support/store.ts'

const lease: Lease = {
  queue: 'payments-commands',
  kind: 'lowered',
  concurrency: 2,
  until: 60_000,
  times: 1,
  alarm: 'a',
}

test('a lease ends only where it is still the one in force', async () => {
  const puts: PutCommand['input'][] = []
  const db = {
    send: async ({ input }: PutCommand) => {
      puts.push(input)
      if (puts.length === 2) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} })
      return {}
    },
  } as unknown as DynamoDBDocumentClient
  const { dropLease } = dynamoSupport(db, 'support')
  expect(await dropLease(lease)).toBe(true)
  expect(await dropLease(lease)).toBe(false)
  expect(puts[0]).toEqual({
    TableName: 'support',
    Item: { thing: 'lease#payments-commands', at: 0 },
    ConditionExpression: '#lease.#kind = :kind AND #lease.#until = :until',
    ExpressionAttributeNames: { '#lease': 'lease', '#kind': 'kind', '#until': 'until' },
    ExpressionAttributeValues: { ':kind': 'lowered', ':until': 60_000 },
  })
})
