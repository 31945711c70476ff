import type * as z from 'zod'
import type { authorisationRequest, captureRequest, refundRequest, TestToken } from '../../events/partners/acquirer.ts'
import { testTokens } from '../../events/partners/acquirer.ts'
import type { Money } from '../../events/vocabulary.ts'
import type { Millis } from '../../reactive/time.ts'
import type { Entry } from './books.ts'
import { idFor } from './ids.ts'
import type { Manners, Ruling } from './once.ts'

/** All amounts in minor units of `currency`. Money that is held is `amount − captured` while not voided. */
export type Authorisation = Entry & {
  readonly type: 'authorisation'
  readonly authorisationId: string
  readonly reference: string
  readonly token: string
  readonly amount: number
  readonly currency: string
  readonly captured: number
  readonly refunded: number
  readonly voided: boolean
  readonly at: string
}
export type Capture = Entry & {
  readonly type: 'capture'
  readonly captureId: string
  readonly authorisationId: string
  readonly reference: string
  readonly amount: number
  readonly currency: string
  readonly refunded: number
  readonly at: string
}
export type Refund = Entry & {
  readonly type: 'refund'
  readonly refundId: string
  readonly captureId: string
  readonly authorisationId: string
  readonly reference: string
  readonly amount: number
  readonly currency: string
  readonly at: string
}

export const authorisationIdFor = (reference: string): string => idFor('auth_', reference)
export const captureIdFor = (reference: string): string => idFor('cap_', reference)
export const refundIdFor = (reference: string): string => idFor('ref_', reference)
export const authorisationKey = (id: string): string => `authorisation#${id}`
export const captureKey = (id: string): string => `capture#${id}`
export const refundKey = (id: string): string => `refund#${id}`

/** Holds money on a card, or refuses it; the token decides. */
export const authorise = (
  request: z.infer<typeof authorisationRequest>,
  sameReference: Authorisation | undefined,
  at: string,
): Ruling => {
  if (sameReference) {
    return refuse(422, 'reference-reused', `${request.reference} already names ${sameReference.authorisationId}.`)
  }
  switch (request.token as TestToken) {
    case 'tok_declined':
      return refuse(402, 'declined', 'The card was declined.')
    case 'tok_insufficient_funds':
      return refuse(402, 'insufficient-funds', 'There is not enough money on the card.')
  }
  if (!testTokens.includes(request.token as TestToken)) return refuse(402, 'invalid-token', 'The card is not known.')
  const authorisationId = authorisationIdFor(request.reference)
  const authorisation: Authorisation = {
    key: authorisationKey(authorisationId),
    type: 'authorisation',
    revision: 1,
    authorisationId,
    reference: request.reference,
    token: request.token,
    ...request.amount,
    captured: 0,
    refunded: 0,
    voided: false,
    at,
  }
  return { status: 201, body: { authorisationId, status: 'authorised' }, writes: [{ add: authorisation }] }
}

/** Takes held money. What is captured never exceeds what was authorised, and nothing is captured after a void. */
export const capture = (
  request: z.infer<typeof captureRequest>,
  authorisation: Authorisation | undefined,
  at: string,
): Ruling => {
  if (!authorisation)
    return refuse(402, 'unknown-authorisation', `There is no authorisation ${request.authorisationId}.`)
  const { authorisationId } = authorisation
  if (authorisation.voided) return refuse(402, 'voided', `${authorisationId} has been voided.`)
  const mismatch = otherCurrency(request.amount, authorisation)
  if (mismatch) return mismatch
  const captured = authorisation.captured + request.amount.amount
  if (captured > authorisation.amount) {
    return refuse(
      402,
      'exceeds-authorisation',
      `${authorisationId} has ${authorisation.amount - authorisation.captured} left.`,
    )
  }
  const captureId = captureIdFor(request.reference)
  const entry: Capture = {
    key: captureKey(captureId),
    type: 'capture',
    revision: 1,
    captureId,
    authorisationId,
    reference: request.reference,
    ...request.amount,
    refunded: 0,
    at,
  }
  return {
    status: 201,
    body: { captureId, authorisationId, status: 'captured' },
    writes: [{ change: { ...authorisation, captured, revision: authorisation.revision + 1 } as Entry }, { add: entry }],
  }
}

/** Lets held money go; voiding twice is the same as once. */
export const voidAuthorisation = (authorisationId: string, authorisation: Authorisation | undefined): Ruling => {
  if (!authorisation) return refuse(402, 'unknown-authorisation', `There is no authorisation ${authorisationId}.`)
  if (authorisation.captured > 0)
    return refuse(402, 'already-captured', `${authorisationId} has been captured; refund it.`)
  const body = { authorisationId, status: 'voided' }
  if (authorisation.voided) return { status: 200, body, writes: [] }
  const change = { ...authorisation, voided: true, revision: authorisation.revision + 1 } as Entry
  return { status: 200, body, writes: [{ change }] }
}

/** Gives captured money back, in parts if need be, never more than was captured. */
export const refund = (
  request: z.infer<typeof refundRequest>,
  captured: Capture | undefined,
  authorisation: Authorisation | undefined,
  at: string,
): Ruling => {
  if (!captured || !authorisation) return refuse(402, 'unknown-capture', `There is no capture ${request.captureId}.`)
  const mismatch = otherCurrency(request.amount, captured)
  if (mismatch) return mismatch
  const { amount } = request.amount
  if (captured.refunded + amount > captured.amount) {
    return refuse(
      402,
      'exceeds-capture',
      `${captured.captureId} has ${captured.amount - captured.refunded} left to refund.`,
    )
  }
  const refundId = refundIdFor(request.reference)
  const entry: Refund = {
    key: refundKey(refundId),
    type: 'refund',
    revision: 1,
    refundId,
    captureId: captured.captureId,
    authorisationId: authorisation.authorisationId,
    reference: request.reference,
    ...request.amount,
    at,
  }
  return {
    status: 201,
    body: { refundId, captureId: captured.captureId, status: 'refunded' },
    writes: [
      { change: { ...captured, refunded: captured.refunded + amount, revision: captured.revision + 1 } as Entry },
      {
        change: {
          ...authorisation,
          refunded: authorisation.refunded + amount,
          revision: authorisation.revision + 1,
        } as Entry,
      },
      { add: entry },
    ],
  }
}

/** How a test token behaves beyond its outcome. */
export const mannersOf = (token: string | undefined, operation: string, callerWaits: Millis): Manners => {
  switch (token as TestToken | undefined) {
    case 'tok_slow':
      return { takes: Math.round(callerWaits * 0.6) }
    case 'tok_flaky':
      return { failsFirst: 2 }
    case 'tok_timeout_after_charge':
      return { answersLate: operation === 'capture' }
    default:
      return {}
  }
}

const otherCurrency = (asked: Money, held: { readonly currency: string }): Ruling | undefined =>
  asked.currency === held.currency
    ? undefined
    : refuse(402, 'other-currency', `It was authorised in ${held.currency}, not ${asked.currency}.`)

const refuse = (status: number, code: string, message: string): Ruling => ({
  status,
  body: { code, message },
  writes: [],
})
