import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { sendAll, sendEach } from '../../../reactive/send.ts'

const message = (id: string, tenantid?: string) =>
  ({ id, type: 'test.Said.v1', ...(tenantid ? { tenantid } : {}) }) as Message

/** A queue that keeps the entries that it is sent, refusing the first time those whose ids are listed. */
const queue = (refuses: readonly string[] = []) => {
  const calls: NonNullable<SendMessageBatchCommand['input']['Entries']>[] = []
  const sqs = {
    send: async ({ input }: SendMessageBatchCommand) => {
      calls.push(input.Entries!)
      const Failed = input.Entries!.filter(
        ({ MessageBody }) => calls.length === 1 && refuses.includes(JSON.parse(MessageBody!).id),
      )
      return { Failed }
    },
  } as unknown as SQSClient
  return { calls, sqs }
}

describe('the group of a message', () => {
  test("is its tenant, so that a tenant's backlog is its own", async () => {
    const { calls, sqs } = queue()
    await sendAll(sqs, 'url', [{ message: message('a', 'acme') }, { message: message('b', 'c-0123456789ab') }])
    expect(calls[0]!.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['acme', 'c-0123456789ab'])
  })

  test.each([undefined, 'two words', 'é', 'x'.repeat(129), 'x'.repeat(10_240)])(
    'is none for the tenant %s',
    async (tenant) => {
      const { calls, sqs } = queue()
      await sendAll(sqs, 'url', [{ message: message('a', tenant) }])
      expect(calls[0]![0]).not.toHaveProperty('MessageGroupId')
      expect(JSON.parse(calls[0]![0]!.MessageBody!)).toMatchObject({ id: 'a' })
    },
  )

  test('is still there when a message is sent once more', async () => {
    const { calls, sqs } = queue(['b'])
    await sendAll(sqs, 'url', [{ message: message('a', 'acme') }, { message: message('b', 'other') }])
    expect(calls[1]!.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['other'])
  })
})

describe('messages that were not surely accepted', () => {
  const outgoing = (...ids: string[]) => ids.map((id) => ({ message: message(id) }))
  const idsOf = (unsent: ReadonlyMap<{ message: Message }, Error>) =>
    [...unsent.keys()].map(({ message: { id } }) => id)

  test('are none where each was accepted, some of them only the second time', async () => {
    const { calls, sqs } = queue(['b'])
    expect(await sendEach(sqs, 'url', outgoing('a', 'b', 'c'))).toEqual(new Map())
    expect(calls.map((entries) => entries.length)).toEqual([3, 1])
  })

  test('are those that were refused twice, and no others', async () => {
    const sqs = {
      send: async ({ input }: SendMessageBatchCommand) => ({
        Failed: input.Entries!.filter(({ MessageBody }) => MessageBody!.includes('"b"')),
      }),
    } as unknown as SQSClient
    const unsent = await sendEach(sqs, 'url', outgoing('a', 'b', 'c'))
    expect(idsOf(unsent)).toEqual(['b'])
    expect([...unsent.values()]).toEqual([expect.any(TransientError)])
    await expect(sendAll(sqs, 'url', outgoing('a', 'b'))).rejects.toThrow('url refused b twice')
  })

  test('are all from the call on that failed as a whole: no further is made', async () => {
    let calls = 0
    const sqs = {
      send: async () => {
        calls += 1
        if (calls > 1) throw new Error('connect ECONNREFUSED')
        return {}
      },
    } as unknown as SQSClient
    const ids = Array.from({ length: 25 }, (_, index) => String(index))
    expect(idsOf(await sendEach(sqs, 'url', outgoing(...ids)))).toEqual(ids.slice(10))
    expect(calls).toBe(2)
  })

  test('are those that no call can carry, for good, and the others are sent', async () => {
    const { calls, sqs } = queue()
    const large = { message: { ...message('large'), data: 'x'.repeat(256 * 1_024) } as Message }
    const unsent = await sendEach(sqs, 'url', [large, ...outgoing('a')])
    expect(idsOf(unsent)).toEqual(['large'])
    expect(unsent.get(large)).toEqual(expect.any(PermanentError))
    expect(unsent.get(large)).toMatchObject({
      code: 'message-too-large',
      message: expect.stringContaining('url takes at most 262144'),
    })
    expect(calls.map((entries) => entries.length)).toEqual([1])
  })
})
