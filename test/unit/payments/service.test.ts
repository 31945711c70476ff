import { describe, expect, test } from 'vitest'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefunded,
  PaymentRefused,
  PaymentVoided,
  RefundPayment,
  RefundRefused,
  VoidPayment,
} from '../../../events/payments.ts'
import type { Authorisation, Refund } from '../../../functions/partners/acquirer-rules.ts'
import { httpAcquirer } from '../../../functions/payments/acquirer.ts'
import type { PaymentIntent, PaymentResult } from '../../../functions/payments/decide.ts'
import { payments } from '../../../functions/payments/service.ts'
import { partnerCall } from '../../../reactive/partner-call.ts'
import { days, hours, iso, minutes } from '../../../reactive/time.ts'
import { commandOf, deliver, handClock, orderId, replies } from '../../support/deliveries.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const amount = { amount: 2_500, currency: 'EUR' }

const given = (options: { callTakes?: number; sleep?: (ms: number) => Promise<void> } = {}) => {
  const time = handClock()
  const partners = memoryPartners({
    clock: time.clock,
    ...(options.sleep ? { sleep: options.sleep } : {}),
    callerWaits: options.callTakes ?? 40,
  })
  const store = memoryCommandRecords<PaymentIntent, PaymentResult>()
  const heard = replies()
  const ask = partnerCall({
    baseUrl: 'http://partners.test/acquirer',
    sign: async ({ headers }) => ({ ...headers }),
    exchange: partners.exchange,
  })
  const serve = payments({
    store,
    acquirer: httpAcquirer(ask, options.callTakes ?? 200),
    reply: heard.reply,
    clock: time.clock,
    timing: { horizon: days(30) },
  })
  const id = `fulfil-order:${orderId}/authorise-payment/do/1`
  return {
    ...time,
    ...heard,
    store,
    partners,
    serve,
    authorise: (token = 'tok_ok', more = {}) =>
      commandOf(AuthorisePayment({ orderId, amount, token }), time.clock(), {
        id,
        deadline: iso(time.start + minutes(5)),
        ...more,
      }),
    undo: (more = {}) =>
      commandOf(VoidPayment({ orderId }), time.clock(), { id: id.replace('/do/', '/undo/'), undoes: id, ...more }),
    capture: (authorisationId: string, taken = amount) =>
      commandOf(CapturePayment({ orderId, amount: taken, authorisationId }), time.clock(), {
        id: `fulfil-order:${orderId}/capture-payment/do/1`,
      }),
    refund: (back = amount, more = {}) =>
      commandOf(RefundPayment({ orderId, amount: back }), time.clock(), {
        id: `refund-order:${orderId}/refund-payment/do/1`,
        ...more,
      }),
    refunds: () => partners.books.all<Refund>('refund'),
    books: () => partners.books.all<Authorisation>('authorisation'),
    states: () => store.all().map(({ state }) => state),
  }
}

