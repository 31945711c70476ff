import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { BatchGetCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { dynamoAdmission, dynamoPressure } from '../../../reactive/admission-store.ts'
import { open } from '../../../reactive/regulator.ts'

const now = 1_800_000_000_000
const path = { inbox: 5, payments: 1 }

/** A table that holds these items, and keeps what is put. */
const over = (items: readonly Record<string, unknown>[]) => {
  const puts: PutCommand['input'][] = []
  const asked: unknown[] = []
  const db = {
    send: async (command: BatchGetCommand | PutCommand) => {
      if ('RequestItems' in command.input) {
        asked.push(command.input.RequestItems!.controls!.Keys)
        return { Responses: { controls: items } }
      }
      puts.push(command.input)
      if (puts.length === 2) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} })
      return {}
    },
  } as unknown as DynamoDBDocumentClient
  return {
    puts,
    asked,
    store: dynamoAdmission(db, 'controls', { name: 'orders', path }),
    report: dynamoPressure(db, 'controls'),
  }
}

describe('the shared state of admission', () => {
  test('is read in one call', async () => {
    const { store, asked } = over([])
    expect(await store.look()).toEqual({ regulation: undefined, revision: 0, readings: [], off: undefined })
    expect(asked).toEqual([
      ['admission/orders', 'admission/orders/off', 'pressure/inbox', 'pressure/payments'].map((control) => ({
        control,
      })),
    ])
  })

  test('is what was saved, with the readings and the setting', async () => {
    const regulation = { ...open(now), share: 0.4 }
    const { store } = over([
      { control: 'admission/orders', ...regulation, revision: 7, expiresAt: 1 },
      { control: 'pressure/payments', age: 900, messages: 10, at: now, expiresAt: 1 },
      { control: 'admission/orders/off', until: now + 5, reason: 'a drill' },
    ])
    const shared = await store.look()
    expect(shared.regulation).toEqual(regulation)
    expect([shared.revision, shared.readings, shared.off]).toEqual([
      7,
      [{ queue: 'payments', age: 900, messages: 10, at: now }],
      { until: now + 5, reason: 'a drill' },
    ])
  })

  test.each([
    { control: 'admission/orders', ...open(now), share: 7 },
    { control: 'admission/orders', ...open(now), share: Number.NaN },
    { control: 'admission/orders', ...open(now), level: 3 },
    { control: 'admission/orders', share: 'half' },
    { control: 'pressure/inbox', age: -1, messages: 10, at: now },
    { control: 'pressure/inbox', age: 'old', messages: 10, at: now },
    { control: 'admission/orders/off', until: 'tomorrow' },
  ])('counts as not there where it is damaged: %j', async (item) => {
    const { store } = over([item])
    expect(await store.look()).toMatchObject({ regulation: undefined, readings: [], off: undefined })
  })

  test('is saved only over what was seen', async () => {
    const { store, puts } = over([])
    expect([await store.save(open(now), 3), await store.save(open(now), 3)]).toEqual([true, false])
    expect(puts[0]).toMatchObject({
      Item: { control: 'admission/orders', share: 1, revision: 4, expiresAt: now / 1_000 + 86_400 },
      ConditionExpression: 'attribute_not_exists(#revision) OR #revision = :seen',
      ExpressionAttributeValues: { ':seen': 3 },
    })
  })
})

test('readings are written under their queues', async () => {
  const { report, puts } = over([])
  await report([{ queue: 'inbox', age: 12, messages: 10, at: now }])
  expect(puts).toMatchObject([
    { Item: { control: 'pressure/inbox', age: 12, messages: 10, at: now, expiresAt: now / 1_000 + 3_600 } },
  ])
})
