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
 * in the way of the sagas behind them.
 *
 * Throws what kept it from waking one that it had leased; that one is woken when its lease is over.
 */
export const sweeper =
  ({ store, transport, congestion, clock, timing }: SweeperPorts) =>
  async (): Promise<{ readonly overdue: number; readonly woken: number }> => {
    const now = clock()
    // The live timer gets its chance first.
    const before = now - Math.min(timing.sweep, timing.visibility)

    const leased = async ({ sagaId }: Overdue): Promise<Wake[]> => {
      const carried = await store.lease(sagaId, now, now + timing.wakeLease)
      return carried ? [{ sagaId, ...carried, after: 0 }] : []
    }
    const sweepShard = async (shard: string) => {
      const wakes: Wake[] = []
      let overdue = 0
      let pages = 0
      for await (const page of store.overdue(shard, before)) {
        overdue += page.length
        const behind = await Promise.all(page.map(({ sagaId }) => congestion([inboxOf(sagaOf(sagaId))])))
        const waking = page.filter((_, index) => !behind[index])
        while (waking.length > 0 && wakes.length < perShard)
          wakes.push(...(await Promise.all(waking.splice(0, perShard - wakes.length).map(leased))).flat())
        pages += 1
        if (pages === mostPages) break
      }
      return { overdue, wakes }
    }

    const swept = await Promise.all(shards.map(sweepShard))
    const wakes = swept.flatMap((its) => its.wakes)
    const unset = await transport.wake(wakes)
    for (const error of unset.values()) throw error
    return { overdue: swept.reduce((sum, { overdue }) => sum + overdue, 0), woken: wakes.length }
  }
