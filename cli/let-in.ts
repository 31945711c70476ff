import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from './api.ts'

/** A minute and a half in all. */
const placements = 12
const firstPause = 2_000
const longestPause = 10_000

/**
 * Places an order as a customer does who wants it: a platform that sheds load says when to come back, and one whose process
 * was killed over a request says 500, and the customer comes back. The key makes it one order.
 *
 * @throws Refusal when the platform refuses the order, or is still too busy for it.
 *
 * @example
 * const { orderId } = await untilLetIn(() => api.placeOrder(body, key))
 */
export const untilLetIn = async <T>(
  placing: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> => {
  for (let attempt = 1; ; attempt++)
    try {
      return await placing()
    } catch (error) {
      const passes = error instanceof Refusal && (error.problem.status === 429 || error.problem.status >= 500)
      if (!passes || attempt === placements) throw error
      await pause(Math.min(firstPause * attempt, longestPause))
    }
}
