import type { BreakerStore } from '../../reactive/breaker-store.ts'

/**
 * Whether the partner behind a queue answers again: its circuit breaker, which is asked once a minute whatever its queue's
 * valve does, has closed. A queue that serves no single partner, and a breaker that cannot be read, say nothing.
 *
 * @param partners the partner of each queue that has a valve: `{ 'payments-commands': 'acquirer' }`
 */
export const answersAgain =
  (store: Pick<BreakerStore, 'load'>, partners: Readonly<Record<string, string>>) =>
  async (queue: string): Promise<boolean> => {
    const partner = partners[queue]
    if (partner === undefined) return false
    try {
      const { breaker, version } = await store.load(partner)
      // One that was never written has never been asked.
      return version > 0 && breaker.state === 'closed'
    } catch {
      return false
    }
  }
