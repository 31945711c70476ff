import { randomBytes } from 'node:crypto'
import { GetQueueUrlCommand, type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, describe, expect, test } from 'vitest'
import { everyItem } from '../../cli/api.ts'
import { until } from '../../cli/wait.ts'
import { type Message, seal } from '../../events/envelope.ts'
import { type FailedSummary, failedPage, failedRecord } from '../../events/http/recovery.ts'
import { AuthorisePayment } from '../../events/payments.ts'
import { confidant, expectConservation, operator, system } from './world.ts'

const sqs = new SQSClient(system.clientConfig)
const name = (thing: string) => `neverstop-${system.stage}-${thing}`

const send = async (thing: string, body: string, attributes: Record<string, string> = {}) => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name(thing) }))
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([key, StringValue]): [string, MessageAttributeValue] => [
      key,
      { DataType: 'String', StringValue },
    ]),
  )
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }))
}

/** A command for an order that nobody placed; it goes to dead-letter queues only and is never put back. */
const aPayment = (): Message => {
  const orderId = `ord_${randomBytes(10).toString('hex')}`
  return seal(AuthorisePayment({ orderId, amount: { amount: 100, currency: 'EUR' }, token: 'tok_personal' }), {
    id: `fulfil-order:${orderId}/authorise-payment/do/1`,
    source: '/saga/fulfil-order',
    subject: orderId,
    time: new Date().toISOString(),
    correlationid: orderId,
  })
}

/** The record of what was just sent, found by something that only it has. */
const onTheDesk = async (matches: (failure: FailedSummary) => boolean): Promise<FailedSummary> => {
  const found = await until(
    async () => {
      for await (const failure of everyItem((cursor) => operator.failed({ cursor, limit: 100 })))
        if (matches(failure)) return failure
      return undefined
    },
    { within: 30_000 },
  )
  return found ?? expect.fail('it never came to the desk')
}

/**
 * These messages were made for the desk alone: nobody placed their orders. What is left of them is discarded before the
 * desk puts it back by itself.
 */
const discardAll = async () => {
  for await (const { id } of everyItem((cursor) => operator.failed({ status: 'open', cursor, limit: 100 })))
    await operator.discardFailed(id, { reason: 'it was made for a test' })
}
afterAll(discardAll)

/** A record's message, to the letter. */
const messageOf = async (id: string): Promise<string> => {
  const { body, encoding } = await confidant.failedRecord(id, 'to compare it')
  return Buffer.from(body!, encoding).toString()
}

