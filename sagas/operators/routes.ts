import type { APIGatewayProxyResult } from 'aws-lambda'
import * as z from 'zod'
import { idempotencyKey } from '../../events/http/ordering.ts'
import { actBody, actQuery, bulkActBody, listSagasQuery, sagaId } from '../../events/http/sagas.ts'
import { type HttpRequest, type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import type { Operators, Refused } from './service.ts'

const params = z.strictObject({ id: sagaId })

/** Refusals that are not about the state that a saga is in; every other is 409, in the machine's own words. */
const answers: Readonly<Record<string, readonly [status: number, title: string]>> = {
  'no-such-saga': [404, 'No such saga'],
  'bad-cursor': [400, 'Bad cursor'],
  'key-reused': [422, 'Idempotency-Key used for another act'],
}

/** The routes of `/sagas`, all for operators. Who acts is the token's subject, never the body's word. */
export const sagaRoutes = (service: Operators): readonly Route[] => [
  route('GET', '/sagas', { access: 'operator', query: listSagasQuery }, async ({ query }) => {
    const page = await service.list(query)
    return 'refused' in page ? refusal(page) : json(200, page)
  }),

  route('GET', '/sagas/versions', { access: 'operator' }, async () => json(200, await service.versions())),

  route('POST', '/sagas/acts', { access: 'operator', query: actQuery, body: bulkActBody }, async (request) => {
    const key = keyOf(request)
    if (typeof key !== 'string') return key
    const dryRun = request.query.dryRun === true
    const taken = await service.actOnAll(request.body, { by: request.caller.subject, key, dryRun })
    if ('refused' in taken && 'because' in taken) return refusal(taken)
    request.log.info('acted on sagas', {
      by: request.caller.subject,
      verb: request.body.verb,
      taken: taken.taken.length,
    })
    return json(dryRun ? 200 : 202, taken)
  }),

  route('GET', '/sagas/{id}', { access: 'operator', params }, async ({ params: { id } }) => {
    const saga = await service.show(id)
    return 'refused' in saga ? refusal(saga) : json(200, saga)
  }),

  route('POST', '/sagas/{id}/acts', { access: 'operator', params, query: actQuery, body: actBody }, async (request) => {
    const key = keyOf(request)
    if (typeof key !== 'string') return key
    const dryRun = request.query.dryRun === true
    const taken = await service.act(request.params.id, request.body, { by: request.caller.subject, key, dryRun })
    if ('refused' in taken) return refusal(taken)
    const { verb, reason } = request.body
    request.log.info('acted on a saga', { saga_id: taken.sagaId, by: request.caller.subject, verb, reason })
    return json(dryRun ? 200 : 202, taken, { location: `../${request.params.id}` })
  }),
]

const refusal = ({ refused, because }: Refused): APIGatewayProxyResult => {
  const [status, title] = answers[refused] ?? [409, 'Not in this state']
  return problem(status, title, because, { code: refused })
}

/** The key under which an act is the same however often it is said; without one every request is an act of its own. */
const keyOf = ({ header, requestId }: Pick<HttpRequest, 'header' | 'requestId'>): string | APIGatewayProxyResult => {
  const given = header('idempotency-key')
  if (given === undefined) return requestId
  const read = idempotencyKey.safeParse(given)
  if (read.success) return read.data
  const detail = read.error.issues.map(({ message }) => message).join('; ')
  return problem(400, 'Malformed Idempotency-Key', `The Idempotency-Key ${detail}.`, {
    code: 'bad-idempotency-key',
    errors: [{ parameter: 'Idempotency-Key', detail }],
  })
}
