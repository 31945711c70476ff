import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { sendAll } from '../../../reactive/send.ts'

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
