import type { EpochMs } from '../../reactive/time.ts'
import type { Memory } from './decide.ts'
import type { Consumption, Lease } from './lease.ts'
import type { News, Remedy } from './news.ts'

/** One line of what was done about an alarm, kept for whoever asks later. */
export type Entry = {
  readonly alarm: string
  readonly at: EpochMs
  readonly what: string
  readonly outcome: 'done' | 'failed' | 'not needed'
}

/** What support remembers: of alarms, of leases, and of what it did. */
export type SupportStore = {
  readonly memory: (alarm: string) => Promise<{ memory: Memory; version: number }>
  /** False when somebody else was faster. */
  readonly remember: (alarm: string, memory: Memory, version: number) => Promise<boolean>
  readonly lease: (queue: string) => Promise<Lease | undefined>
  readonly leases: () => Promise<readonly Lease[]>
  readonly putLease: (lease: Lease) => Promise<void>
  /** False when another lease of its queue is in force by now, which stays. */
  readonly dropLease: (lease: Lease) => Promise<boolean>
  readonly note: (entry: Entry) => Promise<void>
  readonly notes: (alarm: string, since: EpochMs) => Promise<readonly Entry[]>
}

/** The switches of a queue's consumer. Setting takes a while on AWS; asking tells what it is going to be. */
export type Consumers = {
  readonly read: (queue: string) => Promise<Consumption>
  readonly set: (queue: string, wanted: Consumption) => Promise<void>
}

/** Operators' verbs, through the same doors as any operator's, and in the same history. */
export type Operators = {
  /** Begins a staged redrive of every transient group that has open messages; answers how many. */
  readonly redriveTransient: (reason: string) => Promise<number>
  /** Asks again for what overdue sagas wait for; answers how many. */
  readonly retryStuck: (reason: string, startedBefore: EpochMs) => Promise<number>
  /** How many orders have not ended, and what they come to: as many as one page shows. */
  readonly impact: () => Promise<Impact>
}

export type Impact = {
  readonly orders: number
  /** There are more than were counted. */
  readonly more: boolean
  /** Minor units by currency. */
  readonly money: Readonly<Record<string, number>>
}

/** Tells people. `page` wakes somebody; `context` is what whoever was woken wants to know. */
export type Tell = (kind: 'page' | 'context', subject: string, text: string, news: News) => Promise<void>

export type Applied = { readonly remedy: Remedy; readonly what: string; readonly changed: boolean }
