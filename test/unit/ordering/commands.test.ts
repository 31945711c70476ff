import { describe, expect, test } from 'vitest'
import type { Draft } from '../../../events/contract.ts'
import { type Message, seal } from '../../../events/envelope.ts'
import {
  ConfirmationRecorded,
  ConfirmOrder,
  RecordRefund,
  RefundRecorded,
  RefundRejectionRecorded,
  RejectionRecorded,
  RejectOrder,
  RejectRefund,
} from '../../../events/ordering.ts'
import { type OrderCommand, orderingCommands } from '../../../functions/ordering/commands.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { memoryMeter, unmeasured } from '../../../reactive/metering.ts'
import { days, fromIso, iso } from '../../../reactive/time.ts'
import {
  at,
  cancelled,
  confirmed,
  memoryStore,
  onRequest,
  orderId,
  placed,
  refundRequested,
  refusedCard,
  rejected,
  requested,
  stream,
} from '../../support/ordering.ts'

const sagaId = `fulfil-order:${orderId}`
const ask = <Data>(draft: Draft<Data>, over: Partial<Message> = {}) =>
  ({
    ...seal(draft, {
      id: `${sagaId}/end/${draft.contract.contractName === 'ConfirmOrder' ? 'confirm' : 'reject'}`,
      source: '/saga/fulfil-order',
      subject: orderId,
      time: at,
      correlationid: orderId,
    }),
    ...over,
  }) as OrderCommand
const confirm = ask(ConfirmOrder({ orderId, carrier: 'swift', trackingNumber: 'SW-1' }))
const reject = ask(RejectOrder({ orderId, because: refusedCard }))
const rejectAsked = ask(RejectOrder({ orderId, because: onRequest }))

const withStream = (...events: readonly OrderEvent[]) => {
  const store = memoryStore(stream(...events))
  const replies: { reply: Message; to: Message }[] = []
  const { measure, taken } = memoryMeter('/ordering')
  const carryOut = orderingCommands({
    store,
    reply: async (reply, to) => void replies.push({ reply, to }),
    clock: () => fromIso(at),
    measure,
  })
  return { store, replies, carryOut, taken, types: async () => (await store.load(orderId)).map(({ type }) => type) }
}

describe('ending a refund', () => {
  const record = ask(RecordRefund({ orderId, refundId: 'ref_1' }))
  const refuse = ask(RejectRefund({ orderId, because: refusedCard }))

  test.each([
    ['made', record, 'refunded', RefundRecorded.type],
    ['refused', refuse, 'refund-refused', RefundRejectionRecorded.type],
  ])('records that it was %s, once, and says so each time', async (_, command, ended, answered) => {
    const { carryOut, replies, types } = withStream(placed, confirmed, refundRequested)
    for (let time = 0; time < 3; time++) await carryOut(command)
    expect(await types()).toEqual(['placed', 'confirmed', 'refund-requested', ended])
    expect(replies.map(({ reply }) => reply.type)).toEqual([answered, answered, answered])
  })

  test('goes to the desk when it says otherwise than what is recorded', async () => {
    const { carryOut, replies } = withStream(placed, confirmed, refundRequested)
    await carryOut(record)
    await expect(carryOut(refuse)).rejects.toMatchObject({ code: 'refund-not-open' })
    expect(replies).toHaveLength(1)
  })

  test('goes to the desk when nobody asked for one', async () => {
    const { carryOut } = withStream(placed, confirmed)
    await expect(carryOut(record)).rejects.toThrow(PermanentError)
  })
})

