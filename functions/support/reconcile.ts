import { pass, wanted } from './lease.ts'
import type { SupportTools } from './treat.ts'

export type Reconciled = {
  readonly leases: number
  readonly probed: string[]
  readonly ended: string[]
  readonly set: string[]
}

/**
 * Brings every consumer under a lease to what the lease says: opens valves whose time is over, to probe; ends what has
 * ended; and sets again what a deployment has put back. Runs each minute; repeating it changes nothing.
 */
export const reconcile = async (tools: SupportTools): Promise<Reconciled> => {
  const { store, consumers, operators, deployed, isBack, clock, log } = tools
  const found = await store.leases()
  const done = { leases: found.length, probed: [] as string[], ended: [] as string[], set: [] as string[] }
  for (const lease of found) {
    const { queue } = lease
    const now = clock()
    const next = pass(lease, now, lease.kind === 'closed' && (await isBack(queue)))
    const target = wanted(next, deployed(queue))
    const current = await consumers.read(queue)
    if (current.enabled !== target.enabled || current.concurrency !== target.concurrency) {
      await consumers.set(queue, target)
      done.set.push(queue)
    }
    if (next === lease) continue
    if (next) {
      await store.putLease(next)
      done.probed.push(queue)
      await store.note({ alarm: lease.alarm, at: now, what: `${queue} is open again, to probe`, outcome: 'done' })
      continue
    }
    // Only after the consumer is what it was: a run that dies before this line is repeated.
    await store.dropLease(queue)
    done.ended.push(queue)
    await store.note({ alarm: lease.alarm, at: now, what: `${queue} is as it was deployed`, outcome: 'done' })
    if (lease.kind === 'probing') await operators.redriveTransient(`${queue} works again`)
  }
  log.info('reconciled', done)
  return done
}
