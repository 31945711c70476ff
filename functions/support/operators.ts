import * as z from 'zod'
import type { Functions } from '../../reactive/lambda.ts'
import { iso } from '../../reactive/time.ts'
import type { Operators } from './ports.ts'

/** What is asked of an API, by the function that serves it. */
export type Call = {
  readonly function: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

const answerSchema = z.object({ statusCode: z.int(), body: z.string() })

/** Who support is, wherever an act is written down. */
const subject = 'support'

/**
 * Speaks to the platform's own APIs as an operator, by invoking their functions: the same routes, the same checks, the
 * same history as for any person, and no token, since the permission to invoke stands for it.
 */
export const lambdaCaller =
  ({ invoke }: Pick<Functions, 'invoke'>) =>
  async ({ function: name, method, path, query, body }: Call): Promise<unknown> => {
    const event = {
      httpMethod: method,
      path,
      headers: { 'content-type': 'application/json' },
      queryStringParameters: query ?? null,
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: `${subject}-${path}`, authorizer: { subject, role: 'operator' } },
    }
    const { statusCode, body: answered } = answerSchema.parse(JSON.parse(await invoke(name, event)))
    if (statusCode >= 300) throw new Error(`${method} ${path} was answered ${statusCode}: ${answered.slice(0, 200)}`)
    return JSON.parse(answered)
  }

const cleared = z.object({ tried: z.array(z.unknown()) })
const bulk = z.object({ taken: z.array(z.unknown()) })
const orders = z.object({
  items: z.array(z.object({ status: z.string(), total: z.object({ amount: z.number(), currency: z.string() }) })),
  next: z.string().optional(),
})

/** Sagas that one remedy asks again at most, and how many a second: a remedy must not be a storm. */
const atOnce = 25
const aSecond = 5

/** Operators' verbs over a caller. `functions` are the names of those that serve the APIs. */
export const operatorVerbs = (
  call: (call: Call) => Promise<unknown>,
  functions: { readonly desk: string; readonly sagas: string; readonly orders: string },
): Operators => ({
  redriveTransient: async (reason) => {
    // The desk's own policy: its budget, its rates, and never anything that did not fail transiently.
    const { tried } = cleared.parse(
      await call({ function: functions.desk, method: 'POST', path: '/failed/cleared', body: { reason } }),
    )
    return tried.length
  },

  retryStuck: async (reason, startedBefore) => {
    const { taken } = bulk.parse(
      await call({
        function: functions.sagas,
        method: 'POST',
        path: '/sagas/acts',
        body: {
          verb: 'retry',
          reason,
          where: { state: 'unfinished', startedBefore: iso(startedBefore) },
          limit: atOnce,
          rate: aSecond,
        },
      }),
    )
    return taken.length
  },

  impact: async () => {
    const { items, next } = orders.parse(
      await call({ function: functions.orders, method: 'GET', path: '/orders', query: { limit: '100' } }),
    )
    const open = items.filter(({ status }) => status === 'placed')
    const money: Record<string, number> = {}
    for (const { total } of open) money[total.currency] = (money[total.currency] ?? 0) + total.amount
    return { orders: open.length, more: next !== undefined, money }
  },
})
