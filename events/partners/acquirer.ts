import * as z from 'zod'
import { money, reason } from '../vocabulary.ts'
import { reference } from './common.ts'

/*
 * What the card acquirer promises over HTTP. It is no context of ours: payments relies on exactly this, and the stand-in
 * in `functions/partners` keeps exactly this. 402 with a reason is its only refusal; every other status that is not a
 * success leaves the outcome unknown.
 */

/** How long an Idempotency-Key is sure to be recognised, in milliseconds. */
export const acquirerRemembersKeysFor = 24 * 60 * 60 * 1_000

export const authorisationRequest = z.strictObject({
  amount: z.strictObject(money.shape),
  token: z.string().min(1).max(64),
  reference,
})
export const authorised = z.object({ authorisationId: z.string().min(1), status: z.literal('authorised') })

export const captureRequest = z.strictObject({
  authorisationId: z.string().min(1).max(64),
  amount: z.strictObject(money.shape),
  reference,
})
export const captured = z.object({
  captureId: z.string().min(1),
  authorisationId: z.string().min(1),
  status: z.literal('captured'),
})

export const voided = z.object({ authorisationId: z.string().min(1), status: z.literal('voided') })

export const refundRequest = z.strictObject({
  captureId: z.string().min(1).max(64),
  amount: z.strictObject(money.shape),
  reference,
})
export const refunded = z.object({
  refundId: z.string().min(1),
  captureId: z.string().min(1),
  status: z.literal('refunded'),
})

/** The body of a 402. */
export const acquirerRefusal = reason

/**
 * Tokens that choose the outcome, like a payment provider's test cards. Any other token is invalid.
 *
 * | token | what happens |
 * |---|---|
 * | tok_ok | everything succeeds at once |
 * | tok_declined, tok_insufficient_funds | the authorisation is refused |
 * | tok_slow | every request takes six tenths of the caller's timeout |
 * | tok_timeout_after_charge | a capture is made, but its first answer comes after the caller's timeout |
 * | tok_flaky | the first two requests under a key answer 500 |
 */
export const testTokens = [
  'tok_ok',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_slow',
  'tok_timeout_after_charge',
  'tok_flaky',
] as const
export type TestToken = (typeof testTokens)[number]
