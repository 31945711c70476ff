import middy from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import type * as z from 'zod'
import { PermanentError, TransientError } from './errors.ts'
import type { Log } from './log.ts'
import { type Observation, type Observed, observe } from './observation.ts'
import { problem } from './problem.ts'
import { matchPath, type PathPattern, pathPattern } from './route-pattern.ts'
import { onBehalfOf, parseTraceparent } from './tracing.ts'

export const roles = ['customer', 'operator'] as const
export type Role = (typeof roles)[number]

/** Who calls, as the authorizer put it into the request's context. */
export type Caller = {
  readonly subject: string
  readonly role: Role
  /** The organisation that the caller belongs to; absent: nobody's but the caller's own. */
  readonly tenant?: string
  /** What a caller may besides what the role may; absent: nothing. */
  readonly scopes?: readonly string[]
}

/** `open`: the gateway alone decides (IAM, or nobody). `signed-in`: any caller. `operator`: operators only. */
export type Access = 'open' | 'signed-in' | 'operator'

export type HttpRequest<
  Body = unknown,
  Params = Record<string, string>,
  Query = Record<string, string>,
  Who = Caller,
> = {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Present unless the route is `open`. */
  readonly caller: Who
  /** Value of a header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly requestId: string
  readonly remainingMs: () => number
  readonly log: Log
  /** Says in the request's one line what it is about: `note({ order: id })`. */
  readonly note: (traits: Readonly<Record<string, unknown>>) => void
  /** The trace that the request belongs to, for whatever it causes; undefined when nobody traces it. */
  readonly traceparent: string | undefined
}

type RouteOptions<A extends Access, Body, Params, Query> = {
  readonly access: A
  /** Strict schemas: the edge refuses what it does not know. Without one, a body or query parameter is refused or ignored. */
  readonly body?: z.ZodType<Body>
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly maxBodyBytes?: number
}

export type Route = {
  readonly method: string
  readonly pattern: PathPattern
  readonly serve: (
    event: APIGatewayProxyEvent,
    params: Record<string, string>,
    reach: Reach,
  ) => Promise<APIGatewayProxyResult>
}
type Reach = Pick<HttpRequest, 'log' | 'remainingMs' | 'note' | 'traceparent'>
/** What `respond` needs besides: where it is measured, and how the line of a request ends. */
export type Circumstances = Pick<Reach, 'log' | 'remainingMs'> &
  Pick<Observation, 'handler' | 'measure' | 'coldStart' | 'tracer' | 'lastWord'>

const defaultMaxBodyBytes = 64 * 1024
/** What the gateway answers for a function that did not. */
const outOfTime = 504

/**
 * One route of a REST endpoint. Whatever the schemas refuse never reaches `handle`; the types that they infer do.
 *
 * @example
 * route('PUT', '/products/{sku}', { access: 'operator', params: z.object({ sku }), body: productSheet }, async ({ params, body }) =>
 *   json(200, await put(params.sku, body)))
 */
export const route = <
  A extends Access,
  Body = undefined,
  Params = Record<string, string>,
  Query = Record<string, string>,
>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  options: RouteOptions<A, Body, Params, Query>,
  handle: (
    request: HttpRequest<Body, Params, Query, A extends 'open' ? Caller | undefined : Caller>,
  ) => Promise<APIGatewayProxyResult>,
): Route => ({
  method,
  pattern: pathPattern(path),
  serve: async (event, rawParams, reach) => {
    const caller = callerOf(event)
    if (options.access !== 'open' && !caller) {
      return problem(401, 'Not signed in', 'This request carries no identity. Send a bearer token.')
    }
    if (options.access === 'operator' && caller?.role !== 'operator') {
      return problem(403, 'Not allowed', `${method} ${path} is for operators; ${caller?.subject} is not one.`)
    }
    const params = read(options.params, rawParams, 'parameter')
    if (!params.ok) return params.refusal
    const query = read(options.query, event.queryStringParameters ?? {}, 'parameter')
    if (!query.ok) return query.refusal
    const body = readBody(event, options.body, options.maxBodyBytes ?? defaultMaxBodyBytes)
    if (!body.ok) return body.refusal
    const headers = lowerCased(event.headers)
    return handle({
      ...reach,
      params: params.value,
      query: query.value,
      body: body.value as Body,
      caller: caller as Caller,
      header: (name) => headers[name],
      requestId: event.requestContext.requestId,
    })
  },
})