describe('authorising a payment', () => {
  test('holds the money and says so', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    const [held] = pay.books()
    expect(held).toMatchObject({ amount: 2_500, currency: 'EUR', captured: 0 })
    expect(pay.last(PaymentAuthorised)).toEqual({ orderId, authorisationId: held!.authorisationId })
    expect(pay.states()).toEqual(['done'])
  })

  test('opens an intent before it calls', async () => {
    const pay = given()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(pay.authorise())).rejects.toThrow(
      /without a definite answer: POST \/authorisations answered 503/,
    )
    expect(pay.store.all()).toMatchObject([{ state: 'intent', intent: { kind: 'authorise', amount } }])
    expect(pay.sent).toEqual([])
  })

  test.each([
    ['tok_declined', 'declined', 'The card was declined. Please use another card.'],
    ['tok_insufficient_funds', 'insufficient-funds', 'There is not enough money on the card.'],
    ['tok_unheard_of', 'invalid-token', 'The card is not known. Please enter it again.'],
  ])('of %s is refused with a reason that a customer can read', async (token, code, message) => {
    const pay = given()
    await pay.serve(pay.authorise(token))
    expect(pay.last(PaymentRefused)).toEqual({ orderId, reason: { code, message } })
    expect(pay.books()).toEqual([])
  })

  test('in a currency that is not settled is refused without a call', async () => {
    const pay = given()
    pay.partners.turn('acquirer', { down: true })
    await pay.serve(
      commandOf(AuthorisePayment({ orderId, amount: { amount: 1, currency: 'XAU' }, token: 'tok_ok' }), pay.clock()),
    )
    expect(pay.last(PaymentRefused).reason.code).toBe('currency-not-settled')
  })

  test('answers every repetition alike, with one hold', async () => {
    const pay = given()
    for (let time = 0; time < 4; time++) await pay.serve(pay.authorise())
    expect(new Set(pay.sent.map((reply) => JSON.stringify(reply))).size).toBe(1)
    expect(pay.books()).toHaveLength(1)
  })

  test('has one hold when it is delivered ten times at once', async () => {
    const pay = given()
    await Promise.all(Array.from({ length: 10 }, () => pay.serve(pay.authorise())))
    expect(pay.books()).toHaveLength(1)
    expect(pay.said().every(([name]) => name === 'PaymentAuthorised')).toBe(true)
  })

  test('repeats a recorded answer however late, and expires only when nothing is recorded', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    pay.pass(minutes(10))
    await pay.serve(pay.authorise())
    expect(pay.said().map(([name]) => name)).toEqual(['PaymentAuthorised', 'PaymentAuthorised'])

    const late = given()
    late.pass(minutes(10))
    await late.serve(late.authorise())
    expect(late.last(PaymentRefused).reason.code).toBe('expired')
    expect(late.states()).toEqual(['tombstone'])
    expect(late.books()).toEqual([])
  })

  test('of tok_flaky comes through with the queue’s patience', async () => {
    const pay = given()
    expect(await deliver(pay.serve, pay.authorise('tok_flaky'))).toEqual({ handled: true, receives: 3 })
    expect(pay.books()).toHaveLength(1)
  })

  test('does not start a call for which no time is left', async () => {
    const pay = given()
    await expect(pay.serve(pay.authorise(), () => 300)).rejects.toThrow(/too little time is left/)
    expect(pay.books()).toEqual([])
    expect(pay.states()).toEqual(['intent'])
  })

  test('goes to the desk when it was first sent before the horizon', async () => {
    const pay = given()
    const old = pay.authorise('tok_ok', { firstsent: iso(pay.start - days(31)) })
    expect(await deliver(pay.serve, old)).toMatchObject({ handled: false, receives: 1, code: 'before-horizon' })
    expect(pay.sent).toEqual([])
  })
})

describe('a call whose outcome is not known', () => {
  test('is repeated under its key, and charged once', async () => {
    const slow = given({ callTakes: 110, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) })
    slow.partners.turn('acquirer', { timeoutAfterEffect: true })
    await expect(slow.serve(slow.authorise())).rejects.toThrow(/took longer than 110 ms/)
    expect(slow.states()).toEqual(['intent'])
    await slow.serve(slow.authorise())
    expect(slow.books()).toHaveLength(1)
    expect(slow.last(PaymentAuthorised).authorisationId).toBe(slow.books()[0]!.authorisationId)
  })

  test('is looked up by its reference once its key may be forgotten', async () => {
    const pay = given()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(pay.authorise())).rejects.toThrow()
    // The request had arrived after all.
    pay.partners.turn('acquirer', {})
    await pay.partners.request('POST', '/acquirer/authorisations', {
      key: pay.authorise().id,
      body: { amount, token: 'tok_ok', reference: pay.authorise().id },
    })
    pay.pass(hours(25))
    await pay.serve(pay.authorise())
    expect(pay.last(PaymentAuthorised).authorisationId).toBe(pay.books()[0]!.authorisationId)
    expect(pay.books()).toHaveLength(1)
  })

  test('is left to a person when nothing is found, and to no sweep', async () => {
    const pay = given()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(pay.authorise())).rejects.toThrow()
    pay.partners.turn('acquirer', {})
    pay.pass(hours(25))
    expect(await deliver(pay.serve, pay.authorise())).toMatchObject({ code: 'key-forgotten', receives: 1 })
    expect(pay.books()).toEqual([])
    const open = []
    for await (const intent of pay.store.openBefore(pay.clock() + 1)) open.push(intent)
    expect(open).toEqual([])
  })
})

