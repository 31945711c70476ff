import { type EpochMs, type Millis, minutes } from '../../reactive/time.ts'

/** How a queue's consumer is set: the two switches that its event source has. */
export type Consumption = { readonly enabled: boolean; readonly concurrency: number }

/**
 * A change to a consumer that ends by itself.
 * - `closed`: it takes nothing while its dependency is down
 * - `probing`: it is open again with the least concurrency; if its alarm comes again, it closes for longer
 * - `raised`, `lowered`: it runs with another concurrency for a while
 */
export type Lease = {
  readonly queue: string
  readonly kind: 'closed' | 'probing' | 'raised' | 'lowered'
  readonly concurrency: number
  readonly until: EpochMs
  /** How often in a row it was closed, or raised. */
  readonly times: number
  readonly alarm: string
}

/** What a queue is deployed with. */
export type Deployed = { readonly concurrency: number }

export const terms = {
  closed: minutes(1),
  longestClosed: minutes(15),
  probing: minutes(3),
  concurrency: minutes(15),
  /** The least that SQS allows an event source. */
  least: 2,
  /** At most so many times what is deployed. */
  most: 4,
} as const satisfies Record<string, Millis | number>

/** The lease that closes a valve: a minute, and twice as long each time that a probe fails, up to fifteen. */
export const close = (before: Lease | undefined, queue: string, alarm: string, now: EpochMs): Lease => {
  const failed = before?.kind === 'probing' ? before.times : 0
  if (before?.kind === 'closed') return before
  const span = Math.min(terms.closed * 2 ** failed, terms.longestClosed)
  return { queue, kind: 'closed', concurrency: terms.least, until: now + span, times: failed + 1, alarm }
}

/** The lease that gives a consumer twice as much, up to four times what is deployed; more is for people. */
export const raise = (
  before: Lease | undefined,
  { queue, alarm, deployed, now }: { queue: string; alarm: string; deployed: Deployed; now: EpochMs },
): Lease | undefined => {
  if (before && before.kind !== 'raised') return undefined
  const from = before?.concurrency ?? deployed.concurrency
  const concurrency = Math.min(2 * from, terms.most * deployed.concurrency)
  if (concurrency === from) return undefined
  return { queue, kind: 'raised', concurrency, until: now + terms.concurrency, times: (before?.times ?? 0) + 1, alarm }
}

/** The lease that halves a consumer, down to the least. */
export const lower = (
  before: Lease | undefined,
  { queue, alarm, deployed, now }: { queue: string; alarm: string; deployed: Deployed; now: EpochMs },
): Lease | undefined => {
  if (before && before.kind !== 'lowered' && before.kind !== 'raised') return undefined
  const from = before?.concurrency ?? deployed.concurrency
  const concurrency = Math.max(terms.least, Math.floor(from / 2))
  if (concurrency === from) return undefined
  return { queue, kind: 'lowered', concurrency, until: now + terms.concurrency, times: (before?.times ?? 0) + 1, alarm }
}

/**
 * What becomes of a lease as time passes: a closed valve is opened to probe, before its time when what it was closed for is
 * known to be `back`; everything else ends.
 */
export const pass = (lease: Lease, now: EpochMs, back = false): Lease | undefined => {
  if (now < lease.until && !(back && lease.kind === 'closed')) return lease
  if (lease.kind === 'closed') return { ...lease, kind: 'probing', until: now + terms.probing }
  return undefined
}

/** How the consumer shall be set under a lease, or without one. */
export const wanted = (lease: Lease | undefined, deployed: Deployed): Consumption => ({
  enabled: lease?.kind !== 'closed',
  concurrency: lease?.concurrency ?? deployed.concurrency,
})
