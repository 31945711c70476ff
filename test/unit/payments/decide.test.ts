import { describe, expect, test } from 'vitest'
import {
  decideAuthorisation,
  decideCapture,
  decideRefund,
  type PaymentIntent,
  type PaymentResult,
  refusalOf,
  settledCurrencies,
} from '../../../functions/payments/decide.ts'
import type { CommandRecord } from '../../../reactive/participant.ts'

const orderId = 'ord_0123456789abcdef'

describe('what payments decides by itself', () => {
  test.each(settledCurrencies)('asks the acquirer in %s', (currency) => {
    const amount = { amount: 1, currency }
    expect(decideAuthorisation({ orderId, amount, token: 't' })).toEqual({
      plan: 'call',
      intent: { kind: 'authorise', amount, token: 't' },
    })
    expect(decideCapture({ orderId, amount, authorisationId: 'a' })).toEqual({
      plan: 'call',
      intent: { kind: 'capture', amount, authorisationId: 'a' },
    })
  })

  test('refuses a currency that is not settled, naming those that are', () => {
    const amount = { amount: 1, currency: 'JPY' }
    for (const plan of [
      decideAuthorisation({ orderId, amount, token: 't' }),
      decideCapture({ orderId, amount, authorisationId: 'a' }),
    ]) {
      expect(plan).toEqual({
        plan: 'refuse',
        reason: { code: 'currency-not-settled', message: 'We cannot take JPY; we take EUR, GBP, USD.' },
      })
    }
  })
})

describe('what payments makes of a refund', () => {
  type Kept = CommandRecord<PaymentIntent, PaymentResult>
  const amount = { amount: 500, currency: 'EUR' }
  const authorised: Kept = {
    state: 'done',
    intent: { kind: 'authorise', amount, token: 't' },
    result: { kind: 'authorised', authorisationId: 'a' },
  }
  const intent = { kind: 'capture', amount, authorisationId: 'a' } as const
  const captured: Kept = {
    state: 'done',
    intent,
    result: { kind: 'captured', captureId: 'c', authorisationId: 'a' },
  }

  test('goes back to the capture that the order’s records name, whatever stands beside it', () => {
    const refusal: Kept = { state: 'refused', reason: { code: 'declined', message: 'no' } }
    for (const records of [[captured], [authorised, captured], [refusal, captured, authorised]]) {
      expect(decideRefund({ orderId, amount }, records)).toEqual({
        plan: 'call',
        intent: { kind: 'refund', amount, captureId: 'c' },
      })
    }
  })

  test.each<[string, readonly Kept[]]>([
    ['nothing', []],
    ['an authorisation alone', [authorised]],
    ['a capture whose outcome is not known', [authorised, { state: 'intent', intent, openedAt: 0 }]],
    ['what was undone', [{ state: 'undone' }]],
  ])('is refused over %s', (_, records) =>
    expect(decideRefund({ orderId, amount }, records)).toMatchObject({
      plan: 'refuse',
      reason: { code: 'nothing-captured' },
    }),
  )
})

describe('a refusal in a customer’s words', () => {
  test('keeps the code for machines', () => {
    expect(refusalOf({ code: 'declined', message: 'DO NOT HONOR 05' })).toEqual({
      code: 'declined',
      message: 'The card was declined. Please use another card.',
    })
  })

  test('is passed on where there are no better words', () => {
    const reason = { code: 'exceeds-authorisation', message: '1 left' }
    expect(refusalOf(reason)).toEqual(reason)
  })
})