/**
 * The handler of a REST API's proxy integration: finds the route, answers everything else with a problem document, writes
 * one log line a request. Nothing thrown gets out: a TransientError is 503 with Retry-After, a PermanentError 500 with its
 * code, and anything unforeseen 500 with the request's id and no more, since its message was not written for strangers.
 *
 * @example
 * export const handler = httpEndpoint({ service: '/inventory', routes: [route('GET', '/products', { access: 'signed-in' }, list)] })
 */
export const httpEndpoint = (
  { service, routes }: { service: string; routes: readonly Route[] },
  observed: Observed = observe(service),
) =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(observed.middleware)
    .handler((event: APIGatewayProxyEvent, context: Context) =>
      respond(routes, event, { ...observed, remainingMs: () => context.getRemainingTimeInMillis() }),
    )

/** What `httpEndpoint` does with one event, without its Lambda. */
export const respond = (
  routes: readonly Route[],
  event: APIGatewayProxyEvent,
  reach: Circumstances,
): Promise<APIGatewayProxyResult> => reach.tracer.within(() => answer(routes, event, reach))

const answer = async (
  routes: readonly Route[],
  event: APIGatewayProxyEvent,
  reach: Circumstances,
): Promise<APIGatewayProxyResult> => {
  const { requestId } = event.requestContext
  const started = performance.now()
  const noted: Record<string, unknown> = {}
  const note: Reach['note'] = (traits) => void Object.assign(noted, traits)
  const coldStart = reach.coldStart()
  const span = requestSpan(event, reach, coldStart)
  const { traceparent } = span
  const { log, remainingMs } = reach
  const entryOf = (status: number, ms: number) => ({
    method: event.httpMethod,
    path: event.path,
    status,
    ...noted,
    duration_ms: ms,
    remaining_ms: reach.remainingMs(),
    cold_start: coldStart,
    request_id: requestId,
  })
  const tookSoFar = () => Math.round(performance.now() - started)
  // Whoever asked is answered by the gateway then; nobody else would count it.
  const isTold = reach.lastWord(remainingMs(), () => {
    measureRequest(reach, outOfTime, tookSoFar())
    log.error('the time of the function is up', entryOf(outOfTime, tookSoFar()))
  })
  let result: APIGatewayProxyResult
  let thrown: unknown
  try {
    result = await onBehalfOf(span, () => dispatch(routes, event, { log, remainingMs, note, traceparent }))
  } catch (error) {
    thrown = error
    result = failure(error, requestId)
  }
  const ms = tookSoFar()
  const entry = entryOf(result.statusCode, ms)
  const wasTold = isTold()
  if (!wasTold) measureRequest(reach, result.statusCode, ms)
  span.set({
    'http.response.status_code': result.statusCode,
    ...(typeof noted.order === 'string' ? { 'cloudevents.event_subject': noted.order } : {}),
  })
  span.end(result.statusCode >= 500 ? `answered ${result.statusCode}` : undefined)
  if (wasTold) log.warn('ended after all, when it was counted as out of time', entry)
  else if (thrown) reach.log.error('failed', { ...entry, error: thrown as Error })
  else reach.log.info('answered', entry)
  return result
}

/** A trace that the client began goes on; anything else in that header is not worth refusing a request for. */
const requestSpan = (event: APIGatewayProxyEvent, { tracer, handler }: Circumstances, coldStart: boolean) => {
  const header = lowerCased(event.headers).traceparent
  return tracer.begin(`${event.httpMethod} ${event.resource ?? event.path}`, {
    kind: 'server',
    parent: parseTraceparent(header) ? header : undefined,
    attributes: {
      'faas.name': handler,
      'faas.trigger': 'http',
      'faas.coldstart': coldStart,
      'faas.invocation_id': event.requestContext.requestId,
      'http.request.method': event.httpMethod,
      'http.route': event.resource ?? event.path,
      'url.path': event.path,
    },
  })
}

