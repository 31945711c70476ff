import { randomBytes } from 'node:crypto'
import { GetQueueUrlCommand, type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterEach, describe, expect, test } from 'vitest'
import { everyItem } from '../../cli/api.ts'
import { damage } from '../../cli/demo/damage.ts'
import { type Message, seal } from '../../events/envelope.ts'
import { type FailedSummary, failedPage, failedRecord } from '../../events/http/recovery.ts'
import { ProductListed, ReserveStock } from '../../events/inventory.ts'
import { AuthorisePayment } from '../../events/payments.ts'
import { readStacks } from '../../local/assembly.ts'
import { layout } from '../../local/layout.ts'
import { alarmsIn } from '../../local/watch/alarms.ts'
import { announcer } from '../../local/watch/announce.ts'
import type { Change } from '../../local/watch/round.ts'
import { objectStore } from '../../reactive/object-store.ts'
import { acquirerIsBack } from './breakers.ts'
import { until } from './patience.ts'
import {
  booksOf,
  confidant,
  dynamo,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  operator,
  orderOf,
  putAway,
  system,
  tableOf,
} from './world.ts'

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

/** A command for an order that nobody placed; it goes to dead-letter queues only. */
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
  made.add((found ?? expect.fail('it never came to the desk')).id)
  return found!
}

/** Poison that has come since: what others have left on the desk is none of this test's. */
const poisonSince =
  (since: string) =>
  ({ messageType, queue, status, lastSeen }: FailedSummary) =>
    !messageType && queue === name('notifications-events') && status === 'open' && lastSeen >= since

const made = new Set<string>()
const reason = 'it was made for a test'

const discard = async (id: string) => expect(await putAway(id, reason)).toBe('discarded')

/**
 * These messages were made for the desk alone: nobody placed their orders. Each is put away as soon as its test is over,
 * a good while before the desk would put back by itself what failed transiently.
 */
afterEach(async () => {
  for (const id of made) await discard(id)
  made.clear()
})

/** A record's message, to the letter. */
const messageOf = async (id: string): Promise<string> => {
  const { body, encoding } = await confidant.failedRecord(id, 'to compare it')
  return Buffer.from(body!, encoding).toString()
}

describe('what comes to the desk', () => {
  test('from a consumer that cannot read it is poison, kept to the letter, and comes back when it is put back', async () => {
    const body = `no envelope ${randomBytes(8).toString('hex')} ☃`
    const since = new Date().toISOString()
    await send('notifications-events', body)
    const base64 = Buffer.from(body).toString('base64')
    const { id } = await onTheDesk(poisonSince(since))

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
    const failure = await onTheDesk(({ code, status }) => code === 'unreadable-event' && status === 'open')
    expect(failure).not.toHaveProperty('queue')
    expect(await messageOf(failure.id)).toBe(image)
    await expect(operator.redrive(failure.id, 'where to?')).rejects.toThrow(/nowhere to send it back to/)
    expect((await operator.failedRecord(failure.id)).history.filter(({ act }) => act === 'redrive')).toEqual([])
  })
})

test('what is too large for a record is kept beside it, goes back to the letter, and can be erased', async () => {
  const body = `no envelope either: ${randomBytes(60_000).toString('hex')}`
  const since = new Date().toISOString()
  await send('notifications-events', body)
  const base64 = Buffer.from(body).toString('base64')
  const isIt = async ({ id }: FailedSummary) => (await confidant.failedRecord(id, 'to compare it')).body === base64
  const { id } = await onTheDesk(poisonSince(since))
  const record = await operator.failedRecord(id)
  expect(await isIt(record)).toBe(true)

  const { Item } = await dynamo.send(new GetCommand({ TableName: tableOf('DeskTable'), Key: { recordId: id } }))
  expect(Item!.payload).toEqual({ kind: 'bytes', kept: expect.any(String), bytes: base64.length })
  const { endpoint, region, credentials } = system.clientConfig
  const bucket = objectStore({
    url: `${endpoint}/${tableOf('PayloadsBucketName')}`,
    region,
    credentials,
    clock: Date.now,
  })
  expect(await bucket.get(Item!.payload.kept)).toBe(base64)

  await operator.redrive(id, 'to see it fail again')
  expect(await isIt(await onTheDesk((failure) => failure.id === id && failure.count === 2))).toBe(true)

  made.delete(id)
  expect(await operator.discardFailed(id, { reason, erase: true })).toMatchObject({ status: 'discarded', erased: true })
  expect(await confidant.failedRecord(id, 'to see that it is gone')).not.toHaveProperty('body')
  await expect(bucket.get(Item!.payload.kept)).rejects.toThrow(/There is no object/)
})

