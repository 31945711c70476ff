import { allEnded } from './all-ended.ts'
import { holdsBack } from './breaker.ts'
import type { BreakerStore } from './breaker-store.ts'
import type { Finding, SentMessage } from './evidence.ts'
import type { Clock, Millis } from './time.ts'

/**
 * Evidence of a context whose commands wait for partners. While the breaker of one of them is not closed, and for `patience`
 * after it has closed, a command that no record mentions may have been put back: that proves nothing about it, so it is
 * `postponed`, which leaves the verdict for later.
 *
 * @example
 * withPutBack(commandEvidence(db, table, commands), { breakers, dependencies: ['acquirer'], clock, patience: minutes(3) })
 */
export const withPutBack =
  (
    handled: (messages: readonly SentMessage[]) => Promise<readonly Finding[]>,
    {
      breakers,
      dependencies,
      clock,
      patience,
    }: {
      readonly breakers: Pick<BreakerStore, 'load'>
      readonly dependencies: readonly string[]
      readonly clock: Clock
      readonly patience: Millis
    },
  ) =>
  async (messages: readonly SentMessage[]): Promise<readonly Finding[]> => {
    const found = await handled(messages)
    const mentioned = new Set(found.map(({ id }) => id))
    const others = messages.filter(({ id }) => !mentioned.has(id))
    if (others.length === 0) return found
    const kept = await allEnded(dependencies.map((dependency) => breakers.load(dependency)))
    if (!kept.some(({ breaker }) => holdsBack(breaker, clock(), patience))) return found
    return [...found, ...others.map(({ id }) => ({ id, as: 'postponed' }) as const)]
  }
