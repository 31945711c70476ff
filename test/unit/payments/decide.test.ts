import { describe, expect, test } from 'vitest'
import { decideAuthorisation, decideCapture, refusalOf, settledCurrencies } from '../../../functions/payments/decide.ts'

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