describe('what comes to the desk', () => {
  test('from a consumer that cannot read it is poison, kept to the letter, and comes back when it is put back', async () => {
    const body = `no envelope ${randomBytes(8).toString('hex')} ☃`
    await send('notifications-events', body)
    const base64 = Buffer.from(body).toString('base64')
    const { id } = await onTheDesk(({ messageType, queue }) => !messageType && queue === name('notifications-events'))

    const record = await confidant.failedRecord(id, 'to compare it')
    expect(failedRecord.safeParse(record)).toMatchObject({ success: true })
    expect(record).toMatchObject({ class: 'poison', code: 'not-json', body: base64, encoding: 'base64', count: 1 })

    await operator.redrive(id, 'to see it fail again')
    const back = await onTheDesk((failure) => failure.id === id && failure.count === 2)
    expect(back.status).toBe('open')
  })

  test('because its receives ran out is transient, with its personal fields masked in lists', async () => {
    const payment = aPayment()
    await send('payments-commands-dead', JSON.stringify(payment))
    const failure = await onTheDesk(({ messageId }) => messageId === payment.id)

    expect(failure).toMatchObject({
      class: 'transient',
      code: 'receives-exhausted',
      queue: name('payments-commands'),
      subject: payment.subject,
      data: { orderId: payment.subject, token: '***' },
    })
    expect(await messageOf(failure.id)).toBe(JSON.stringify(payment))
  })

  test('in many copies at once is one record that counts them all', async () => {
    const payment = aPayment()
    await Promise.all(Array.from({ length: 12 }, () => send('payments-commands-dead', JSON.stringify(payment))))
    const failure = await onTheDesk(({ messageId, count }) => messageId === payment.id && count === 12)
    expect((await operator.failedRecord(failure.id)).attempts).toHaveLength(12)
  })

  test('from a bus rule belongs to the rule’s queue and is the envelope that the queue would have had', async () => {
    const payment = aPayment()
    const event = { source: 'neverstop.payments', 'detail-type': payment.type, detail: payment }
    await send('notifications-events-dead', JSON.stringify(event), {
      RULE_ARN: 'arn:aws:events:eu-central-1:000000000000:rule/neverstop-local/confirmed',
      TARGET_ARN: `arn:aws:sqs:eu-central-1:000000000000:${name('notifications-events')}`,
      ERROR_CODE: 'NO_PERMISSIONS',
    })
    const failure = await onTheDesk(({ messageId }) => messageId === payment.id)
    expect(failure).toMatchObject({ class: 'unknown', code: 'NO_PERMISSIONS', queue: name('notifications-events') })
    expect(await messageOf(failure.id)).toBe(JSON.stringify(payment))
  })

  test('from a stream is kept whole; there is nowhere to put it back, and the desk says so', async () => {
    const image = JSON.stringify({ eventID: randomBytes(8).toString('hex'), dynamodb: { NewImage: {} } })
    await send('ordering-relay-dead', image, {
      failure: JSON.stringify({
        class: 'poison',
        code: 'unreadable-event',
        message: 'It cannot be read.',
        consumer: '/ordering',
        receives: 1,
        at: new Date().toISOString(),
      }),
    })
    const failure = await onTheDesk(({ code }) => code === 'unreadable-event')
    expect(failure).not.toHaveProperty('queue')
    expect(await messageOf(failure.id)).toBe(image)
    await expect(operator.redrive(failure.id, 'where to?')).rejects.toThrow(/nowhere to send it back to/)
    expect((await operator.failedRecord(failure.id)).history.filter(({ act }) => act === 'redrive')).toEqual([])
  })
})

describe('the list', () => {
  const all = async (query: { limit: number; status?: string; class?: string }) => {
    const items: FailedSummary[] = []
    for await (const item of everyItem((cursor) => operator.failed({ ...query, cursor }))) items.push(item)
    return items
  }

  test('is the same in small pages and in large, the newest first', async () => {
    const [small, large] = [await all({ limit: 2 }), await all({ limit: 100 })]
    expect(small).toEqual(large)
    expect(large.length).toBeGreaterThanOrEqual(5)
    const times = large.map(({ lastSeen }) => lastSeen)
    expect(times).toEqual(times.toSorted().reverse())
    expect(failedPage.safeParse(await operator.failed())).toMatchObject({ success: true })
  })

  test('by status and by class is what it says, and together they are everything', async () => {
    const everything = (await all({ limit: 100 })).map(({ id }) => id).sort()
    for (const [filter, values] of [
      ['status', ['open', 'redriving', 'redriven', 'handled', 'discarded']],
      ['class', ['transient', 'poison', 'permanent', 'expired', 'unknown']],
    ] as const) {
      const found: FailedSummary[] = []
      for (const value of values) {
        const some = await all({ limit: 3, [filter]: value })
        for (const item of some) expect(item[filter]).toBe(value)
        found.push(...some)
      }
      expect(found.map(({ id }) => id).sort()).toEqual(everything)
    }
  })
})

test('what is discarded is no failure any more, and says who decided that and why', async () => {
  await discardAll()
  const { items } = await operator.failed({ status: 'open' })
  expect(items).toEqual([])
  const discarded = (await operator.failed({ status: 'discarded', limit: 1 })).items[0]!
  const { history } = await operator.failedRecord(discarded.id)
  expect(history.at(-1)).toMatchObject({ act: 'discard', by: 'test', reason: 'it was made for a test' })
  expect((await operator.failedGroup(discarded.fingerprint)).open).toBe(0)
})

test('afterwards money and stock are conserved', expectConservation)