describe('what is personal', () => {
  test('is shown only to whom may see it, and every sight of it is in the record', async () => {
    const payment = aPayment()
    await send('payments-commands-dead', JSON.stringify(payment))
    const { id } = await onTheDesk(({ messageId }) => messageId === payment.id)
    expect((await operator.failedRecord(id)).body).not.toContain('tok_personal')
    await expect(operator.failedRecord(id, 'out of curiosity')).rejects.toThrow(/may not see what is personal/)
    expect((await operator.failedRecord(id)).history).toEqual([])

    expect((await confidant.failedRecord(id, 'the customer asks')).body).toContain('tok_personal')
    expect((await operator.failedRecord(id)).history).toMatchObject([
      { act: 'view', by: 'confidant', reason: 'the customer asks' },
    ])
  })
})

test('what failed transiently is put back as soon as a partner’s alarm is OK again, and nothing else is', async () => {
  const failed = async (failureClass: 'transient' | 'poison') => {
    const sku = `T-${randomBytes(6).toString('hex').toUpperCase()}`
    const time = new Date().toISOString()
    const listed = ProductListed({ sku, name: 'For an alarm', price: { amount: 900, currency: 'EUR' }, revision: 1 })
    const message = seal(listed, { id: `${sku}/1`, source: '/inventory', subject: sku, time, correlationid: sku })
    const note = { class: failureClass, code: `of-${sku}`, message: 'It failed.', consumer: '/ordering', receives: 1 }
    const origin = `http://localhost/000000000000/${name('ordering-events')}`
    await send('ordering-events-dead', JSON.stringify(message), {
      failure: JSON.stringify({ ...note, at: time, origin }),
    })
    return onTheDesk(({ subject }) => subject === sku)
  }
  // While support keeps a valve closed the end of an alarm is no recovery, and an earlier outage may have closed this one.
  await acquirerIsBack()
  const [transient, poison] = [await failed('transient'), await failed('poison')]
  made.delete(transient.id)

  // The watch would say this once the acquirer answers again; what matters comes after it: the bus, the remedy, the desk.
  const alarms = alarmsIn(await readStacks(layout(system.state).assembly))
  const alarm = alarms.find(({ description }) => description.includes('remedy: close-valve:payments-commands'))
  expect(alarm).toBeDefined()
  const { announce, close } = announcer(system.clientConfig)
  const change = { from: 'ALARM', to: 'OK', reason: 'said by a test', lasted: 60_000, transition: true, acts: false }
  await announce([{ alarm: alarm!, ...change } as Change])
  close()

  const handled = await until(
    async () => {
      const record = await operator.failedRecord(transient.id)
      return record.status === 'handled' ? record : undefined
    },
    { within: 30_000 },
  )
  expect(handled?.history).toMatchObject([
    { act: 'redrive', by: 'support', reason: `${alarm!.name} is OK again: try 1 of 10`, outcome: 'handled' },
  ])
  // Long before the desk would have tried it by itself.
  expect(Date.parse(handled!.history[0]!.at) - Date.parse(transient.lastSeen)).toBeLessThan(60_000)
  expect(await operator.failedRecord(poison.id)).toMatchObject({ status: 'open', history: [] })
})

test('a step whose command is discarded as refused is undone, and its order rejected', async () => {
  const [sku] = (await newProducts(10)) as [string]
  await damage(system, sku)
  const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
  const { id } = await onTheDesk(({ subject, status }) => subject === orderId && status === 'open')
  made.delete(id)
  const discarding = { reason: 'nobody can repair it', answer: 'refused' } as const
  const would = await operator.discardFailed(id, { ...discarding, dryRun: true })
  expect(would).toMatchObject({
    status: 'open',
    check: { passes: false, consumer: { says: 'refuses', because: expect.stringContaining('damaged-stock-record') } },
    saga: { says: 'passes' },
  })
  const told = await operator.discardFailed(id, discarding)
  expect(told).toMatchObject({ status: 'discarded', answer: 'refused' })

  expect((await ended(orderId)).status).toBe('rejected')
  expect(await booksOf(orderId)).toEqual([])
  await operator.putProduct(sku, { name: 'Made for a test', price: { amount: 1_000, currency: 'EUR' }, stock: 10 })
  await expectAgreement([sku, orderId])
})

