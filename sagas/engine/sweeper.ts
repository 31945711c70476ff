import { allEnded } from '../../reactive/all-ended.ts'
import { asError, TransientError } from '../../reactive/errors.ts'
import type { Measure } from '../../reactive/metering.ts'
import { shards } from '../../reactive/shard.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { sagaOf } from './ids.ts'
import { inboxOf } from './outstanding.ts'
import type { Congestion, Overdue, SweeperStore, Transport, Wake } from './ports.ts'

export type SweeperPorts = {
  readonly store: SweeperStore
  readonly transport: Pick<Transport, 'wake'>
  readonly congestion: Congestion
  readonly clock: Clock
  readonly timing: Timing
}

/** At most this many wake-ups a shard and run, so that a recovering system is not met by all its sagas at once. */
const perShard = 50
/** So far into a shard a run looks for them. */
const mostPages = 20

/**
 * Finds sagas whose time has passed without their timer having come, and wakes them. The index may be stale, so it only
 * suggests: the coordinator, which reads consistently, decides. A lease keeps runs from multiplying wake-ups, and its
 * expiry keeps a lost wake-up from being trusted for ever. Sagas whose inbox has fallen behind are left to it: their
 * answers wait there, and waking them would only lengthen the queue. Neither they nor those that were woken before stand
 * in the way of the sagas behind them, nor does a shard that cannot be swept in that of the others.
 *
 * It measures what it has found asleep in the shards that it could read. Then it throws what kept it from sweeping a shard,
 * after all others were swept and whatever was leased was woken; or from waking one that it had leased, which is woken when
 * its lease is over.
 */
export const sweeper =
  ({ store, transport, congestion, clock, timing }: SweeperPorts) =>
  async (measure: Measure): Promise<{ readonly overdue: number; readonly woken: number }> => {
    const now = clock()
    // The live timer gets its chance first.
    const before = now - Math.min(timing.sweep, timing.visibility)

    const wakes: Wake[] = []
    let overdue = 0
    /** How many it has leased. Whatever becomes of the others, that one is woken. */
    const lease = async ({ sagaId }: Overdue): Promise<number> => {
      const carried = await store.lease(sagaId, now, now + timing.wakeLease)
      if (!carried) return 0
      wakes.push({ sagaId, ...carried, after: 0 })
      return 1
    }
    const sweepShard = async (shard: string): Promise<void> => {
      let left = perShard
      let pages = 0
      for await (const page of store.overdue(shard, before)) {
        overdue += page.length
        const behind = await allEnded(page.map(({ sagaId }) => congestion([inboxOf(sagaOf(sagaId))])))
        const waking = page.filter((_, index) => !behind[index])
        while (waking.length > 0 && left > 0)
          for (const leased of await allEnded(waking.splice(0, left).map(lease))) left -= leased
        pages += 1
        if (pages === mostPages) break
      }
    }

    const swept = await Promise.allSettled(shards.map(sweepShard))
    const unset = await transport.wake(wakes)
    measure('SagasOverdue', overdue)
    for (const [index, its] of swept.entries())
      if (its.status === 'rejected')
        throw new TransientError(`Shard ${shards[index]} was not swept: ${asError(its.reason).message}`)
    for (const error of unset.values()) throw error
    return { overdue, woken: wakes.length }
  }
