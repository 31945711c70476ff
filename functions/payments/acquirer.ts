import {
  acquirerRefusal,
  acquirerRemembersKeysFor,
  authorised,
  captured,
  refunded,
  voided,
} from '../../events/partners/acquirer.ts'
import { nothingFound } from '../../events/partners/common.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Outcome } from '../../reactive/participant.ts'
import type { Asked, Partner } from '../../reactive/participation.ts'
import type { AnswerReader, AskPartner } from '../../reactive/partner-call.ts'
import type { Millis } from '../../reactive/time.ts'
import { type PaymentIntent, type PaymentResult, refusalOf } from './decide.ts'

export type Acquirer = Partner<PaymentIntent, PaymentResult> &
  Required<Pick<Partner<PaymentIntent, PaymentResult>, 'reverse'>>

type HttpAcquirer = Acquirer & {
  /** Asks for what it cannot know, which changes nothing: that it answers is the answer. */
  readonly signOfLife: (within: Millis) => Promise<Asked<unknown>>
}

/**
 * The acquirer as payments sees it, over HTTP. The key of every request is the id of the command behind it, which is also
 * its reference: by it an effect is found when the key has been forgotten.
 */
export const httpAcquirer = (ask: AskPartner, callTakes: Millis): HttpAcquirer => ({
  name: 'the acquirer',
  remembers: acquirerRemembersKeysFor,
  callTakes,

  call: (intent, key, within) => {
    const request = { method: 'POST', idempotencyKey: key, within } as const
    const { path, read } = effects[intent.kind]
    const { kind: _, ...body } = intent
    return ask({ ...request, path, body: { ...body, reference: key } }, read)
  },

  find: async (intent, reference, within) => {
    const { path: effect, read } = effects[intent.kind]
    const path = `${effect}?reference=${encodeURIComponent(reference)}`
    const asked = await ask<{ found?: Outcome<PaymentResult> }>({ method: 'GET', path, within }, (status, body) => {
      if (status === 404 && nothingFound.safeParse(body).success) return {}
      const found = status === 200 ? read(status, body) : undefined
      return found && { found }
    })
    return asked.known ? { ...asked, answer: asked.answer.found } : asked
  },

  signOfLife: (within) =>
    ask({ method: 'GET', path: '/authorisations?reference=sign-of-life', within }, (status, body) =>
      status === 404 && nothingFound.safeParse(body).success ? 'alive' : undefined,
    ),

  reverse: async (_, result, key, within): Promise<Asked<undefined>> => {
    if (result.kind !== 'authorised') {
      throw new PermanentError(
        'not-voidable',
        `${key}: ${result.captureId} is ${result.kind}; money that is taken is refunded, and only what is held is voided.`,
      )
    }
    const { authorisationId } = result
    const asked = await ask(
      {
        method: 'POST',
        path: `/authorisations/${encodeURIComponent(authorisationId)}/void`,
        idempotencyKey: key,
        within,
      },
      readVoid,
    )
    if (!asked.known) return asked
    if (asked.answer.outcome === 'refused') {
      const { code, message } = asked.answer.reason
      throw new PermanentError(
        'void-refused',
        `The acquirer will not void ${authorisationId} (${key}): ${code}, ${message} Settle it with the acquirer by hand.`,
      )
    }
    return { known: true, answer: undefined }
  },
})

const refusalIn = (status: number, body: unknown) => {
  const refusal = status === 402 ? acquirerRefusal.safeParse(body) : undefined
  return refusal?.success ? ({ outcome: 'refused', reason: refusalOf(refusal.data) } as const) : undefined
}

const isSuccess = (status: number) => status === 200 || status === 201

const readAuthorisation: AnswerReader<Outcome<PaymentResult>> = (status, body) => {
  const read = isSuccess(status) ? authorised.safeParse(body) : undefined
  return read?.success
    ? { outcome: 'succeeded', result: { kind: 'authorised', authorisationId: read.data.authorisationId } }
    : refusalIn(status, body)
}

const readCapture: AnswerReader<Outcome<PaymentResult>> = (status, body) => {
  const read = isSuccess(status) ? captured.safeParse(body) : undefined
  return read?.success
    ? {
        outcome: 'succeeded',
        result: { kind: 'captured', captureId: read.data.captureId, authorisationId: read.data.authorisationId },
      }
    : refusalIn(status, body)
}

const readVoid: AnswerReader<Outcome<'voided'>> = (status, body) =>
  isSuccess(status) && voided.safeParse(body).success
    ? { outcome: 'succeeded', result: 'voided' }
    : refusalIn(status, body)

const readRefund: AnswerReader<Outcome<PaymentResult>> = (status, body) => {
  const read = isSuccess(status) ? refunded.safeParse(body) : undefined
  return read?.success
    ? {
        outcome: 'succeeded',
        result: { kind: 'refunded', refundId: read.data.refundId, captureId: read.data.captureId },
      }
    : refusalIn(status, body)
}

/** Where each effect is asked for, and found by its reference. */
const effects: Readonly<
  Record<PaymentIntent['kind'], { readonly path: string; readonly read: AnswerReader<Outcome<PaymentResult>> }>
> = {
  authorise: { path: '/authorisations', read: readAuthorisation },
  capture: { path: '/captures', read: readCapture },
  refund: { path: '/refunds', read: readRefund },
}