describe('ending an order', () => {
  test.each([
    ['confirms and says so', confirm, 'confirmed', ConfirmationRecorded.type],
    ['rejects and says so', reject, 'rejected', RejectionRecorded.type],
    ['cancels on request and says so', rejectAsked, 'cancelled', RejectionRecorded.type],
  ])('%s', async (_, command, ended, answered) => {
    const { carryOut, replies, types } = withStream(placed)
    await carryOut(command)
    expect(await types()).toEqual(['placed', ended])
    expect(replies).toMatchObject([
      {
        reply: { type: answered, causationid: command.id, subject: orderId, source: '/ordering' },
        to: { id: command.id },
      },
    ])
  })

  test.each([
    ['confirmation', confirm, ['placed', 'confirmed'], ConfirmationRecorded.type],
    ['rejection', reject, ['placed', 'rejected'], RejectionRecorded.type],
  ])('answers a repeated %s again and does nothing else', async (_, command, expected, answered) => {
    const { carryOut, replies, types } = withStream(placed)
    await carryOut(command)
    await carryOut(command)
    await carryOut(command)
    expect(await types()).toEqual(expected)
    expect(replies.map(({ reply }) => reply.type)).toEqual([answered, answered, answered])
    expect(new Set(replies.map(({ reply }) => reply.id)).size).toBe(1)
  })

  test('ends the order once when the command is delivered many times at once', async () => {
    const { carryOut, replies, types } = withStream(placed)
    await Promise.all(Array.from({ length: 20 }, () => carryOut(confirm)))
    expect(await types()).toEqual(['placed', 'confirmed'])
    expect(replies).toHaveLength(20)
  })

  test('measures how long a confirmation took, once', async () => {
    const { carryOut, taken } = withStream(placed)
    expect(await carryOut(confirm)).toBeUndefined()
    expect(await carryOut(confirm)).toBe('repeated')
    expect(taken).toEqual([{ name: 'TimeToConfirm', value: 0, dimensions: { service: 'ordering' } }])
  })

  test('measures no time to confirm of an order that is rejected', async () => {
    const { carryOut, taken } = withStream(placed)
    await carryOut(reject)
    expect(taken).toEqual([])
  })

  test('answers only after the event is in the stream', async () => {
    const store = memoryStore(stream(placed))
    const known: number[] = []
    const carryOut = orderingCommands({
      store,
      reply: async () => void known.push((await store.load(orderId)).length),
      clock: () => fromIso(at),
      measure: unmeasured,
    })
    await carryOut(confirm)
    expect(known).toEqual([2])
  })

  test('answers when it is delivered again after the answer could not be sent', async () => {
    const store = memoryStore(stream(placed))
    const sent: Message[] = []
    let failures = 1
    const carryOut = orderingCommands({
      store,
      reply: async (reply) => {
        if (failures-- > 0) throw new Error('queue is throttled')
        sent.push(reply)
      },
      clock: () => fromIso(at),
      measure: unmeasured,
    })
    await expect(carryOut(confirm)).rejects.toThrow('throttled')
    await carryOut(confirm)
    expect(sent).toHaveLength(1)
    expect(await store.load(orderId)).toHaveLength(2)
  })

  test('keeps the command as the cause and its trace', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const { carryOut, store, replies } = withStream(placed)
    await carryOut(ask(ConfirmOrder({ orderId }), { traceparent }))
    expect((await store.load(orderId))[1]?.cause).toEqual({
      at,
      correlationid: orderId,
      causationid: `${sagaId}/end/confirm`,
      traceparent,
    })
    expect(replies[0]?.reply.traceparent).toBe(traceparent)
  })

  test('never expires', async () => {
    const { carryOut, types } = withStream(placed)
    await carryOut(ask(ConfirmOrder({ orderId }), { deadline: iso(fromIso(at) - days(20)) }))
    expect(await types()).toEqual(['placed', 'confirmed'])
  })

  test('tells a customer whose request came too late', async () => {
    const { carryOut, store } = withStream(placed, requested)
    await carryOut(ask(ConfirmOrder({ orderId, cancellationTooLate: true })))
    expect((await store.load(orderId)).at(-1)).toMatchObject({ type: 'confirmed', data: { cancellationTooLate: true } })
  })
})

describe('two truths about one order', () => {
  test.each([
    ['confirming a rejected one', [placed, rejected], confirm, 'already-rejected'],
    ['confirming a cancelled one', [placed, requested, cancelled], confirm, 'already-cancelled'],
    ['rejecting a confirmed one', [placed, confirmed], reject, 'already-confirmed'],
    ['confirming one that was never placed', [], confirm, 'no-such-order'],
    ['rejecting one that was never placed', [], reject, 'no-such-order'],
  ] as const)('%s is an operator’s case and changes nothing', async (_, events, command, code) => {
    const { carryOut, replies, types } = withStream(...events)
    const failure = await carryOut(command).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PermanentError)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(orderId) })
    expect(await types()).toEqual(events.map(({ type }) => type))
    expect(replies).toEqual([])
  })

  test('a message that is no command of ours is refused by name', async () => {
    const { carryOut } = withStream(placed)
    await expect(carryOut({ ...confirm, type: 'ordering.ShipOrder.v1' } as OrderCommand)).rejects.toThrow(
      'ordering.ShipOrder.v1',
    )
  })
})
