import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderDocument, OrderSummary } from '../../events/http/ordering.ts'
import { Failure } from '../../local/failure.ts'
import { type Api, everyItem, Refusal } from '../api.ts'
import { atMost } from '../wait.ts'

/** How an order of a run ended, as the system says. */
export type End = {
  readonly status: OrderDocument['status']
  /** Code and message of the reason, where there is one. */
  readonly because?: string
  /** From placed to ended by the system's own record, in milliseconds; absent where nobody looked, or it has not ended. */
  readonly millis?: number
}

/** Orders whose own record is read for its times; of more, so many are chosen evenly. */
export const mostRead = 1_000

type EndsOptions = {
  /** ISO time before the first order of the run. */
  readonly since: string
  /** How long the orders may still take. Milliseconds. */
  readonly within: number
  /** Ends the waiting. */
  readonly signal: AbortSignal
  readonly told?: (ended: number) => void
}

/**
 * Learns how orders ended without being a load itself: a page of the list tells of a hundred, a look at all of them is
 * followed by a pause of five times its length, and the record of an order is read only when all is over. An order
 * that no list and no record knows is in no entry.
 */
export const learnEnds = async (
  api: Pick<Api, 'orders' | 'order'>,
  orderIds: readonly string[],
  { since, within, signal, told = () => undefined }: EndsOptions,
): Promise<Map<string, End>> => {
  const ours = new Set(orderIds)
  const known = new Map<string, End>()
  const look = async (): Promise<number> => {
    const left = new Set(orderIds)
    for await (const one of everyItem((cursor) => api.orders({ cursor, limit: 100 }))) {
      if (one.placedAt < since || left.size === 0) break
      if (!ours.has(one.orderId)) continue
      left.delete(one.orderId)
      known.set(one.orderId, endOf(one))
    }
    return [...known.values()].filter(({ status }) => status !== 'placed').length
  }
  const deadline = performance.now() + within
  while (orderIds.length > 0) {
    const began = performance.now()
    const ended = await patiently(look)
    if (ended !== undefined) told(ended)
    if (ended === orderIds.length || performance.now() > deadline || signal.aborted) break
    await sleep(Math.max(500, 5 * (performance.now() - began)), undefined, { signal }).catch(() => undefined)
  }
  await atMost(4, evenly(orderIds, mostRead), async (orderId) => {
    const order = await patiently(() => api.order(orderId)).catch((error: unknown) => {
      if (error instanceof Refusal && error.problem.status === 404) return undefined
      throw error
    })
    if (order) known.set(orderId, { ...endOf(order), ...millisOf(order) })
  })
  return known
}

const endOf = ({ status, reason }: Pick<OrderSummary, 'status' | 'reason'>): End => ({
  status,
  ...(reason ? { because: `${reason.code} ${reason.message}` } : {}),
})

const millisOf = ({ placedAt, endedAt }: OrderDocument) =>
  endedAt === undefined ? {} : { millis: Date.parse(endedAt) - Date.parse(placedAt) }

/**
 * So many of the items, at equal distances.
 *
 * @example
 * evenly([1, 2, 3, 4, 5, 6], 3) // [1, 3, 5]
 */
export const evenly = <T>(items: readonly T[], most: number): T[] =>
  items.length <= most
    ? [...items]
    : Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)]!)

/** A look that came to nothing because the system is busy, as it may be after a load: the next one sees. */
const patiently = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await look()
  } catch (error) {
    const busy =
      error instanceof Refusal ? error.problem.status >= 500 || error.problem.status === 429 : error instanceof Failure
    if (busy) return undefined
    throw error
  }
}
