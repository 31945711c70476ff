import { describe, expect, test } from 'vitest'
import {
  CheckReturn,
  RecordReturn,
  RejectReturn,
  ReturnAllowed,
  ReturnDisallowed,
  ReturnRecorded,
  ReturnRejectionRecorded,
} from '../../../events/ordering.ts'
import { type OrderCommand, orderingCommands } from '../../../functions/ordering/commands.ts'
import { type Command, decide } from '../../../functions/ordering/decide.ts'
import { orderDocument } from '../../../functions/ordering/document.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { fold } from '../../../functions/ordering/order.ts'
import { published } from '../../../functions/ordering/published.ts'
import { returnBarredBy, returnWindow } from '../../../functions/ordering/returns.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import { fromIso, iso, seconds } from '../../../reactive/time.ts'
import { commandOf, replies } from '../../support/deliveries.ts'
import {
  at,
  confirmed,
  memoryStore,
  orderId,
  placed,
  refunded,
  refundRefused,
  refundRequested,
  rejected,
  shipTo,
  stream,
} from '../../support/ordering.ts'

const { total } = placed.data
const bare = placed.data.lines.map(({ sku, quantity }) => ({ sku, quantity }))
const words = { code: 'return-requested', message: 'It is too dark.' }
const asked: OrderEvent = {
  type: 'return-requested',
  data: { requestedBy: 'alice', lines: bare, amount: total, fetchFrom: shipTo, reason: words },
}
const inspected: OrderEvent = { type: 'return-inspected', data: { condition: 'damaged', inspectedBy: 'olga' } }
const returned: OrderEvent = { type: 'returned', data: { customerId: 'alice', amount: total, condition: 'damaged' } }
const why = { code: 'parcel-missing', message: 'The parcel has not reached us in time.' }
const barred: OrderEvent = { type: 'return-rejected', data: { customerId: 'alice', reason: why } }

const given = (...events: OrderEvent[]) => ({
  when: (command: Command) => {
    const decision = decide(fold(events), command)
    return {
      expects: (...expected: OrderEvent[]) => expect(decision).toEqual(expected),
      changesNothing: () => expect(decision).toEqual([]),
      refuses: (refused: string) => expect(decision).toMatchObject({ refused }),
    }
  },
})
const sendBack: Command = { type: 'return', requestedBy: 'alice', reason: 'It is too dark.' }
const inspect = (condition: 'resellable' | 'damaged'): Command => ({ type: 'inspect', inspectedBy: 'olga', condition })
const record: Command = { type: 'record-return', condition: 'damaged' }
const reject: Command = { type: 'reject-return', because: why }

describe('sending an order back', () => {
  test('is noted with what, whence and for how much', () => given(placed, confirmed).when(sendBack).expects(asked))

  test('is noted once', () => {
    given(placed, confirmed, asked).when(sendBack).changesNothing()
    given(placed, confirmed, asked, returned).when(sendBack).refuses('return-settled')
    given(placed, confirmed, asked, barred).when(sendBack).refuses('return-settled')
  })

  test('needs a confirmed order', () => {
    given(placed).when(sendBack).refuses('not-confirmed')
    given(placed, rejected).when(sendBack).refuses('not-confirmed')
    given().when(sendBack).refuses('no-such-order')
  })

  test('ends one way and stays so', () => {
    given(placed, confirmed, asked).when(record).expects(returned)
    given(placed, confirmed, asked, returned).when(record).changesNothing()
    given(placed, confirmed, asked, returned).when(reject).refuses('no-open-return')
    given(placed, confirmed, asked).when(reject).expects(barred)
    given(placed, confirmed, asked, barred).when(reject).changesNothing()
    given(placed, confirmed, asked, barred).when(record).refuses('no-open-return')
    given(placed, confirmed).when(record).refuses('no-open-return')
  })
})

describe('inspecting what came back', () => {
  test('notes the first word and who said it', () => {
    given(placed, confirmed, asked).when(inspect('damaged')).expects(inspected)
    given(placed, confirmed, asked, inspected).when(inspect('damaged')).changesNothing()
    given(placed, confirmed, asked, inspected, returned).when(inspect('damaged')).changesNothing()
    given(placed, confirmed, asked, inspected).when(inspect('resellable')).refuses('already-inspected')
  })

  test('needs an open return', () => {
    given(placed, confirmed).when(inspect('damaged')).refuses('no-open-return')
    given(placed, confirmed, asked, barred).when(inspect('damaged')).refuses('no-open-return')
  })
})

