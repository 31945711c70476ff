import { type Lease, pass, wanted } from './lease.ts'
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
 *
 * @throws when a consumer could not be brought to its lease; the others were all the same.
 */
export const reconcile = async (tools: SupportTools): Promise<Reconciled> => {
  const found = await tools.store.leases()
  const done = { leases: found.length, probed: [] as string[], ended: [] as string[], set: [] as string[] }
  const failures: string[] = []
  for (const lease of found) {
    try {
      await reconcileOne(lease, done, tools)
    } catch (error) {
      failures.push(`${lease.queue}: ${(error as Error).message}`)
    }
  }
  tools.log.info('reconciled', done)
  if (failures.length > 0) throw new Error(`Not as their leases say: ${failures.join('; ')}`)
  return done
}

const reconcileOne = async (lease: Lease, done: Reconciled, tools: SupportTools): Promise<void> => {
  const { store, consumers, operators, deployed, isBack, clock } = tools
  const { queue } = lease
  const now = clock()
  const next = pass(lease, now, lease.kind === 'closed' && (await isBack(queue)))
  const target = wanted(next, deployed(queue))
  const current = await consumers.read(queue)
  if (current.enabled !== target.enabled || current.concurrency !== target.concurrency) {
    await consumers.set(queue, target)
    done.set.push(queue)
  }
  if (next === lease) return
  if (next) {
    await store.putLease(next)
    done.probed.push(queue)
    await store.note({ alarm: lease.alarm, at: now, what: `${queue} is open again, to probe`, outcome: 'done' })
    return
  }
  if (lease.kind === 'probing') await operators.redriveTransient(`${queue} works again`)
  // Only after the consumer is what it was and all is told: a run that dies before this line is repeated. And only this
  // lease: a valve that was closed meanwhile must stay on record, or nobody would open it.
  if (!(await store.dropLease(lease))) return
  done.ended.push(queue)
  await store.note({ alarm: lease.alarm, at: now, what: `${queue} is as it was deployed`, outcome: 'done' })
}
