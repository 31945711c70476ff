/** An answer that API Gateway gives by itself, before any of our code runs. */
export type GatewayProblem = {
  /** API Gateway's name of the response. */
  readonly type: string
  readonly statusCode: number
  readonly title: string
  readonly detail: string
  /** Further headers by name. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Problem documents in place of the gateway's own answers, so that a client meets one form of refusal only. Details are
 * fixed texts: the gateway's own messages differ from region to region and would have to be escaped.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayProblems: readonly GatewayProblem[] = [
  {
    type: 'UNAUTHORIZED',
    statusCode: 401,
    title: 'Not signed in',
    detail: 'Send a valid access token: Authorization: Bearer <token>.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  {
    type: 'EXPIRED_TOKEN',
    statusCode: 401,
    title: 'Token expired',
    detail: 'Send an access token that is still valid.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  { type: 'ACCESS_DENIED', statusCode: 403, title: 'Not allowed', detail: 'This token has no part in this system.' },
  {
    type: 'MISSING_AUTHENTICATION_TOKEN',
    statusCode: 404,
    title: 'No such resource',
    detail: 'There is nothing at this path for this method. GET /openapi.json tells what there is.',
  },
  {
    type: 'RESOURCE_NOT_FOUND',
    statusCode: 404,
    title: 'No such resource',
    detail: 'There is nothing at this path. GET /openapi.json tells what there is.',
  },
  { type: 'REQUEST_TOO_LARGE', statusCode: 413, title: 'Body too large', detail: 'The request is too large.' },
  {
    type: 'UNSUPPORTED_MEDIA_TYPE',
    statusCode: 415,
    title: 'Unsupported media type',
    detail: 'Send application/json.',
  },
  {
    type: 'THROTTLED',
    statusCode: 429,
    title: 'Too many requests',
    detail: 'Ask again in a moment.',
    headers: { 'Retry-After': '1' },
  },
  {
    type: 'QUOTA_EXCEEDED',
    statusCode: 429,
    title: 'Quota exceeded',
    detail: 'The quota of this client is used up.',
  },
  {
    type: 'INTEGRATION_TIMEOUT',
    statusCode: 504,
    title: 'No answer in time',
    detail: 'The service did not answer in time. Ask the same again; a POST with its Idempotency-Key.',
  },
  {
    type: 'INTEGRATION_FAILURE',
    statusCode: 502,
    title: 'No answer',
    detail: 'The service could not answer. Ask the same again; a POST with its Idempotency-Key.',
  },
  { type: 'DEFAULT_4XX', statusCode: 400, title: 'Bad request', detail: 'The request cannot be understood.' },
  { type: 'DEFAULT_5XX', statusCode: 500, title: 'Unexpected error', detail: 'Something went wrong on our side.' },
]

/**
 * The template of a gateway response: a problem document whose `instance` is the gateway's id of the request.
 *
 * @example
 * templateOf(gatewayProblems[0]) // '{"type":"about:blank","title":"Not signed in","status":401,…}'
 */
export const templateOf = ({ title, statusCode, detail }: GatewayProblem): string =>
  JSON.stringify({ type: 'about:blank', title, status: statusCode, detail, instance: 'urn:request:$context.requestId' })