const measureRequest = (
  { measure, handler }: Pick<Circumstances, 'measure' | 'handler'>,
  status: number,
  ms: number,
) => {
  const by = { api: handler }
  measure('Requests', 1, by)
  measure('RequestTime', ms, by)
  // Said of every request, so that the average is a share, as it is of what the gateway counts.
  measure('RequestsFailed', status >= 500 ? 1 : 0, by)
  measure('RequestsRefused', status >= 400 && status < 500 ? 1 : 0, by)
}

const dispatch = async (routes: readonly Route[], event: APIGatewayProxyEvent, reach: Reach) => {
  const atPath = routes.flatMap((candidate) => {
    const params = matchPath(candidate.pattern, event.path)
    return params ? [{ candidate, params }] : []
  })
  const match = atPath.find(({ candidate }) => candidate.method === event.httpMethod)
  if (match) return match.candidate.serve(event, match.params, reach)
  if (atPath.length === 0) return problem(404, 'No such resource', `There is nothing at ${event.path}.`)
  const allow = atPath.map(({ candidate }) => candidate.method).join(', ')
  return problem(405, 'Method not allowed', `${event.path} understands ${allow}, not ${event.httpMethod}.`, {
    headers: { allow },
  })
}

const failure = (error: unknown, requestId: string): APIGatewayProxyResult => {
  const instance = `urn:request:${requestId}`
  if (error instanceof TransientError) {
    return problem(503, 'Try again', 'The service could not finish this now. Try the same request again.', {
      instance,
      headers: { 'retry-after': '1' },
    })
  }
  if (error instanceof PermanentError) {
    return problem(500, 'Cannot be done', error.message, { instance, code: error.code })
  }
  return problem(500, 'Unexpected error', `Something went wrong on our side. Quote ${requestId} when you report it.`, {
    instance,
  })
}

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: APIGatewayProxyResult }

const read = <T>(schema: z.ZodType<T> | undefined, raw: unknown, where: 'pointer' | 'parameter'): Read<T> => {
  if (!schema) return { ok: true, value: raw as T }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return { ok: true, value: parsed.data }
  const errors = parsed.error.issues.flatMap((issue) => faultsOf(issue, where))
  return {
    ok: false,
    refusal: problem(
      // 400: the request cannot be understood. 422: its body can, and says what is not allowed.
      where === 'pointer' ? 422 : 400,
      where === 'pointer' ? 'Invalid body' : 'Invalid parameters',
      errors
        .map((fault) => `${fault.pointer ?? fault.parameter}: ${fault.detail}`)
        .join('; ')
        .slice(0, 1_000),
      { errors: errors.slice(0, maxFaults) },
    ),
  }
}

/** A hostile body may have a fault a line; the answer names the first few. */
const maxFaults = 20

const faultsOf = (issue: z.core.$ZodIssue, where: 'pointer' | 'parameter') => {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
  const detail = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message
  return paths.map((path) =>
    where === 'pointer' ? { pointer: jsonPointer(path), detail } : { parameter: path.map(String).join('.'), detail },
  )
}

const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const readBody = <T>(
  event: APIGatewayProxyEvent,
  schema: z.ZodType<T> | undefined,
  maxBytes: number,
): Read<T | undefined> => {
  if (!schema) return { ok: true, value: undefined }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.byteLength > maxBytes) {
    const detail = `The body has ${bytes.byteLength} bytes; at most ${maxBytes} are taken.`
    return { ok: false, refusal: problem(413, 'Body too large', detail) }
  }
  let raw: unknown
  try {
    raw = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    const detail = bytes.byteLength === 0 ? 'A JSON body is required.' : `Not JSON: ${(error as Error).message}`
    return { ok: false, refusal: problem(400, 'Malformed JSON', detail) }
  }
  return read(schema, raw, 'pointer')
}

const callerOf = (event: APIGatewayProxyEvent): Caller | undefined => {
  const { subject, role, tenant, scopes } = event.requestContext.authorizer ?? {}
  return typeof subject === 'string' && subject !== '' && roles.includes(role as Role)
    ? {
        subject,
        role: role as Role,
        ...(typeof tenant === 'string' && tenant !== '' ? { tenant } : {}),
        ...(typeof scopes === 'string' ? { scopes: scopes.split(' ') } : {}),
      }
    : undefined
}

const lowerCased = (headers: Record<string, string | undefined> | null): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
