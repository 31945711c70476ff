import { shards } from '../../reactive/shard.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { sagaOf } from './ids.ts'
import { inboxOf } from './outstanding.ts'
import type { Congestion, SweeperStore, Transport } from './ports.ts'

export type SweeperPorts = {
  readonly store: SweeperStore
  readonly transport: Pick<Transport, 'wake'>
  readonly congestion: Congestion
  readonly clock: Clock
  readonly timing: Timing
}

/** At most this many wake-ups a shard and run, so that a recovering system is not met by all its sagas at once. */
const perShard = 50

/**
 * Finds sagas whose time has passed without their timer having come, and wakes them. The index may be stale, so it only
 * suggests: the coordinator, which reads consistently, decides. A lease keeps runs from multiplying wake-ups, and its
 * expiry keeps a lost wake-up from being trusted for ever. Sagas whose inbox has fallen behind are left to it: their
 * answers wait there, and waking them would only lengthen the queue.
 */
export const sweeper =
  ({ store, transport, congestion, clock, timing }: SweeperPorts) =>
  async (): Promise<{ readonly overdue: number; readonly woken: number }> => {
    const now = clock()
    // The live timer gets its chance first.
    const before = now - Math.min(timing.sweep, timing.visibility)
    const found = (await Promise.all(shards.map((shard) => store.overdue(shard, before, perShard)))).flat()
    const leased = await Promise.all(
      found.map(async ({ sagaId }) => {
        if (await congestion([inboxOf(sagaOf(sagaId))])) return []
        const carried = await store.lease(sagaId, now, now + timing.wakeLease)
        return carried ? [{ sagaId, ...carried, after: 0 }] : []
      }),
    )
    const wakes = leased.flat()
    await transport.wake(wakes)
    return { overdue: found.length, woken: wakes.length }
  }
