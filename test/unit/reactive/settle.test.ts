import type { SQSRecord } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { parse } from '../../../events/envelope.ts'
import { RecordOutcome } from '../../../events/recovery.ts'
import { PermanentError, PostponedError } from '../../../reactive/errors.ts'
import { failureSchema } from '../../../reactive/failure.ts'
import { settle } from '../../../reactive/settle.ts'
import { iso } from '../../../reactive/time.ts'
import { observedInMemory } from '../../support/observation.ts'

const now = Date.UTC(2026, 0, 5, 12)
const mark = JSON.stringify({ record: 'f_a', act: 'act-1' })

type Sent = {
  name: string
  queue: string
  bodies: string[]
  attributes: Record<string, string>
  delay?: number
  group?: string
}

/** Settles one delivery and says what was sent on its behalf. */
const settled = async (
  outcome: Error | undefined,
  { receives = 1, redrive, fail, group }: { receives?: number; redrive?: string; fail?: string; group?: string } = {},
) => {
  const sent: Sent[] = []
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const { input } = command
    const { name } = command.constructor
    if (name === fail) throw new Error('throttled')
    const attributes = (input.MessageAttributes ?? {}) as Record<string, { StringValue: string }>
    const entries = (input.Entries ?? [{ MessageBody: input.MessageBody }]) as { MessageBody: string }[]
    sent.push({
      name,
      queue: String(input.QueueUrl),
      bodies: entries.map(({ MessageBody }) => MessageBody),
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, { StringValue }]) => [key, StringValue])),
      ...(input.DelaySeconds === undefined ? {} : { delay: Number(input.DelaySeconds) }),
      ...(input.MessageGroupId === undefined ? {} : { group: String(input.MessageGroupId) }),
    })
    return {}
  }
  const record = {
    messageId: 'm-1',
    receiptHandle: 'r-1',
    body: '{"the":"body"}',
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(now - 5_000),
      ApproximateFirstReceiveTimestamp: String(now - 4_000),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    },
    messageAttributes: redrive === undefined ? {} : { redrive: { dataType: 'String', stringValue: redrive } },
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:q',
  } as unknown as SQSRecord
  const result = await settle(record, outcome, '/inventory', {
    sqs: { send } as never,
    urlOf: (queue) => queue,
    deadLetterUrlOf: (queue) => `${queue}-dead`,
    desk: 'recovery-commands',
    receives: 4,
    observed: observedInMemory().observation,
    clock: () => now,
    random: () => 0.5,
  })
  return { ...result, sent }
}

describe('a message that the desk had put back', () => {
  test('is told to the desk when it is handled, before it is acknowledged', async () => {
    const { fate, sent } = await settled(undefined, { redrive: mark })
    expect(fate).toBe('handled')
    expect(sent).toMatchObject([{ queue: 'recovery-commands' }])
    expect(parse(sent[0]!.bodies[0]!, [RecordOutcome])).toMatchObject({
      ok: true,
      message: {
        id: 'f_a/act-1/handled',
        data: { record: 'f_a', act: 'act-1', outcome: 'handled', consumer: '/inventory' },
      },
    })
  })

  test('comes again when the desk could not be told', async () => {
    expect(await settled(undefined, { redrive: mark, fail: 'SendMessageBatchCommand' })).toMatchObject({ fate: 'kept' })
  })

  test('keeps its mark on the way to its dead-letter queue', async () => {
    const { sent } = await settled(new PermanentError('damaged', 'It is damaged.'), { redrive: mark })
    expect(sent).toMatchObject([{ queue: 'q-dead', attributes: { redrive: mark } }])
  })

  test.each(['nonsense', '{"record":"f_a"}', '7'])('with a mark like %s is handled like any other', async (redrive) => {
    expect(await settled(undefined, { redrive })).toMatchObject({ fate: 'handled', sent: [] })
  })
})

test('a message that came by itself tells nobody anything', async () => {
  expect(await settled(undefined)).toMatchObject({ fate: 'handled', sent: [] })
})

describe('a message that fails', () => {
  const noteOf = (sent: readonly Sent[]) => failureSchema.parse(JSON.parse(sent[0]!.attributes.failure!))

  test('for want of something that is away comes again, until its last receive', async () => {
    const { fate, sent } = await settled(new Error('the table does not answer'), { receives: 3 })
    expect(fate).toBe('retried')
    expect(sent).toMatchObject([{ name: 'ChangeMessageVisibilityCommand' }])
  })

  test('with its last receive is parked as transient, with the error that its queue would not know', async () => {
    const { fate, sent } = await settled(new Error('the table does not answer'), { receives: 4 })
    expect(fate).toBe('parked')
    expect(sent).toMatchObject([{ queue: 'q-dead', bodies: ['{"the":"body"}'] }])
    expect(noteOf(sent)).toMatchObject({
      class: 'transient',
      code: 'receives-exhausted',
      message: 'the table does not answer',
      stack: expect.stringContaining('settle.test.ts'),
      receives: 4,
      origin: 'q',
      sent: new Date(now - 5_000).toISOString(),
      firstReceived: new Date(now - 4_000).toISOString(),
    })
  })

  test.each([
    ['contract-violation', 'poison'],
    ['expired', 'expired'],
    ['damaged', 'permanent'],
  ])('for good as %s is parked at once as %s, with the code that it met', async (code, failureClass) => {
    const { fate, sent } = await settled(new PermanentError(code, 'because'))
    expect(fate).toBe('parked')
    expect(noteOf(sent)).toMatchObject({ class: failureClass, code, build: expect.stringMatching(/^[0-9a-f]{12}$/) })
  })

  test('and cannot be parked stays where it is', async () => {
    expect(await settled(new PermanentError('damaged', 'x'), { fail: 'SendMessageCommand' })).toMatchObject({
      fate: 'kept',
    })
  })
})

describe('a message that is postponed', () => {
  const until = (wait: number) => new PostponedError(now + wait, 'the breaker of the acquirer is open')

  test('is put back at the end of its own queue, as it is, for as long as it says', async () => {
    const { fate, failure, because, sent } = await settled(until(7_300))
    expect({ fate, failure, because }).toEqual({ fate: 'postponed', because: 'the breaker of the acquirer is open' })
    expect(sent).toEqual([
      {
        name: 'SendMessageCommand',
        queue: 'q',
        bodies: ['{"the":"body"}'],
        attributes: { due: iso(now + 8_000) },
        delay: 8,
      },
    ])
  })

  test('has used up no receive: also its last one is none', async () => {
    expect(await settled(until(1_000), { receives: 4 })).toMatchObject({ fate: 'postponed', sent: [{ queue: 'q' }] })
  })

  test('keeps the mark of the desk and its group', async () => {
    const { sent } = await settled(until(1_000), { redrive: mark, group: 'tenant-a' })
    expect(sent).toMatchObject([{ attributes: { redrive: mark }, group: 'tenant-a' }])
  })

  test.each([
    [-60_000, 1],
    [0, 1],
    [10 * 3_600_000, 900],
  ])('for %i ms comes back after %i s: never at once, never later than a queue can hold it', async (wait, delay) => {
    expect((await settled(until(wait))).sent).toMatchObject([{ delay }])
  })

  test('stays where it is when it cannot be put back', async () => {
    expect(await settled(until(1_000), { fail: 'SendMessageCommand' })).toMatchObject({ fate: 'kept' })
  })
})