describe('voiding a payment', () => {
  test('lets the money go before it says so', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    await pay.serve(pay.undo())
    expect(pay.books()).toMatchObject([{ voided: true }])
    expect(pay.last(PaymentVoided)).toEqual({ orderId })
    expect(pay.states()).toEqual(['undone'])
  })

  test('that meets nothing keeps the late command from holding anything', async () => {
    const pay = given()
    await pay.serve(pay.undo())
    await pay.serve(pay.authorise())
    expect(pay.said().map(([name]) => name)).toEqual(['PaymentVoided', 'PaymentRefused'])
    expect(pay.last(PaymentRefused).reason.code).toBe('undone')
    expect(pay.books()).toEqual([])
  })

  test('that meets an open intent asks the acquirer again, then voids what it says', async () => {
    const pay = given()
    pay.partners.turn('acquirer', { failFirst: 1 })
    await expect(pay.serve(pay.authorise())).rejects.toThrow()
    pay.partners.turn('acquirer', {})
    await pay.serve(pay.undo())
    expect(pay.books()).toMatchObject([{ voided: true, reference: pay.authorise().id }])
    expect(pay.last(PaymentVoided)).toEqual({ orderId })
  })

  test('does not answer while the acquirer does not', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(pay.undo())).rejects.toThrow(/definite answer/)
    expect(pay.states()).toEqual(['undo-intent'])
    expect(pay.said()).toHaveLength(1)
    await pay.serve(pay.authorise())
    expect(pay.last(PaymentRefused).reason.code).toBe('undone')
    pay.partners.turn('acquirer', {})
    await pay.serve(pay.undo())
    expect(pay.books()).toMatchObject([{ voided: true }])
  })

  test('of a refused payment has nothing to do', async () => {
    const pay = given()
    await pay.serve(pay.authorise('tok_declined'))
    pay.partners.turn('acquirer', { down: true })
    await pay.serve(pay.undo())
    expect(pay.last(PaymentVoided)).toEqual({ orderId })
  })

  test('goes to the desk when the acquirer will not', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    await pay.serve(pay.capture(pay.books()[0]!.authorisationId))
    expect(await deliver(pay.serve, pay.undo())).toMatchObject({ code: 'void-refused', receives: 1 })
  })

  test('goes to the desk when it does not say what it undoes', async () => {
    const pay = given()
    const { undoes: _, ...nameless } = pay.undo()
    expect(await deliver(pay.serve, nameless)).toMatchObject({ code: 'undoes-nothing' })
    expect(pay.states()).toEqual([])
  })
})

describe('capturing a payment', () => {
  const authorised = async (token?: string, options?: Parameters<typeof given>[0]) => {
    const pay = given(options)
    await pay.serve(pay.authorise(token))
    return { ...pay, id: pay.last(PaymentAuthorised).authorisationId }
  }

  test('takes the money once, however often it is asked', async () => {
    const pay = await authorised()
    await Promise.all([pay.serve(pay.capture(pay.id)), pay.serve(pay.capture(pay.id))])
    await pay.serve(pay.capture(pay.id))
    expect(pay.books()).toMatchObject([{ captured: 2_500 }])
    expect(pay.said().filter(([name]) => name === 'PaymentCaptured')).toHaveLength(3)
    expect(pay.last(PaymentCaptured).captureId).toMatch(/^cap_/)
  })

  test('that timed out after the charge is asked again and charged once', async () => {
    const pay = await authorised('tok_timeout_after_charge', {
      callTakes: 110,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    })
    expect(await deliver(pay.serve, pay.capture(pay.id))).toEqual({ handled: true, receives: 2 })
    expect(pay.books()).toMatchObject([{ captured: 2_500 }])
    expect(pay.last(PaymentCaptured).orderId).toBe(orderId)
  })

  test('of more than is held is refused with the acquirer’s reason', async () => {
    const pay = await authorised()
    await pay.serve(pay.capture(pay.id, { amount: 2_501, currency: 'EUR' }))
    expect(pay.last(CaptureRefused).reason.code).toBe('exceeds-authorisation')
  })
})