test('a dry run asks the consumer what it would make of the message, and the consumer does nothing', async () => {
  const [sku] = (await newProducts(10)) as [string]
  const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
  await ended(orderId)
  const known = seal(ReserveStock({ orderId, lines: [{ sku, quantity: 1 }] }), {
    id: `fulfil-order:${orderId}/reserve-stock/do/1`,
    source: '/saga/fulfil-order',
    subject: orderId,
    time: new Date().toISOString(),
    correlationid: orderId,
  })
  const fresh = aPayment()
  await send('inventory-commands-dead', JSON.stringify(known))
  await send('payments-commands-dead', JSON.stringify(fresh))
  const wordOf = async (message: Message) => {
    const { id } = await onTheDesk(({ messageId }) => messageId === message.id)
    return operator.failedCheck(id)
  }
  expect(await wordOf(known)).toMatchObject({
    passes: true,
    consumer: { says: 'repeats', because: 'it would be answered StockReserved from its record' },
  })
  expect(await wordOf(fresh)).toMatchObject({
    passes: true,
    consumer: { says: 'passes', because: 'its partner would be asked' },
  })
  expect(await booksOf(fresh.subject)).toEqual([])
})

describe('the list', () => {
  const all = async (query: { limit: number; status?: string; class?: string }) => {
    const items: FailedSummary[] = []
    for await (const item of everyItem((cursor) => operator.failed({ ...query, cursor }))) items.push(item)
    return items
  }

  /** The whole list, and what `look` saw of it while nothing changed: the desk goes on with its own work meanwhile. */
  const meanwhile = async <T>(look: (few: number) => Promise<T>): Promise<readonly [FailedSummary[], T]> => {
    for (;;) {
      const before = await all({ limit: 100 })
      // A page of a few, so that there are some of them, however much the whole run has left on the desk.
      const seen = await look(Math.max(2, Math.ceil(before.length / 8)))
      if (JSON.stringify(await all({ limit: 100 })) === JSON.stringify(before)) return [before, seen]
    }
  }

  test('is the same in small pages and in large, the newest first', async () => {
    const [large, small] = await meanwhile((few) => all({ limit: few }))
    expect(small).toEqual(large)
    expect(large.length).toBeGreaterThanOrEqual(5)
    const times = large.map(({ lastSeen }) => lastSeen)
    expect(times).toEqual(times.toSorted().reverse())
    expect(failedPage.safeParse(await operator.failed())).toMatchObject({ success: true })
  })

  test('by status and by class is what it says, and together they are everything', async () => {
    for (const [filter, values] of [
      ['status', ['open', 'redriving', 'redriven', 'handled', 'discarded']],
      ['class', ['transient', 'poison', 'permanent', 'expired', 'unknown']],
    ] as const) {
      const [everything, found] = await meanwhile(async (few) => {
        const found: FailedSummary[] = []
        for (const value of values) {
          const some = await all({ limit: few, [filter]: value })
          for (const item of some) expect(item[filter]).toBe(value)
          found.push(...some)
        }
        return found
      })
      expect(found.map(({ id }) => id).sort()).toEqual(everything.map(({ id }) => id).sort())
    }
  })
})

test('what is discarded is no failure any more, and says who decided that and why', async () => {
  const payment = aPayment()
  const note = { class: 'permanent', code: `made-up-${randomBytes(6).toString('hex')}`, message: 'It failed.' }
  await send('payments-commands-dead', JSON.stringify(payment), {
    failure: JSON.stringify({ ...note, consumer: '/payments', receives: 1, at: new Date().toISOString() }),
  })
  const { id, fingerprint } = await onTheDesk(({ messageId }) => messageId === payment.id)
  expect((await operator.failedGroup(fingerprint)).open).toBe(1)

  await discard(id)
  for await (const other of everyItem((cursor) => operator.failed({ status: 'open', cursor, limit: 100 })))
    expect(other.id).not.toBe(id)
  const { status, history } = await operator.failedRecord(id)
  expect(status).toBe('discarded')
  expect(history.at(-1)).toMatchObject({ act: 'discard', by: 'test', reason })
  expect((await operator.failedGroup(fingerprint)).open).toBe(0)
  await expect(operator.discardFailed(id, { reason })).rejects.toThrow(/was discarded/)
})

test('afterwards money and stock are conserved', expectConservation)
