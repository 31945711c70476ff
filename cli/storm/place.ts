import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../api.ts'
import { countMessages } from '../audit/settled.ts'
import { untilLetIn } from '../let-in.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { atMost } from '../wait.ts'
import type { StormOrder } from './plan.ts'

/** Placements under way at once. */
const concurrency = 16
/** Messages that may wait before nothing more is placed: a machine that is slower than the rate sets the pace itself. */
const mostWaiting = 500
const lookEvery = 2_000

/** Lets pass as long as not too much waits behind. The newest look counts for two seconds, whoever asks. */
export const gate = (waiting: () => Promise<number>, clock: () => number = Date.now, pause = sleep) => {
  let looked = Number.NEGATIVE_INFINITY
  let open: Promise<boolean> = Promise.resolve(true)
  const isOpen = (): Promise<boolean> => {
    if (clock() - looked >= lookEvery) {
      looked = clock()
      // A look that came to nothing keeps nobody waiting: the next one sees.
      open = waiting().then(
        (count) => count <= mostWaiting,
        () => true,
      )
    }
    return open
  }
  return async (): Promise<void> => {
    while (!(await isOpen())) await pause(lookEvery)
  }
}

/**
 * Places orders, at a rate at most, and tells of each. What is placed faster than it is handled would only measure how
 * long queues can get, so placing waits while much waits. Resolves to the ids by index.
 */
export const place = async (run: {
  readonly system: System
  readonly orders: readonly StormOrder[]
  /** Orders a second, at most. */
  readonly rate: number
  readonly placed?: (count: number) => Promise<void>
}): Promise<ReadonlyMap<number, string>> => {
  const { system, orders, rate, placed = async () => {} } = run
  const key = randomUUID()
  const ids = new Map<number, string>()
  const apis = new Map<string, Api>()
  const apiOf = (subject: string): Api => {
    const api = apis.get(subject) ?? signIn(system, { role: 'customer', subject })
    apis.set(subject, api)
    return api
  }
  const admitted = gate(() => countMessages(system))
  const began = performance.now()
  await atMost(concurrency, orders, async ({ index, customer, body }) => {
    await sleep(Math.max(0, began + (index * 1_000) / rate - performance.now()))
    await admitted()
    const { orderId } = await untilLetIn(() => apiOf(customer).placeOrder(body, `storm-${key}-${index}`))
    ids.set(index, orderId)
    await placed(ids.size)
  })
  return ids
}