describe('refunding a payment', () => {
  const captured = async (options?: Parameters<typeof given>[0]) => {
    const pay = given(options)
    await pay.serve(pay.authorise())
    await pay.serve(pay.capture(pay.last(PaymentAuthorised).authorisationId))
    return pay
  }

  test('gives back what was captured for the order, and says so', async () => {
    const pay = await captured()
    const { captureId } = pay.last(PaymentCaptured)
    await pay.serve(pay.refund())
    expect(pay.refunds()).toMatchObject([{ captureId, amount: 2_500, reference: pay.refund().id }])
    expect(pay.books()).toMatchObject([{ captured: 2_500, refunded: 2_500, voided: false }])
    expect(pay.last(PaymentRefunded)).toEqual({ orderId, refundId: pay.refunds()[0]!.refundId })
  })

  test('gives it back once, however often it is asked', async () => {
    const pay = await captured()
    await Promise.all(Array.from({ length: 5 }, () => pay.serve(pay.refund())))
    await pay.serve(pay.refund())
    expect(pay.refunds()).toHaveLength(1)
    expect(new Set(pay.sent.slice(2).map((reply) => JSON.stringify(reply))).size).toBe(1)
  })

  test('is refused without a call when nothing was captured', async () => {
    const pay = given()
    await pay.serve(pay.authorise())
    pay.partners.turn('acquirer', { down: true })
    await pay.serve(pay.refund())
    expect(pay.last(RefundRefused).reason.code).toBe('nothing-captured')
    expect(pay.refunds()).toEqual([])
  })

  test('of more than was captured is refused with the acquirer’s reason', async () => {
    const pay = await captured()
    await pay.serve(pay.refund({ amount: 2_501, currency: 'EUR' }))
    expect(pay.last(RefundRefused).reason.code).toBe('exceeds-capture')
    expect(pay.books()).toMatchObject([{ refunded: 0 }])
  })

  test('says nothing while the acquirer does not answer, and goes on from its intent', async () => {
    const pay = await captured()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(pay.refund())).rejects.toThrow(/POST \/refunds answered 503/)
    expect(pay.states()).toContain('intent')
    pay.partners.turn('acquirer', {})
    await pay.serve(pay.refund())
    expect(pay.refunds()).toHaveLength(1)
  })

  test('that timed out after the effect is asked again and made once', async () => {
    const slow = await captured({
      callTakes: 110,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    })
    slow.partners.turn('acquirer', { timeoutAfterEffect: true })
    await expect(slow.serve(slow.refund())).rejects.toThrow(/took longer than 110 ms/)
    await slow.serve(slow.refund())
    expect(slow.refunds()).toHaveLength(1)
    expect(slow.last(PaymentRefunded).refundId).toBe(slow.refunds()[0]!.refundId)
  })

  test('is looked up by its reference once its key may be forgotten', async () => {
    const pay = await captured()
    const asked = pay.refund()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(asked)).rejects.toThrow()
    // The request had arrived after all.
    pay.partners.turn('acquirer', {})
    const { captureId } = pay.last(PaymentCaptured)
    await pay.partners.request('POST', '/acquirer/refunds', {
      key: asked.id,
      body: { amount, captureId, reference: asked.id },
    })
    pay.pass(hours(25))
    await pay.serve(asked)
    expect(pay.refunds()).toHaveLength(1)
    expect(pay.last(PaymentRefunded).refundId).toBe(pay.refunds()[0]!.refundId)
  })

  test('is left to a person when nothing is found by then', async () => {
    const pay = await captured()
    const asked = pay.refund()
    pay.partners.turn('acquirer', { down: true })
    await expect(pay.serve(asked)).rejects.toThrow()
    pay.partners.turn('acquirer', {})
    pay.pass(hours(25))
    expect(await deliver(pay.serve, asked)).toMatchObject({ code: 'key-forgotten', receives: 1 })
    expect(pay.refunds()).toEqual([])
  })
})

test('a command of another context is given up at once', async () => {
  const pay = given()
  const stray = { ...pay.authorise(), type: 'payments.ForgivePayment.v1' }
  expect(await deliver(pay.serve, stray)).toMatchObject({ code: 'unknown-type', receives: 1 })
})
