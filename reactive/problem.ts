import type { APIGatewayProxyResult } from 'aws-lambda'

/** One fault of a request; `pointer` is the JSON Pointer of the member, `parameter` the name in path, query or header. */
export type RequestFault = { readonly detail: string; readonly pointer?: string; readonly parameter?: string }

export type ProblemExtras = {
  /** A URI that names the kind of problem; made of `code` when absent. Without either the status says all there is to say. */
  readonly type?: string
  readonly instance?: string
  readonly errors?: readonly RequestFault[]
  /** A machine's word for what happened, e.g. `stock-below-committed`. */
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A problem document as the answer of a REST API's proxy integration. `title` is the same for every occurrence,
 * `detail` says what happened this time, to which id, and what the caller can do.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @example
 * problem(404, 'No such product', `There is no product ${sku}. GET /products lists them.`)
 */
export const problem = (
  status: number,
  title: string,
  detail: string,
  { headers, type, ...members }: ProblemExtras = {},
): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { 'content-type': 'application/problem+json', ...always, ...headers },
  body: JSON.stringify({ type: type ?? kindOf(members.code), title, status, detail, ...members }),
})

/** The gateway answers preflights, but its proxy integration leaves the actual answer's permission to the function. */
const always = {
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'location, retry-after',
}

const kindOf = (code: string | undefined) => (code ? `urn:neverstop:problem:${code}` : 'about:blank')

/** A value as the answer of a REST API's proxy integration; what a customer sees is never kept by a cache in between. */
export const json = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', ...always, ...headers },
  body: JSON.stringify(value),
})