describe('the refund of a return', () => {
  const recordRefund: Command = { type: 'record-refund', refundId: 'ref_1' }
  const rejectRefund: Command = { type: 'reject-refund', because: why }

  test('is recorded without anybody having asked for it by itself', () => {
    given(placed, confirmed, asked).when(recordRefund).expects(refunded)
    expect(fold([placed, confirmed, asked, refunded])).toMatchObject({
      refund: 'refunded',
      return: { state: 'requested' },
    })
    given(placed, confirmed, asked)
      .when(rejectRefund)
      .expects({
        type: 'refund-refused',
        data: { customerId: 'alice', reason: why },
      })
  })

  test('is recorded once, and not without either', () => {
    given(placed, confirmed, asked, refunded).when(recordRefund).changesNothing()
    given(placed, confirmed).when(recordRefund).refuses('refund-not-open')
    given(placed, confirmed, asked, barred).when(recordRefund).refuses('refund-not-open')
  })
})

describe('whether an order may be sent back', () => {
  const later = (ms: number) => {
    const events = stream(placed, confirmed, asked)
    const last = events[2]!
    const confirmedAt = fromIso(events[1]!.cause.at)
    return [...events.slice(0, 2), { ...last, cause: { ...last.cause, at: iso(confirmedAt + ms) } }]
  }

  test('depends on how long ago it was confirmed when it was asked', () => {
    expect(returnBarredBy(later(returnWindow))).toBeUndefined()
    expect(returnBarredBy(later(returnWindow + seconds(1)))).toMatchObject({ code: 'too-late-to-return' })
  })

  test.each([
    ['asked for', [refundRequested]],
    ['made', [refundRequested, refunded]],
    ['refused', [refundRequested, refundRefused]],
  ])('depends on its refund: not once that was %s', (_, events) => {
    expect(returnBarredBy(stream(placed, confirmed, ...events, asked))).toMatchObject({ code: 'already-refunded' })
  })

  test('is no question where nobody asked', () => {
    expect(returnBarredBy(stream(placed, confirmed))).toMatchObject({ code: 'no-open-return' })
    expect(returnBarredBy([])).toMatchObject({ code: 'no-open-return' })
  })
})

describe('what sagas ask of a return', () => {
  const ask = <Data>(draft: Parameters<typeof commandOf<Data>>[0]) => commandOf(draft, fromIso(at)) as OrderCommand
  const open = (...events: readonly OrderEvent[]) => {
    const store = memoryStore(stream(...events))
    const heard = replies()
    const { measure } = memoryMeter('/ordering')
    const carryOut = orderingCommands({ store, reply: heard.reply, clock: () => fromIso(at), measure })
    return { ...heard, carryOut, types: async () => (await store.load(orderId)).map(({ type }) => type) }
  }

  test('is answered from history, and changes nothing', async () => {
    const allowed = open(placed, confirmed, asked)
    await allowed.carryOut(ask(CheckReturn({ orderId })))
    expect(allowed.said()).toEqual([[ReturnAllowed.contractName, { orderId }]])
    expect(await allowed.types()).toHaveLength(3)
    const refused = open(placed, confirmed, refundRequested, refunded, asked)
    await refused.carryOut(ask(CheckReturn({ orderId })))
    expect(refused.last(ReturnDisallowed).reason.code).toBe('already-refunded')
  })

  test.each([
    ['completed', RecordReturn({ orderId, condition: 'damaged' }), 'returned', ReturnRecorded.contractName],
    ['rejected', RejectReturn({ orderId, because: why }), 'return-rejected', ReturnRejectionRecorded.contractName],
  ] as const)('records that it was %s, once, and says so each time', async (_, draft, ended, answered) => {
    const { carryOut, said, types } = open(placed, confirmed, asked)
    for (let time = 0; time < 2; time++) await carryOut(ask(draft as never))
    expect(await types()).toEqual(['placed', 'confirmed', 'return-requested', ended])
    expect(said().map(([word]) => word)).toEqual([answered, answered])
  })
})

describe('what is told of a return', () => {
  test('stands in the document and its timeline', () => {
    const document = orderDocument(stream(placed, confirmed, asked, inspected, refunded, returned), [])
    expect(document).toMatchObject({ refund: 'refunded', return: { state: 'completed', condition: 'damaged' } })
    expect(document.timeline.map(({ event }) => event)).toEqual([
      'placed',
      'confirmed',
      'return-requested',
      'return-inspected',
      'refunded',
      'returned',
    ])
    const [first] = document.timeline.filter(({ event }) => event === 'return-requested')
    expect(first?.reason).toEqual(words)
    expect(orderDocument(stream(placed, confirmed, asked, barred), []).return).toEqual({
      state: 'rejected',
      reason: why,
    })
  })

  test('is published without the customer’s words', () => {
    const [message] = stream(placed, confirmed, asked).slice(2).map(published)
    expect(message).toMatchObject({ type: 'ordering.ReturnRequested.v1', data: { orderId, fetchFrom: shipTo } })
    expect(JSON.stringify(message)).not.toContain('too dark')
  })
})
