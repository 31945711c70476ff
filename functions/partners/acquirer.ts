import * as z from 'zod'
import { authorisationRequest, captureRequest, refundRequest } from '../../events/partners/acquirer.ts'
import { reference } from '../../events/partners/common.ts'
import { type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import {
  type Authorisation,
  authorisationIdFor,
  authorisationKey,
  authorise,
  type Capture,
  capture,
  captureIdFor,
  captureKey,
  mannersOf,
  type Refund,
  refund,
  refundIdFor,
  refundKey,
  voidAuthorisation,
} from './acquirer-rules.ts'
import { type OnceRequest, once, type PartnerAnswer, type PartnerPorts } from './once.ts'

type Asked = Omit<OnceRequest, 'partner' | 'idempotencyKey'>

const authorisationParams = z.strictObject({ id: z.string().min(1).max(64) })
const byReference = z.object({ reference })

/**
 * A stand-in for a card acquirer: the real one's interface and idempotency, outcomes chosen by test tokens, faults by
 * switches. Who may call is the gateway's business (IAM).
 *
 * @example
 * export const handler = httpEndpoint({ service: '/partners/acquirer', routes: acquirer(ports) })
 */
export const acquirer = (ports: PartnerPorts): Route[] => {
  const answer = async (key: string | undefined, asked: Asked) => {
    if (!key || key.length > 256) {
      return problem(
        400,
        'No idempotency key',
        'Every request that moves money carries an Idempotency-Key of 1–256 characters.',
      )
    }
    return respond(await once(ports, { ...asked, partner: 'acquirer', idempotencyKey: key }))
  }

  return [
    route('POST', '/acquirer/authorisations', { access: 'open', body: authorisationRequest }, ({ body, header }) => {
      const key = authorisationKey(authorisationIdFor(body.reference))
      return answer(header('idempotency-key'), {
        operation: 'authorise',
        request: body,
        reads: [key],
        rule: (entries, at) => authorise(body, entries.get(key) as Authorisation | undefined, at),
        manners: () => mannersOf(body.token, 'authorise', ports.callerWaits),
      })
    }),

    route('POST', '/acquirer/captures', { access: 'open', body: captureRequest }, ({ body, header }) => {
      const key = authorisationKey(body.authorisationId)
      return answer(header('idempotency-key'), {
        operation: 'capture',
        request: body,
        reads: [key],
        rule: (entries, at) => capture(body, entries.get(key) as Authorisation | undefined, at),
        manners: (entries) =>
          mannersOf((entries.get(key) as Authorisation | undefined)?.token, 'capture', ports.callerWaits),
      })
    }),

    route(
      'POST',
      '/acquirer/authorisations/{id}/void',
      { access: 'open', params: authorisationParams },
      ({ params, header }) => {
        const key = authorisationKey(params.id)
        return answer(header('idempotency-key'), {
          operation: 'void',
          request: params,
          reads: [key],
          rule: (entries) => voidAuthorisation(params.id, entries.get(key) as Authorisation | undefined),
          manners: (entries) =>
            mannersOf((entries.get(key) as Authorisation | undefined)?.token, 'void', ports.callerWaits),
        })
      },
    ),

    route('POST', '/acquirer/refunds', { access: 'open', body: refundRequest }, async ({ body, header }) => {
      const key = captureKey(body.captureId)
      const found = (await ports.books.read([key])).get(key) as Capture | undefined
      const authorisation = authorisationKey(found?.authorisationId ?? 'none')
      return answer(header('idempotency-key'), {
        operation: 'refund',
        request: body,
        reads: [key, authorisation],
        rule: (entries, at) =>
          refund(
            body,
            entries.get(key) as Capture | undefined,
            entries.get(authorisation) as Authorisation | undefined,
            at,
          ),
        manners: () => ({}),
      })
    }),

    route('GET', '/acquirer/authorisations', { access: 'open', query: byReference }, async ({ query }) => {
      const key = authorisationKey(authorisationIdFor(query.reference))
      const found = (await ports.books.read([key])).get(key) as Authorisation | undefined
      return found
        ? json(200, { authorisationId: found.authorisationId, status: 'authorised' })
        : json(404, nothing(query.reference))
    }),

    route('GET', '/acquirer/captures', { access: 'open', query: byReference }, async ({ query }) => {
      const key = captureKey(captureIdFor(query.reference))
      const found = (await ports.books.read([key])).get(key) as Capture | undefined
      return found
        ? json(200, { captureId: found.captureId, authorisationId: found.authorisationId, status: 'captured' })
        : json(404, nothing(query.reference))
    }),

    route('GET', '/acquirer/refunds', { access: 'open', query: byReference }, async ({ query }) => {
      const key = refundKey(refundIdFor(query.reference))
      const found = (await ports.books.read([key])).get(key) as Refund | undefined
      return found
        ? json(200, { refundId: found.refundId, captureId: found.captureId, status: 'refunded' })
        : json(404, nothing(query.reference))
    }),
  ]
}

const nothing = (asked: string) => ({ code: 'nothing-found', message: `Nothing bears the reference ${asked}.` })
const respond = ({ status, body }: PartnerAnswer) => json(status, body)
