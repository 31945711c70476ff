import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { TransientError } from '../../../reactive/errors.ts'
import { dynamoHistory } from '../../../sagas/operators/history-store.ts'
import { noteOf } from '../../../sagas/operators/note.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { historySuite } from '../../support/history-suite.ts'
import { memoryHistory } from '../../support/memory-history.ts'
import { life } from '../../support/sagas.ts'

historySuite('the history in memory', memoryHistory)

type Sent = { readonly name: string; readonly input: Record<string, unknown> }

/** A client that answers as told; what the table itself promises is tested against a real one. */
const client = (answer: (sent: Sent) => unknown) => {
  const sent: Sent[] = []
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const one = { name: command.constructor.name, input: command.input }
    sent.push(one)
    return answer(one) ?? {}
  }
  return { store: dynamoHistory({ send } as unknown as DynamoDBDocumentClient, 'history'), sent }
}
const notes = life(['done', 'done']).changes.map((change) => noteOf([fulfilOrderV1], change)!)

describe('the history in a table that has a bad day', () => {
  test('writes what was left unprocessed once more', async () => {
    let left = 1
    const { store, sent } = client(({ name, input }) => {
      if (name !== 'BatchWriteCommand' || left-- === 0) return {}
      const [first] = (input.RequestItems as Record<string, unknown[]>).history!
      return { UnprocessedItems: { history: [first] } }
    })
    await store.note(notes)
    const batches = sent.filter(({ name }) => name === 'BatchWriteCommand')
    expect(batches.map(({ input }) => (input.RequestItems as Record<string, unknown[]>).history!.length)).toEqual([
      3, 1,
    ])
  })

  test('has the batch delivered again when that is in vain, and shows no line that its history does not have', async () => {
    const { store, sent } = client(({ name, input }) =>
      name === 'BatchWriteCommand' ? { UnprocessedItems: input.RequestItems } : {},
    )
    await expect(store.note(notes)).rejects.toThrow(TransientError)
    expect(sent.some(({ name }) => name === 'PutCommand')).toBe(false)
  })

  test('takes a lost race for a line for what it is: a newer one is there', async () => {
    const { store } = client(({ name }) => {
      if (name === 'PutCommand') throw new ConditionalCheckFailedException({ message: 'older', $metadata: {} })
      return {}
    })
    await expect(store.note(notes)).resolves.toBeUndefined()
  })

  test('passes on whatever else goes wrong', async () => {
    const { store } = client(() => {
      throw new Error('throttled')
    })
    await expect(store.note(notes)).rejects.toThrow('throttled')
  })

  test('writes nothing for nothing', async () => {
    const { store, sent } = client(() => ({}))
    await store.note([])
    expect(sent).toEqual([])
  })

  test('reads the keys that a state may lie under, and no others', async () => {
    const { store, sent } = client(() => ({ Items: [] }))
    const keys = async (state: string | undefined) => {
      sent.length = 0
      await store.page({ state, limit: 10 })
      return sent.map(({ input }) => (input.ExpressionAttributeValues as Record<string, string>)[':key'])
    }
    expect(await keys('case')).toHaveLength(16)
    expect(await keys('done')).toEqual(expect.arrayContaining(['ended#0', 'ended#15']))
    expect(await keys(undefined)).toHaveLength(32)
  })

  test('uses no word that the service reserves, since it would refuse them', async () => {
    const { store, sent } = client(() => ({ Items: [] }))
    await store.unfinished()
    await store.page({
      state: 'case',
      definition: 'a',
      version: 1,
      tenant: 't',
      failedStep: 's',
      dueBefore: 1,
      limit: 1,
    })
    for (const { input } of sent)
      for (const expression of [input.ProjectionExpression, input.FilterExpression])
        expect(String(expression ?? '')).not.toMatch(/(^|[^#:\w])(definition|version|state|tenant)\b/)
  })

  test('hands back what it has when a filter lets next to nothing through', async () => {
    const { store, sent } = client(({ input }) => ({
      Items: [],
      ScannedCount: 250,
      LastEvaluatedKey: {
        position: `2026-01-01T00:00:00.${String(900 - sent.length).padStart(3, '0')}Z/a:${input.Limit}`,
      },
    }))
    const page = await store.page({ state: 'done', tenant: 'nobody', limit: 10 })
    expect(page.lines).toEqual([])
    expect(page.next).toBeDefined()
    expect(sent.length).toBe(16 * 4)
  })
})
